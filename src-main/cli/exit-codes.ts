/** How the command line ends; the help text and the README list the same. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** The command line itself is wrong: unknown option, missing argument. */
  usage: 2,
  /** Done, but items were left out; they are listed. */
  leftOut: 3,
  /** A check found something; it is listed. */
  found: 4,
  /** Ended by Ctrl+C: 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command writes, so that tests can read it: results on `out`, everything else on `err`. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  /** `err` is a terminal: a line can be written over. */
  readonly live: boolean;
}

export const terminal: Console = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  live: process.stderr.isTTY === true,
};

import { CommanderError } from 'commander';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { program, type ProgramOptions } from './program.ts';

/**
 * Runs a command line (without the program's name) and gives its exit code. Errors are one sentence on stderr;
 * with `debug` where they arose is shown too.
 */
export async function run(args: readonly string[], options: ProgramOptions, debug: boolean): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  try {
    await program(options, (ended) => (code = ended)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has written its own message; --help and --version end this way with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    options.console.err(`maskwright: ${sentence(error)}\n`);
    if (debug && error instanceof Error) options.console.err(`${error.stack ?? ''}\n`);
    return EXIT.failed;
  }
}

function sentence(error: unknown): string {
  // The sentence is also for the window, which asks; here a flag allows it.
  if (error instanceof MaskwrightError && error.code === 'name-taken') return `${error.message} --overwrite allows it.`;
  if (error instanceof MaskwrightError) return error.message;
  return `something went wrong inside Maskwright (${error instanceof Error ? error.message : String(error)}). MASKWRIGHT_DEBUG=1 shows where.`;
}

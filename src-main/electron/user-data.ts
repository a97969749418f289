import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A folder of this name beside the program makes it portable: all its data lies there. */
export const PORTABLE_FOLDER = 'Maskwright data';
const SWITCH = '--user-data-dir';

/**
 * Where user data lies when this start says so: --user-data-dir, else MASKWRIGHT_HOME, else the portable folder beside the program;
 * null for the platform's own place. @param program the executable; on a Mac the folder beside the .app counts
 */
export function chosenDataDir(argv: readonly string[], env: NodeJS.ProcessEnv, program: string, folder: string = process.cwd()): string | null {
  const at = argv.findIndex((argument) => argument === SWITCH || argument.startsWith(`${SWITCH}=`));
  const given = at < 0 ? undefined : argv[at] === SWITCH ? argv[at + 1] : argv[at]?.slice(SWITCH.length + 1);
  if (given !== undefined && given !== '') return resolve(folder, given);
  if (env['MASKWRIGHT_HOME']) return resolve(folder, env['MASKWRIGHT_HOME']);
  // electron-builder's portable .exe unpacks itself elsewhere and names the folder it was started from.
  const beside = env['PORTABLE_EXECUTABLE_DIR'] ?? dirname(program.replace(/\/[^/]+\.app\/Contents\/MacOS\/[^/]+$/, '/app'));
  const portable = join(beside, PORTABLE_FOLDER);
  return existsSync(portable) && statSync(portable).isDirectory() ? portable : null;
}

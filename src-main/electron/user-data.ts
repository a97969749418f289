import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A folder of this name beside the program makes it portable: all its data lies there. */
export const PORTABLE_FOLDER = 'Maskwright data';
/** What the installer for Windows leaves beside the program. It and each update remove that folder with all that is in it. */
const UNINSTALLER = 'Uninstall Maskwright.exe';
const SWITCH = '--user-data-dir';

/**
 * Where user data lies when this start says so: --user-data-dir, else MASKWRIGHT_HOME, else the portable folder beside the program;
 * null for the platform's own place, as always where an installer put the program.
 * @param program the executable; on a Mac the folder beside the .app counts, of an AppImage that beside its file
 */
export function chosenDataDir(argv: readonly string[], env: NodeJS.ProcessEnv, program: string, folder: string = process.cwd()): string | null {
  const at = argv.findIndex((argument) => argument === SWITCH || argument.startsWith(`${SWITCH}=`));
  const given = at < 0 ? undefined : argv[at] === SWITCH ? argv[at + 1] : argv[at]?.slice(SWITCH.length + 1);
  if (given !== undefined && given !== '') return resolve(folder, given);
  if (env['MASKWRIGHT_HOME']) return resolve(folder, env['MASKWRIGHT_HOME']);
  // An AppImage is mounted elsewhere, and names its file.
  const beside = dirname(env['APPIMAGE'] ?? program.replace(/\/[^/]+\.app\/Contents\/MacOS\/[^/]+$/, '/app'));
  if (existsSync(join(beside, UNINSTALLER))) return null;
  const portable = join(beside, PORTABLE_FOLDER);
  return existsSync(portable) && statSync(portable).isDirectory() ? portable : null;
}

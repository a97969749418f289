import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Resources } from './core-api.ts';

/**
 * Where user data lies: MASKWRIGHT_HOME, else the platform's own place
 * (XDG Base Directory specification; Apple's and Microsoft's file system guidelines).
 */
export function dataDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['MASKWRIGHT_HOME']) return env['MASKWRIGHT_HOME'];
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Maskwright');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Maskwright');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'maskwright');
}

/** Where what can be computed again lies: under MASKWRIGHT_HOME, else the platform's cache folder. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['MASKWRIGHT_HOME']) return join(env['MASKWRIGHT_HOME'], 'cache');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Maskwright', 'Cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Maskwright');
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'maskwright');
}

/** Where the logs lie (see core/log.ts). */
export const logsFolder = (dataDir: string): string => join(dataDir, 'logs');

/** Where the projects of folders lie that cannot be written to. */
export function projectsElsewhere(dataDir: string): string {
  return join(dataDir, 'projects');
}

/** The folder of the program, whether it runs from sources or bundled. */
export const appRoot = (): string => folderWith(join('models', 'catalogue.json'));

/** The folder of the program's package.json; the build lays an extract beside what a plain Node runs, which reads no archive. */
export const manifestFolder = (): string => folderWith('package.json');

/** The next folder above this file, or chunk of a bundle, that has such a file in it. */
function folderWith(file: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, file))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no ${file} above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** Of the program. */
export const programVersion = (): string => (JSON.parse(readFileSync(join(manifestFolder(), 'package.json'), 'utf8')) as { version: string }).version;

/**
 * Engines run from sources when this file does, else from the bundle; inside an Electron package the
 * engines, the models and the sample lie outside the archive, because a plain Node reads them.
 */
export function resources(root: string = appRoot(), node: string = process.execPath): Resources {
  const unpacked = root.replace(/app\.asar$/, 'app.asar.unpacked');
  const fromSources = import.meta.filename.endsWith('.ts');
  const engine = (name: string): string => (fromSources ? join(root, 'src-main', 'engines', `${name}.ts`) : join(unpacked, 'dist', 'main', `${name}.js`));
  return { node, samEngine: engine('sam'), imagesEngine: engine('images'), datasetsEngine: engine('datasets'), models: join(unpacked, 'models'), sample: join(unpacked, 'sample'), version: programVersion() };
}

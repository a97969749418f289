import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { mayWrite } from '../files/may-write.ts';
import { createProjectFile } from './create-project.ts';

const SUFFIX = '.mwproj';
const BACKUP = /\.backup-\d{8}-\d{6}(-\d+)?\.mwproj$/;

/**
 * The project file of a folder of images: the one .mwproj file in it; of several, the one named like the folder; else the one
 * that was made under `fallback` because the folder could not be written. Backups do not count. Null when there is none.
 * Throws 'not-found' or 'no-access' for the folder, and 'conflict' naming the files when it cannot tell which one is meant.
 */
export function findFolderProject(folder: string, fallback: string): string | null {
  const { real, files } = look(folder);
  const projects = files.filter((file) => file.endsWith(SUFFIX) && !file.startsWith('.') && !BACKUP.test(file));
  const own = projects.length === 1 ? projects[0] : projects.find((file) => file === nameOf(real) + SUFFIX);
  if (own !== undefined) return join(real, own);
  if (projects.length > 1) {
    throw new MaskwrightError('conflict', `The folder "${real}" holds several projects: ${projects.sort().join(', ')}. Open one of them.`, real);
  }
  const elsewhere = pathUnder(fallback, real);
  return existsSync(elsewhere) ? elsewhere : null;
}

/** As findFolderProject; where there is none it is made, in the folder or else under `fallback`. */
export async function openFolderProject(folder: string, fallback: string): Promise<{ path: string }> {
  const found = findFolderProject(folder, fallback);
  if (found !== null) return { path: found };
  const { real } = look(folder);
  if (mayWrite(real)) return made(join(real, nameOf(real) + SUFFIX), nameOf(real));
  mkdirSync(fallback, { recursive: true });
  return made(pathUnder(fallback, real), nameOf(real));
}

function nameOf(real: string): string {
  return basename(real) || 'images';
}

/** Folders of one name in different places keep projects of their own. */
function pathUnder(fallback: string, real: string): string {
  const mark = createHash('sha256').update(real).digest('hex').slice(0, 8);
  return join(fallback, `${nameOf(real)}-${mark}${SUFFIX}`);
}

function made(path: string, name: string): { path: string } {
  if (!existsSync(path)) createProjectFile(path, name);
  return { path };
}

function look(folder: string): { real: string; files: string[] } {
  try {
    const real = realpathSync.native(folder);
    return { real, files: readdirSync(real) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new MaskwrightError('no-access', `The folder "${folder}" cannot be read. Get the right to read it, or choose another one.`, folder, { cause: error });
    }
    throw new MaskwrightError('not-found', `There is no folder "${folder}". Check the name, or whether its disk is connected.`, folder, { cause: error });
  }
}

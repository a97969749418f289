import { statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { dataDir, projectsElsewhere } from '../core/places.ts';
import { createProjectFile } from '../projects/create-project.ts';
import { findFolderProject, openFolderProject } from '../projects/open-folder-project.ts';

/**
 * The project file that an argument of `export` or `info` names: the file itself, or the project of a folder.
 * Unlike opening a folder in the window this never makes a project.
 */
export function existingProject(argument: string): string {
  const path = resolve(argument);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new MaskwrightError('not-found', `There is no file or folder "${path}".`, path);
  if (!stat.isDirectory()) return path;
  const found = findFolderProject(path, projectsElsewhere(dataDir()));
  if (found === null) throw new MaskwrightError('not-found', `The folder "${path}" holds no project. Open it once with \`maskwright ${argument}\` to make one, or import a data set with \`maskwright import ${argument} DATASET\`.`, path);
  return found;
}

/** Throws 'not-found' when the path of a data set names nothing. */
export function existingDataset(argument: string): void {
  const path = resolve(argument);
  if (!statSync(path, { throwIfNoEntry: false })) throw new MaskwrightError('not-found', `There is no file or folder "${path}".`, path);
}

/**
 * As existingProject, for what comes into a project: one that is not there is made, in a folder with its pictures to be added,
 * which are then those of `folder`. Throws 'bad-request' for a new file that is not called .mwproj.
 */
export async function projectToFill(argument: string): Promise<{ path: string; made: boolean; folder: string | null }> {
  const path = resolve(argument);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    const elsewhere = projectsElsewhere(dataDir());
    const found = findFolderProject(path, elsewhere);
    if (found !== null) return { path: found, made: false, folder: null };
    return { ...(await openFolderProject(path, elsewhere)), made: true, folder: path };
  }
  if (stat) return { path, made: false, folder: null };
  const extension = extname(path);
  if (extension !== '.mwproj') throw new MaskwrightError('bad-request', `There is no project or folder "${path}", and a new project has to be called something.mwproj.`, path);
  createProjectFile(path, basename(path, extension));
  return { path, made: true, folder: null };
}

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { dataDir, projectsElsewhere } from '../core/places.ts';
import { findFolderProject } from '../projects/open-folder-project.ts';

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
  if (found === null) throw new MaskwrightError('not-found', `The folder "${path}" holds no project. Open it once with \`maskwright ${argument}\` to make one.`, path);
  return found;
}

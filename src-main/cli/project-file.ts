import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/**
 * The project file that an argument of `export` or `info` names: the file itself, or the only one in a folder.
 * Unlike opening a folder in the window this never makes a project.
 */
export function existingProject(argument: string): string {
  const path = resolve(argument);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new MaskwrightError('not-found', `There is no file or folder ${path}.`, path);
  if (!stat.isDirectory()) return path;
  const projects = readdirSync(path).filter((name) => name.endsWith('.mwproj')).sort();
  const named = projects.find((name) => name === `${basename(path)}.mwproj`);
  const only = projects.length === 1 ? projects[0] : named;
  if (only !== undefined) return join(path, only);
  throw projects.length === 0
    ? new MaskwrightError('not-found', `The folder ${path} holds no project. Open it once with \`maskwright ${argument}\` to make one.`, path)
    : new MaskwrightError('conflict', `The folder ${path} holds several projects: ${projects.join(', ')}. Name the one you mean.`, path);
}

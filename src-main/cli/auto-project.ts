import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { ModelId } from '../../src-shared/contract/models.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { dataDir, projectsElsewhere } from '../core/places.ts';
import { checkTarget } from '../datasets/atomic-file.ts';
import { checkExportName } from '../datasets/export-name.ts';
import { createProjectFile } from '../projects/create-project.ts';
import { openFolderProject } from '../projects/open-folder-project.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { exportOpened } from './export.ts';
import { followJob, reportProblems } from './follow-job.ts';

export interface AutoProjectOptions {
  readonly model?: string;
  /** COCO file to write in the end. */
  readonly export?: string;
  readonly overwrite?: true;
  /** Of everything found. */
  readonly class: string;
  /** Where the project of a folder lies. */
  readonly project?: string;
  readonly all?: true;
}

/**
 * `maskwright auto` on a folder of images or a project: everything found in each image becomes its instances, then the
 * data set is written. An image is one edit, so what ends the program takes along the image at work and no other.
 */
export async function autoProject(argument: string, given: AutoProjectOptions, options: AutomaticOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = resolve(argument);
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : null;
  const out = given.export === undefined ? null : resolve(given.export);
  // Asked before the work, which may take a night.
  if (out !== null) {
    checkExportName(out);
    await checkTarget(out, given.overwrite === true);
  }
  const file = folder === null ? path : await projectFileOf(folder, given.project);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project, readOnly } = await call(core, 'project.open', { path: file });
    if (readOnly !== null) throw MaskwrightError.fromProblem(readOnly);
    if (folder !== null) {
      // Pictures that the project knows already are passed over.
      const added = await followJob(core, console, interrupted, () => call(core, 'project.addFolder', { project, path: folder }));
      if (added.state !== 'done') return ended(added.state, added.message, file, console);
      if ((await call(core, 'project.info', { project })).images.total === 0) throw new MaskwrightError('not-found', `There are no pictures in "${folder}". Choose a folder with JPEG, PNG, WebP, TIFF, GIF, BMP or AVIF files.`, folder);
    }
    const labeling = { options, model: modelId(given.model), class: given.class, all: given.all === true };
    const job = await followJob(core, console, interrupted, () => call(core, 'automatic.label', { project, labeling }));
    reportProblems(job, console);
    if (job.state !== 'done') return ended(job.state, job.message, file, console);
    console.out(`${job.message ?? 'Done.'} The project is ${file}.\n`);
    const leftOut = job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
    if (out === null) return leftOut;
    const exported = await exportOpened(core, project, { format: 'coco', out, images: 'all', set: [], ...(given.overwrite === true ? { overwrite: true } : {}) }, console, interrupted);
    return exported === EXIT.done ? leftOut : exported;
  } finally {
    await core.close();
  }
}

function ended(state: 'running' | 'failed' | 'cancelled', message: string | null, file: string, console: Console): ExitCode {
  if (state === 'cancelled') {
    console.err(`Cancelled. What was found so far is in ${file}; the same command goes on from there.\n`);
    return EXIT.interrupted;
  }
  console.err(`maskwright: ${message ?? 'The images could not be labeled.'} What was found so far is in ${file}.\n`);
  return EXIT.failed;
}

/** The project of a folder as the window finds or makes it; or the one named, which is made when it is not there. */
async function projectFileOf(folder: string, named: string | undefined): Promise<string> {
  if (named === undefined) return (await openFolderProject(folder, projectsElsewhere(dataDir()))).path;
  const file = resolve(named);
  if (extname(file) !== '.mwproj') throw new MaskwrightError('bad-request', `"${file}" is no name of a project. Choose one that ends in .mwproj.`, file);
  if (!existsSync(file)) createProjectFile(file, basename(file, '.mwproj'));
  return file;
}

/** A project remembers which model made an instance, so that has to be one that is installed. */
function modelId(argument: string | undefined): string | null {
  if (argument === undefined) return null;
  if (!ModelId.safeParse(argument).success) throw new MaskwrightError('model-missing', `"${argument}" is no id of an installed model. Import it with \`maskwright models import\`, and give the id that this prints.`, argument);
  return argument;
}

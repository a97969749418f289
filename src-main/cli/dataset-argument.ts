import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { dataDir, projectsElsewhere } from '../core/places.ts';
import { removeFolderNow } from '../files/move-and-remove.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { createProjectFile } from '../projects/create-project.ts';
import { findFolderProject } from '../projects/open-folder-project.ts';
import { quietly } from '../quietly.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { importOpened } from './import.ts';
import { importOptions, type ReadingWords } from './reading-words.ts';

export interface DatasetOptions extends ReadingWords {
  /** The data set's format, where it is not recognised. With it the argument is never taken for a project. */
  readonly from?: string;
  /** Folders to look for its pictures in. */
  readonly pictures: readonly string[];
}

/**
 * Does some work on a project, or on a data set of another program, which is taken into a project that lasts as long as the
 * work. Gives the work's exit code, or where it ended with 'done' that of the import before it. Throws 'not-found'.
 */
export async function onProjectOrDataset(argument: string, options: DatasetOptions, start: StartCore, console: Console, interrupted: AbortSignal, work: (core: CoreApi, project: ProjectHandle, temporary: boolean) => Promise<ExitCode>): Promise<ExitCode> {
  const path = options.from === undefined ? projectOf(argument) : null;
  if (path === null) return onDataset(argument, options, start, console, interrupted, (core, project) => work(core, project, true));
  const core = await start({ host: 'cli', initialProject: null });
  try {
    return await work(core, (await call(core, 'project.open', { path })).project, false);
  } finally {
    await core.close();
  }
}

/** The same on what can only be a data set. @param work is told how the import ended: 'done', or 'leftOut' */
export async function onDataset(dataset: string, options: DatasetOptions, start: StartCore, console: Console, interrupted: AbortSignal, work: (core: CoreApi, project: ProjectHandle, imported: ExitCode) => Promise<ExitCode>): Promise<ExitCode> {
  const folder = await datasetFolder();
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project, imported } = await takeIn(core, folder, dataset, options, console, interrupted);
    if (project === null) return imported;
    const code = await work(core, project, imported);
    return code === EXIT.done ? imported : code;
  } finally {
    await core.close();
    quietly(() => removeFolderNow(folder));
  }
}

const datasetFolder = (): Promise<string> => temporaryFolder(tmpdir(), 'maskwright-dataset-', tmpdir());

/** Imports into a new project in `folder`; null when that failed or was cancelled, which has been said. */
async function takeIn(core: CoreApi, folder: string, dataset: string, { from, pictures, ...words }: DatasetOptions, console: Console, interrupted: AbortSignal): Promise<Pick<OpenedBeside, 'project' | 'imported'>> {
  const path = join(folder, 'dataset.mwproj');
  createProjectFile(path, basename(resolve(dataset)));
  const { project } = await call(core, 'project.open', { path, remember: false });
  const { code } = await importOpened(core, project, dataset, { ...importOptions(words), format: from ?? null, pictures, unpackTo: join(folder, 'unpacked') }, console, interrupted);
  return { project: code === EXIT.done || code === EXIT.leftOut ? project : null, imported: code };
}

/** A project, or a data set taken into a project that lasts until `close`. */
export interface OpenedBeside {
  /** Null when the import failed or was cancelled, which has been said. */
  readonly project: ProjectHandle | null;
  /** How the import ended; 'done' for a project. */
  readonly imported: ExitCode;
  close(): Promise<void>;
}

/** Opens another project or data set in the same core. Throws 'not-found'. */
export async function openBeside(core: CoreApi, argument: string, options: DatasetOptions, console: Console, interrupted: AbortSignal): Promise<OpenedBeside> {
  const path = projectOf(argument);
  if (path !== null) return { project: (await call(core, 'project.open', { path, remember: false })).project, imported: EXIT.done, close: () => Promise.resolve() };
  const folder = await datasetFolder();
  const close = async (): Promise<void> => {
    await core.close();
    quietly(() => removeFolderNow(folder));
  };
  try {
    return { ...(await takeIn(core, folder, argument, { ...importOptions(options), pictures: options.pictures }, console, interrupted)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The project file that an argument names: the file itself, or that of a folder; null for everything else. */
function projectOf(argument: string): string | null {
  const path = resolve(argument);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new MaskwrightError('not-found', `There is no file or folder "${path}".`, path);
  if (stat.isDirectory()) return findFolderProject(path, projectsElsewhere(dataDir()));
  return path.endsWith('.mwproj') ? path : null;
}

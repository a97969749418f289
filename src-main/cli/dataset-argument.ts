import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { dataDir, projectsElsewhere } from '../core/places.ts';
import { createProjectFile } from '../projects/create-project.ts';
import { findFolderProject } from '../projects/open-folder-project.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { importOpened } from './import.ts';

export interface DatasetOptions {
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
  const project = options.from === undefined ? projectOf(argument) : null;
  const folder = project === null ? mkdtempSync(join(tmpdir(), 'maskwright-dataset-')) : null;
  const core = await start({ host: 'cli', initialProject: null });
  try {
    if (folder === null) return await work(core, (await call(core, 'project.open', { path: project ?? argument })).project, false);
    const path = join(folder, 'dataset.mwproj');
    createProjectFile(path, basename(resolve(argument)));
    const opened = await call(core, 'project.open', { path, remember: false });
    const { code: imported } = await importOpened(core, opened.project, argument, { format: options.from ?? null, pictures: options.pictures }, console, interrupted);
    if (imported !== EXIT.done && imported !== EXIT.leftOut) return imported;
    const code = await work(core, opened.project, true);
    return code === EXIT.done ? imported : code;
  } finally {
    await core.close();
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
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
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-dataset-'));
  const close = async (): Promise<void> => {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const file = join(folder, 'dataset.mwproj');
    createProjectFile(file, basename(resolve(argument)));
    const { project } = await call(core, 'project.open', { path: file, remember: false });
    const { code } = await importOpened(core, project, argument, { format: null, pictures: options.pictures }, console, interrupted);
    return { project: code === EXIT.done || code === EXIT.leftOut ? project : null, imported: code, close };
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

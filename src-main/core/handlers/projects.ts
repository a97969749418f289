import { basename, isAbsolute } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { knownEncoding } from '../../datasets/formats/codecs/text.ts';
import { formatById } from '../../datasets/formats/registry.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { ImagesEngine } from '../../images/engine-requests.ts';
import { addFolder, findNewImages, indexImages, type IndexOptions } from '../../images/add-folder-job.ts';
import type { ProjectInfo } from '../../../src-shared/contract/types.ts';
import { changeInTurn } from '../changing.ts';
import type { DatasetsEngine } from '../dataset-export.ts';
import { checkRelocation } from '../relocating.ts';
import { editProject } from '../editing.ts';
import { importDataset } from '../dataset-import.ts';
import type { Events } from '../events.ts';
import type { OpenProject, OpenProjects } from '../open-projects.ts';
import type { ModelLibrary } from '../../models/library.ts';
import type { ProjectStore } from '../../projects/project-store.ts';
import type { Predictors } from '../predictors.ts';
import type { RecentProjects } from '../recent.ts';
import type { HandlersOf } from '../router.ts';
import { openSampleFile } from '../sample.ts';
import { repeatStep } from '../splitting.ts';

export interface ProjectServices {
  readonly projects: OpenProjects;
  readonly predictors: Predictors;
  readonly library: ModelLibrary;
  readonly recent: RecentProjects;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly imagesEngine: ImagesEngine;
  readonly datasets: DatasetsEngine;
  readonly sampleFolder: string;
  readonly dataDir: string;
  readonly log: (message: string) => void;
}

/** Calls that open, change and close projects. */
export function projectHandlers(services: ProjectServices): HandlersOf<'project'> {
  const { projects, recent, events, jobs, library, log } = services;
  const info = (project: OpenProject): ProjectInfo => projectInfo(services, project);

  const open = async (path: string, client: string, remember = true): Promise<OpenProject> => {
    // Its model may have been imported on the command line a moment ago.
    await library.refresh();
    const project = await projects.open(path, client);
    // The list is a convenience: that it could not be written is no reason not to label.
    if (remember) await recent.opened(project.store.path, project.store.info().name).catch((error: unknown) => log(`recent projects: ${String(error)}`));
    return project;
  };
  const addFolderTo = (project: OpenProject, folder: string): string =>
    jobs.start({ kind: 'add-folder', title: `Adding “${basename(folder)}”`, project: project.handle, run: addFolder(indexing(services, project), folder) });

  /** In the folders that a person added. @param asked whether a person asked for it */
  const lookForNew = (project: OpenProject, asked: boolean): string => {
    const added = project.store.files.added();
    const folders = project.store.info().roots.filter(({ id, missing }) => !missing && added.has(id));
    return jobs.start({ kind: asked ? 'add-folder' : 'index', title: 'Looking for new images', project: project.handle, run: findNewImages(indexing(services, project), folders, asked) });
  };

  return {
    'project.open': async ({ path, remember }, client) => {
      const project = await open(path, client, remember);
      // A folder's own project that is still empty was made just now: its pictures are what the person wants to see.
      const isFolder = project.store.path !== path && project.store.readOnly === null;
      if (isFolder && project.store.info().roots.length === 0) addFolderTo(project, path);
      else if (isFolder) lookForNew(project, false);
      return info(project);
    },
    'project.openSample': async (_, client) => {
      const project = await open(await openSampleFile(services.sampleFolder, services.dataDir), client);
      return info(project);
    },
    'project.info': ({ project }) => info(projects.get(project)),
    'project.close': ({ project }, client) => {
      projects.leave(project, client);
      return {};
    },
    'project.addFolder': ({ project, path }) => ({ job: addFolderTo(projects.get(project), path) }),
    'project.findNew': ({ project }) => ({ job: lookForNew(writable(projects.get(project)), true) }),
    'project.relocate': async ({ project, root, path }) => {
      const opened = writable(projects.get(project));
      await checkRelocation(opened.store, root, path);
      const edit = await changeInTurn(opened, events, () => opened.store.files.moveRoot(`Relocate to ${basename(path)}`.slice(0, 500), root, path));
      events.emit('images.changed', { project, ids: null });
      return edit;
    },
    'project.import': ({ project, path, format, pictures, options, unpackTo, work }) => {
      for (const one of [path, ...pictures, ...(unpackTo === null ? [] : [unpackTo])]) if (!isAbsolute(one)) throw new MaskwrightError('bad-request', `"${one}" is no absolute path. Give the whole path.`, one);
      if (format !== null) formatById(format);
      if (options.encoding !== null && knownEncoding(options.encoding) === null) throw new MaskwrightError('bad-request', `There is no text encoding "${options.encoding}". Name one as browsers do: gbk, shift_jis, windows-1252, …`, options.encoding);
      const opened = projects.get(project);
      if (opened.store.readOnly !== null) throw MaskwrightError.fromProblem(opened.store.readOnly);
      return { job: jobs.start({ kind: 'import', title: `Importing ${basename(path)}`, project, run: importDataset(opened, { path, format, pictures, options, unpackTo, work: work ?? null }, services.datasets, services.events) }) };
    },
    'project.edit': ({ project, label, commands, request }) => {
      const opened = projects.get(project);
      return changeInTurn(opened, events, async () => ({ ...(await editProject(opened.store, label, commands, services.datasets)), request: request ?? null }));
    },
    'project.undo': ({ project }) => {
      const opened = projects.get(project);
      return changeInTurn(opened, events, () => repeatStep(opened.store, true, services.datasets));
    },
    'project.redo': ({ project }) => {
      const opened = projects.get(project);
      return changeInTurn(opened, events, () => repeatStep(opened.store, false, services.datasets));
    },
    'project.flush': ({ project }) => {
      const { store } = projects.get(project);
      return store.inTurn(() => store.flush());
    },
    'project.backup': async ({ project }) => ({ path: await projects.get(project).store.backup() }),
  };
}

function writable(project: OpenProject): OpenProject {
  if (project.store.readOnly !== null) throw MaskwrightError.fromProblem(project.store.readOnly);
  return project;
}

export function projectInfo({ projects, predictors }: Pick<ProjectServices, 'projects' | 'predictors'>, project: OpenProject): ProjectInfo {
  return { ...projects.info(project), model: predictors.modelOf(project) };
}

/** Takes up what an earlier run of the program did not come to look at. */
export function resumeIndexing(services: ProjectServices, project: OpenProject): void {
  if (project.store.readOnly !== null || !hasUnprobed(project.store)) return;
  services.jobs.start({ kind: 'index', title: 'Looking at new images', project: project.handle, run: indexImages(indexing(services, project)) });
}

/** Damage has turned the project read-only, which is told by itself; what can be read of it is still opened. */
function hasUnprobed(store: ProjectStore): boolean {
  try {
    return store.unprobed(1, 0).length > 0;
  } catch {
    return false;
  }
}

function indexing({ events, imagesEngine }: ProjectServices, { store, handle }: OpenProject): IndexOptions {
  return {
    store,
    engine: imagesEngine,
    onAdded: () => events.emit('images.changed', { project: handle, ids: null }),
    move: (label, places) => changeInTurn({ store, handle }, events, () => store.files.moveImages(label, places)),
    onProbed: (ids) => events.emit('images.changed', { project: handle, ids: [...ids] }),
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { EngineEvent } from '../engines/supervisor.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import { runLengthsOf } from '../images/engine-requests.ts';
import { ImageService } from '../images/image-service.ts';
import { Jobs } from '../jobs/jobs.ts';
import { ModelInstalls } from '../models/installs.ts';
import { ModelLibrary } from '../models/library.ts';
import { userModelsFolder } from '../models/user-models.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { CandidateSets } from '../sam/automatic-candidates.ts';
import { removeLeftovers } from '../temporary-folder.ts';
import { DiskCache } from '../sam/disk-cache.ts';
import { Predictor } from '../sam/predictor.ts';
import { Checks } from './checks.ts';
import type { CoreApi, CoreOptions } from './core-api.ts';
import { Events } from './events.ts';
import { appHandlers, openSettings } from './handlers/app.ts';
import { Automatic } from './handlers/automatic.ts';
import { checkHandlers } from './handlers/check.ts';
import { exportHandlers } from './handlers/export.ts';
import { helpHandlers } from './handlers/help.ts';
import { imagesHandlers } from './handlers/images.ts';
import { modelsHandlers } from './handlers/models.ts';
import { projectHandlers, resumeIndexing, type ProjectServices } from './handlers/projects.ts';
import { replayHandlers } from './handlers/replay.ts';
import { samHandlers } from './handlers/sam.ts';
import { splitsHandlers } from './handlers/splits.ts';
import { snapshotHandlers } from './handlers/snapshots.ts';
import { statisticsHandlers } from './handlers/statistics.ts';
import type { ProjectImage } from './image-ref.ts';
import { collectGarbageLessOften } from './heap.ts';
import { openLog } from './log.ts';
import { comparisonThroughEngines, projectPictures, samplePictures } from './model-comparison.ts';
import { recordLoopDelay } from './loop-delay.ts';
import { OnePerClient } from './one-per-client.ts';
import { OpenProjects } from './open-projects.ts';
import { picture } from './picture.ts';
import { cacheDir } from './places.ts';
import { CANDIDATES_SHARE, EMBEDDINGS_SHARE, findingsFolder, predictorSetup } from './predictor-setup.ts';
import { Predictors } from './predictors.ts';
import { RecentProjects } from './recent.ts';
import { Router } from './router.ts';
import { UnfinishedJobs } from './unfinished-jobs.ts';

/** Wires the services together and serves the contract. Imports no Electron: three hosts run it. */
export async function startCore(options: CoreOptions): Promise<CoreApi> {
  collectGarbageLessOften();
  const { dataDir, resources } = options;
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw new MaskwrightError('no-access', `Maskwright's own folder “${dataDir}” cannot be made. Get the right to write there, or name another with MASKWRIGHT_HOME.`, dataDir, { cause });
  });
  void removeLeftovers();
  const log = openLog(dataDir);
  const stopRecording = process.env['MASKWRIGHT_LOOP_DELAY'] ? recordLoopDelay(process.env['MASKWRIGHT_LOOP_DELAY']) : null;
  const events = new Events();
  const settings = openSettings(dataDir);
  const recent = new RecentProjects(dataDir);
  const { cacheQuota } = await settings.read();
  const jobs = new Jobs((job) => {
    unfinished.jobChanged(job);
    events.emit('job', job);
  }, log);
  const projects = new OpenProjects(events, dataDir);
  const unfinished = new UnfinishedJobs(dataDir, (project) => projects.get(project).store.path, log);
  // A command that was interrupted is typed again; what a window was at goes on by itself.
  const goesOn = options.host !== 'cli';

  /** It saves decoding the image another time; a full disk, or a project closed meanwhile, is no reason not to predict. */
  const notePixelHash = (store: ProjectStore, image: ImageId, hash: string): void => {
    void store.inTurn(() => store.setPixelHash(image, hash)).catch((error: unknown) => log(`pixel hash of image ${image}: ${String(error)}`));
  };
  const engineEvent = (event: EngineEvent): void => {
    log(`engine: ${event.kind}: ${event.message}`);
    if (event.kind === 'died' || event.kind === 'gave-up' || event.kind === 'provider-failed') {
      const code = event.kind === 'provider-failed' ? 'provider-failed' : 'engine-died';
      events.emit('notice', { level: event.kind === 'gave-up' ? 'error' : 'warning', code, message: event.message, item: null });
    }
  };
  // glibc keeps freed pictures in an arena for each thread, and reuses them in pieces: a quarter more memory than the engine's own
  // cache needs, and growing. Mapped each by itself they go back to the system. Other systems know nothing of these.
  const imagesEngine = new EngineSupervisor({ name: 'images', node: resources.node, entry: resources.imagesEngine, env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144' }, onEvent: engineEvent });
  // Whoever looks at images will ask for the first picture before anything else of an engine.
  if (options.host !== 'cli') imagesEngine.start();
  const pictures = new ImageService({
    engine: imagesEngine,
    lookup: (project, image) => projects.get(project).store.imageRecord(image),
    diskCache: new DiskCache(join(cacheDir(), 'pictures'), cacheQuota * (1 - EMBEDDINGS_SHARE - CANDIDATES_SHARE)),
    onCacheError: (error) => log(`picture cache: ${String(error)}`),
  });
  const library = await ModelLibrary.open({ shipped: resources.models, user: userModelsFolder(dataDir) });
  const listChanged = (): void => events.emit('models.changed', {});
  const predictors = new Predictors({
    library,
    onUse: listChanged,
    // The command line exports and reports without a click; whoever labels has the engine ready before the first one.
    startAhead: options.host !== 'cli',
    create: (model) =>
      new Predictor<ProjectImage>({
        ...predictorSetup(resources, dataDir, cacheQuota, model),
        pixels: async ({ record, store, crop = null }, frame, signal, fit) => {
          const input = await pictures.modelInput(record, frame, signal, crop, fit);
          if (crop === null && input.pixelHash !== record.pixelHash && store.readOnly === null) notePixelHash(store, record.id, input.pixelHash);
          return input;
        },
        runLengths: (params, signal) => runLengthsOf(imagesEngine, params, signal),
        onStatus: (status) => {
          events.emit('sam.status', status);
          // What it can and how fast it is have been found out.
          if (status.state === 'ready') listChanged();
        },
        onPrepared: ({ project, record }, state) => events.emit('image.prepared', { project, image: record.id, state }),
        onEngine: engineEvent,
      }),
    onModel: (project, model) => {
      events.emit('project.model', { project, model });
      automatic.modelChanged(project, model.id);
    },
  });
  const sets = new CandidateSets(new DiskCache(join(cacheDir(), 'candidates'), cacheQuota * CANDIDATES_SHARE), (error) => log(`candidates: ${String(error)}`));
  const datasets = { command: { node: resources.node, entry: resources.datasetsEngine }, onEngine: engineEvent };
  const automatic = new Automatic({ projects, predictors, imagesEngine, sets, jobs, events, datasets });
  library.onChanged = () => {
    predictors.modelsChanged();
    listChanged();
  };

  const services: ProjectServices = { projects, predictors, library, recent, jobs, events, imagesEngine, datasets, sampleFolder: resources.sample, dataDir, log };
  projects.onOpened = (project) => {
    predictors.opened(project);
    resumeIndexing(services, project);
    if (goesOn) setImmediate(() => void goOn(project.handle, project.store.path));
  };
  projects.onMoved = ({ store }) => void recent.opened(store.path, store.info().name).catch((error: unknown) => log(`recent projects: ${String(error)}`));
  projects.onClosing = async (project) => {
    unfinished.closing(project.handle);
    await jobs.stop(project.handle);
    checks.forget(project.handle);
    predictors.closed(project);
  };
  const installs = new ModelInstalls({
    library,
    jobs,
    engine: { node: resources.node, entry: resources.samEngine },
    compare: async () => {
      const project = projects.list().at(-1);
      // The sample's stand in for what a project lacks.
      const pictures = [...(project === undefined ? [] : projectPictures(project.store)), ...(await samplePictures(resources))];
      return comparisonThroughEngines(pictures, resources, dataDir);
    },
  });
  const checks = new Checks({ projects, jobs, events, engine: datasets, imagesEngine, log });
  const preflights = new OnePerClient();
  const splitPreviews = new OnePerClient();
  const counts = new OnePerClient();
  const comparisons = new OnePerClient();
  const router = new Router(
    {
      ...appHandlers(options, recent, settings),
      ...helpHandlers({ options, projects, predictors, library, recent, settings }),
      ...projectHandlers(services),
      ...imagesHandlers({ projects, imagesEngine, predictors, events }),
      ...samHandlers(projects, predictors, events),
      ...automatic.handlers,
      ...replayHandlers({ projects, predictors, library, imagesEngine, jobs, events, datasets }),
      ...modelsHandlers({ projects, predictors, library, installs, findings: findingsFolder(dataDir) }),
      ...exportHandlers(projects, jobs, preflights, datasets, resources.version),
      ...splitsHandlers({ projects, jobs, events, imagesEngine, datasets, previews: splitPreviews }),
      ...statisticsHandlers(projects, counts, datasets, events),
      ...snapshotHandlers({ projects, jobs, events, datasets, comparisons }),
      ...checkHandlers(projects, checks),
      'jobs.list': () => jobs.list(),
      'jobs.cancel': ({ job }) => {
        jobs.cancel(job);
        return {};
      },
    },
    log,
  );

  const call = async (name: string, params: unknown, client: string): Promise<unknown> => {
    const result = await router.call(name, params, client);
    if (goesOn) unfinished.called(name, params, result, (id) => jobs.list().find(({ job }) => job === id)?.title ?? '');
    return result;
  };
  /** Whatever was interrupted in a project when it was closed. */
  const goOn = async (project: string, path: string): Promise<void> => {
    for (const { call: name, title, params } of unfinished.take(path)) {
      try {
        const { work } = params;
        if (typeof work === 'string' && projects.get(project).store.outside.isDone(work)) {
          events.emit('notice', { level: 'info', code: null, message: `${title}: this was finished just before Maskwright ended.`, item: null });
          continue;
        }
        await call(name, { ...params, project }, 'unfinished');
        events.emit('notice', { level: 'info', code: null, message: `${title}: this was interrupted, and goes on now.`, item: null });
      } catch (error) {
        const { code, message, item } = toProblem(error);
        events.emit('notice', { level: 'warning', code, message: `${title}: this was interrupted, and cannot go on. ${message}`, item });
      }
    }
  };

  return {
    call,
    subscribe: (listener) => events.subscribe(listener),
    picture: (address, signal) => picture(pictures, address, signal, log),
    disconnect: (client) => {
      predictors.disconnect(client);
      preflights.drop(client);
      splitPreviews.drop(client);
      counts.drop(client);
      comparisons.drop(client);
      projects.leaveAll(client);
    },
    close: async () => {
      for (const { handle } of projects.list()) unfinished.closing(handle);
      // All at once: an engine may have to be waited for, and jobs end when theirs does.
      await Promise.all([jobs.stop(), predictors.stop(), imagesEngine.stop()]);
      await projects.closeAll();
      stopRecording?.();
    },
  };
}

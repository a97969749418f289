import { t } from 'i18next';
import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { ModelId, ModelRow, Precision, Preparation } from '../../src-shared/contract/models.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { refreshSam } from './app-store.ts';
import { call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { receiveJob, useJobs } from './jobs-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle, receiveInfo, useProject } from './project-store.ts';

/** What was asked for, so that it can be asked for again. */
export type InstallRequest =
  | { readonly kind: 'import'; readonly paths: readonly string[]; readonly precision: Precision; readonly weights?: string | null; readonly preparation?: Preparation | null }
  | { readonly kind: 'download'; readonly model: ModelId; readonly mirror: number; readonly precision: Precision };

interface ModelsState {
  /** Installed and available ones; null until the first answer. */
  readonly models: readonly ModelRow[] | null;
  /** Folders among the models that hold none. */
  readonly problems: readonly Problem[];
  /** Why there is no list. */
  readonly failure: Problem | null;
  /** The model whose choice main has not confirmed yet. */
  readonly choosing: ModelId | null;
  /** By the job that carries it out; only those started from this page. */
  readonly requests: ReadonlyMap<string, InstallRequest>;
}

export const useModels = create<ModelsState>(() => ({ models: null, problems: [], failure: null, choosing: null, requests: new Map() }));

async function fetchModels(): Promise<void> {
  const { models, problems } = await call('models.list', {});
  useModels.setState({ models, problems, failure: null });
}

/** Asks for the list anew; when that fails the list on show stays, and says why it may be old. */
export const refreshModels = coalesced(fetchModels, 150, (error) => useModels.setState({ failure: toProblem(error) }));

export function modelRow(id: ModelId): ModelRow | null {
  return useModels.getState().models?.find((m) => m.id === id) ?? null;
}

/** The open project works with this model from now on. The clicks on the canvas stay, and are put to it (events.ts). */
export async function chooseModel(model: ModelId): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  useModels.setState({ choosing: model });
  try {
    receiveInfo(await call('models.choose', { project, model }));
    await refreshSam();
  } catch (error) {
    notifyError(error);
  } finally {
    if (useModels.getState().choosing === model) useModels.setState({ choosing: null });
  }
  refreshModels();
}

/** Images are prepared that way for a model from now on. */
export async function prepareModel(model: ModelId, preparation: Preparation): Promise<void> {
  try {
    await call('models.prepare', { model, preparation });
  } catch (error) {
    notifyError(error);
  }
  refreshModels();
}

export async function removeModel(model: ModelId): Promise<void> {
  try {
    await call('models.remove', { model });
  } catch (error) {
    notifyError(error);
  }
  refreshModels();
}

/** Starts an import or a download. Rejects when main refuses it; what happens later is the job's. */
export async function install(request: InstallRequest): Promise<void> {
  const { job } = request.kind === 'import'
    ? await call('models.import', { paths: [...request.paths], precision: request.precision, weights: request.weights ?? null, preparation: request.preparation ?? null })
    : await call('models.download', { model: request.model, mirror: request.mirror, precision: request.precision });
  useModels.setState(({ requests }) => ({ requests: new Map(requests).set(job, request) }));
  const known = (await call('jobs.list', {})).find((j) => j.job === job);
  if (known !== undefined && useJobs.getState().jobs.get(job) === undefined) receiveJob(known);
}

/**
 * The download that brings back a model that is not here, as far as the catalogue has it: graphs keep their id, while a
 * checkpoint's model is named after it with its precision and eight digits of its hash (models/import/import-checkpoint.ts).
 */
export function downloadOf(id: ModelId, models: readonly ModelRow[]): { readonly row: ModelRow; readonly precision: Precision } | null {
  const [, name = id, precision = 'fp32'] = /^(.+?)(?:-(fp16|int8))?-[0-9a-f]{8}$/.exec(id) ?? [];
  const available = models.filter((m) => m.state === 'available');
  const graphs = available.find((m) => m.id === id);
  if (graphs !== undefined) return { row: graphs, precision: graphs.precision };
  const row = available.find((m) => m.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') === name);
  return row === undefined ? null : { row, precision: row.precisions.find((p) => p === precision) ?? row.precision };
}

export const isInstall = ({ kind }: Job): boolean => kind === 'model-import' || kind === 'model-download';

/** Imports and downloads that a person has still to do with: those that run, and those that failed and were not dismissed. */
export function installsToShow(jobs: Iterable<Job>, seen: ReadonlySet<string>): Job[] {
  return [...jobs].filter((j) => isInstall(j) && (j.state === 'running' || (j.state === 'failed' && !seen.has(j.job))));
}

/** Tells of a model that has just come, wherever it was asked for. Other jobs, and those under way, say nothing. */
export async function announceInstalled(job: Job): Promise<void> {
  if (!isInstall(job) || job.state === 'running') return;
  if (job.state !== 'done' || job.subject === null) {
    // What has arrived of a download may have to be told.
    refreshModels();
    return;
  }
  const id = job.subject;
  await fetchModels().catch(notifyError);
  const row = modelRow(id);
  const { info } = useProject.getState();
  const action = info === null || info.model.id === id ? null : { title: t('models.useHere'), run: () => void chooseModel(id) };
  notify({ level: 'success', message: t('models.ready', { name: row?.name ?? id }), action });
}

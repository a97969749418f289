import { ExportPreflight } from '../../src-shared/contract/types.ts';
import type { ExportImages, ExportOptions } from '../../src-shared/contract/datasets.ts';
import type { SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import { ExportResult, Progress } from '../engines/datasets-api.ts';
import { ROW_HEAP } from '../engines/engine-process.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import type { EngineEvent } from '../engines/supervisor.ts';
import type { JobContext, JobRun } from '../jobs/jobs.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { count } from './counted.ts';

export interface DatasetsEngine {
  readonly command: { readonly node: string; readonly entry: string };
  readonly onEngine: (event: EngineEvent) => void;
}

/** What is exported, and how. Options are checked by the engine. */
export interface ExportRequest {
  readonly format: string;
  readonly images: ExportImages;
  readonly options: ExportOptions;
  readonly snapshot: SnapshotOrNow;
}

/** Files of a cancelled export are deleted one by one, and there may be 100,000. */
const CLEARS_WITHIN_MS = 60_000;

/** What an export would lose, found out by an engine of its own, which sees the project as it is now. Throws 'bad-request' and 'cancelled'. */
export async function preflightExport(store: ProjectStore, request: ExportRequest, datasets: DatasetsEngine, signal: AbortSignal): Promise<ExportPreflight> {
  return withEngine(datasets, async (engine) => ExportPreflight.parse(await engine.request('preflight', { ...request, ...files(store) }, { signal })));
}

/** The job that writes a data set of one moment of the project, whatever is edited meanwhile. @param request.program its name and version, for a manifest; null for none */
export function exportDatasetJob(store: ProjectStore, request: ExportRequest & { readonly out: string; readonly overwrite: boolean; readonly program: string | null }, datasets: DatasetsEngine): JobRun {
  return (job) =>
    withEngine(datasets, async (engine) => {
      const { images, instances, unlabelled } = ExportResult.parse(await engine.request('export', { ...request, ...files(store) }, { signal: job.signal, onProgress: (value) => tell(job, value), clearsWithinMs: CLEARS_WITHIN_MS }));
      const left = unlabelled === 0 ? '' : ` ${count(unlabelled, 'instance')} without a class left out.`;
      return `${count(instances, 'instance')} on ${count(images, 'image')} written to ${request.out}.${left}`;
    });
}

/** What the datasets engine says on the way, said by the job. */
export function tell({ progress, problem, note }: Pick<JobContext, 'progress' | 'problem' | 'note'>, value: unknown): void {
  const told = Progress.parse(value);
  if (told.kind === 'problem') problem(told.item, told.problem);
  else if (told.kind === 'note') note(told.text);
  else progress(told.done, told.total);
}

/** What kills the engine once kills it again: each piece of work has one of its own, which ends with it. */
export async function withEngine<T>({ command, onEngine }: DatasetsEngine, work: (engine: EngineSupervisor) => Promise<T>): Promise<T> {
  const engine = new EngineSupervisor({ name: 'datasets', ...command, heap: ROW_HEAP, concurrency: 1, onEvent: onEngine });
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** Of a store, for a snapshot of it in another process. */
const files = (store: ProjectStore): { opened: string; project: string } => ({ opened: store.openedFile, project: store.path });

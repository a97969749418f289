import { Statistics } from '../../src-shared/contract/statistics.ts';
import { Progress } from '../engines/datasets-api.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { withEngine, type DatasetsEngine } from './dataset-export.ts';

/** Counts the project as it is now, in an engine of its own. Throws 'cancelled'. */
export async function projectStatistics(store: ProjectStore, datasets: DatasetsEngine, signal: AbortSignal, onProgress: (done: number, total: number | null) => void): Promise<Statistics> {
  const told = (value: unknown): void => {
    const progress = Progress.parse(value);
    if (progress.kind === 'progress') onProgress(progress.done, progress.total);
  };
  return withEngine(datasets, async (engine) => Statistics.parse(await engine.request('statistics', { opened: store.openedFile, project: store.path }, { signal, onProgress: told })));
}

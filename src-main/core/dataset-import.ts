import { basename } from 'node:path';
import { ReadResult, WriteResult } from '../engines/datasets-api.ts';
import type { JobRun } from '../jobs/jobs.ts';
import { count } from './counted.ts';
import { tell, withEngine } from './dataset-export.ts';
import type { DatasetsEngine } from './dataset-export.ts';
import type { Events } from './events.ts';
import type { OpenProject } from './open-projects.ts';

export interface DatasetToImport {
  /** Absolute path of a file or folder. */
  readonly path: string;
  /** A format's id, or null to find out. */
  readonly format: string | null;
  /** Folders, absolute, to look for pictures in. */
  readonly pictures: readonly string[];
}

/**
 * The job that imports a data set into a project, all or nothing. It is read by an engine of its own, which may take
 * minutes or die over a hostile file while the project is worked on; only the writing in the end holds edits off.
 */
export function importDataset({ store, handle }: OpenProject, { path, format, pictures }: DatasetToImport, engine: DatasetsEngine, events: Events): JobRun {
  return (job) =>
    withEngine(engine, async (datasets) => {
      const read = ReadResult.parse(await datasets.request('read', { project: store.path, dataset: path, format, pictures: [...pictures] }, { signal: job.signal, onProgress: (value) => tell(job, value) }));
      const { result, edit } = await store.yieldTo(async () => WriteResult.parse(await datasets.request('write', {})));
      events.emit('project.edited', { project: handle, edit });
      events.emit('images.changed', { project: handle, ids: null });
      const fresh = result.newImages === 0 ? '' : ` (${result.newImages.toLocaleString('en')} of them new)`;
      return `${count(result.instances, 'instance')} on ${count(result.images, 'image')}${fresh} imported from ${basename(path)} as ${read.format}.`;
    });
}

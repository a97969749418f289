import { basename } from 'node:path';
import type { ImportOptions } from '../../src-shared/contract/datasets.ts';
import { formatName } from '../datasets/formats/format-names.ts';
import { ReadResult, WriteResult } from '../engines/datasets-api.ts';
import type { JobRun } from '../jobs/jobs.ts';
import { count } from './counted.ts';
import { tell, withEngine } from './dataset-export.ts';
import type { DatasetsEngine } from './dataset-export.ts';
import type { Events } from './events.ts';
import type { OpenProject } from './open-projects.ts';
import { withUnpacking } from './unpacking.ts';

export interface DatasetToImport {
  /** Absolute path of a file or folder. */
  readonly path: string;
  /** A format's id, or null to find out. */
  readonly format: string | null;
  /** Folders, absolute, to look for pictures in. */
  readonly pictures: readonly string[];
  readonly options: ImportOptions;
  /** Absolute path of a folder to make of an archive's content; null for one beside it. */
  readonly unpackTo: string | null;
}

/**
 * The job that imports a data set into a project, all or nothing. It is read by an engine of its own, which may take
 * minutes or die over a hostile file while the project is worked on; only the writing in the end holds edits off.
 */
export function importDataset({ store, handle }: OpenProject, { path, format, pictures, options, unpackTo }: DatasetToImport, engine: DatasetsEngine, events: Events): JobRun {
  return (job) =>
    withUnpacking(path, unpackTo, (unpack) => withEngine(engine, async (datasets) => {
      const read = ReadResult.parse(await datasets.request('read', { project: store.path, dataset: path, format, pictures: [...pictures], options, unpack }, { signal: job.signal, onProgress: (value) => tell(job, value) }));
      const { result, edit } = await store.yieldTo(async () => WriteResult.parse(await datasets.request('write', {})));
      events.emit('project.edited', { project: handle, edit });
      events.emit('images.changed', { project: handle, ids: null });
      const fresh = result.newImages === 0 ? '' : ` (${result.newImages.toLocaleString('en')} of them new)`;
      const unpacked = result.unpackedTo === null ? '' : ` Its pictures are in ${result.unpackedTo}.`;
      return `${count(result.instances, 'instance')} on ${count(result.images, 'image')}${fresh} imported from ${basename(path)} as ${formatName(read.format)}.${unpacked}`;
    }));
}

import { basename } from 'node:path';
import type { z } from 'zod';
import type { ImportOptions } from '../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { WorkId } from '../../src-shared/contract/types.ts';
import { formatName } from '../datasets/formats/format-names.ts';
import { ReadResult, WriteResult } from '../engines/datasets-api.ts';
import type { JobRun } from '../jobs/jobs.ts';
import { count } from './counted.ts';
import { tell, withEngine } from './dataset-export.ts';
import type { DatasetsEngine } from './dataset-export.ts';
import { changeInTurn } from './changing.ts';
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
  /** What was done under this id is not done again; null for the job's own id. */
  readonly work: WorkId | null;
}

/**
 * The job that imports a data set into a project, all or nothing. It is read by an engine of its own, which may take
 * minutes or die over a hostile file while the project is worked on; only the writing in the end holds edits off.
 */
export function importDataset(project: OpenProject, { path, format, pictures, options, unpackTo, work }: DatasetToImport, engine: DatasetsEngine, events: Events): JobRun {
  const { store, handle } = project;
  return (job) =>
    withUnpacking(path, unpackTo, (unpack) => withEngine(engine, async (datasets) => {
      const read = async (): Promise<z.infer<typeof ReadResult>> => ReadResult.parse(await datasets.request('read', { project: store.path, dataset: path, format, pictures: [...pictures], options, unpack }, { signal: job.signal, onProgress: (value) => tell(job, value) }));
      const write = async (): Promise<z.infer<typeof WriteResult>> => {
        const { result: written } = await changeInTurn(project, events, () => {
          job.signal.throwIfAborted();
          return store.outside.write((id) => datasets.request('write', { project: store.path, work: id }), WriteResult, { work: work ?? job.id });
        });
        events.emit('images.changed', { project: handle, ids: null });
        return written;
      };
      const { format: found } = await read();
      // An engine that died before it had written everything has written nothing, and what it had read is gone, too.
      const result = await write().catch(async (error: unknown) => {
        if (!(error instanceof MaskwrightError) || error.code !== 'engine-died') throw error;
        await read();
        return write();
      });
      const fresh = result.newImages === 0 ? '' : ` (${result.newImages.toLocaleString('en')} of them new)`;
      const unpacked = result.unpackedTo === null ? '' : ` Its pictures are in ${result.unpackedTo}.`;
      return `${count(result.instances, 'instance')} on ${count(result.images, 'image')}${fresh} imported from ${basename(path)} as ${formatName(found)}.${unpacked}`;
    }));
}

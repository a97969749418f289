import { basename } from 'node:path';
import { ReadProgress, ReadResult, WriteResult } from '../engines/datasets-api.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import type { EngineEvent } from '../engines/supervisor.ts';
import type { JobRun } from '../jobs/jobs.ts';
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

export interface ImportServices {
  readonly engine: { readonly node: string; readonly entry: string };
  readonly events: Events;
  readonly onEngine: (event: EngineEvent) => void;
}

/**
 * The job that imports a data set into a project, all or nothing. It is read by an engine of its own, which may take
 * minutes or die over a hostile file while the project is worked on; only the writing in the end holds edits off.
 */
export function importDataset({ store, handle }: OpenProject, { path, format, pictures }: DatasetToImport, { engine, events, onEngine }: ImportServices): JobRun {
  return async ({ signal, progress, problem }) => {
    // What kills it once kills it again, and after a death between the two steps there is nothing left to write.
    const datasets = new EngineSupervisor({ name: 'datasets', ...engine, concurrency: 1, onEvent: onEngine });
    try {
      const onProgress = (value: unknown): void => {
        const told = ReadProgress.parse(value);
        if (told.kind === 'problem') problem(told.item, told.problem);
        else progress(told.done, told.total);
      };
      const read = ReadResult.parse(await datasets.request('read', { project: store.path, dataset: path, format, pictures: [...pictures] }, { signal, onProgress }));
      const { result, edit } = await store.yieldTo(async () => WriteResult.parse(await datasets.request('write', {})));
      events.emit('project.edited', { project: handle, edit });
      events.emit('images.changed', { project: handle, ids: null });
      const fresh = result.newImages === 0 ? '' : ` (${result.newImages.toLocaleString('en')} of them new)`;
      return `${count(result.instances, 'instance')} on ${count(result.images, 'image')}${fresh} imported from ${basename(path)} as ${read.format}.`;
    } finally {
      await datasets.stop();
    }
  };
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;

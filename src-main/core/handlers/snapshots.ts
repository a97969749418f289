import { isAbsolute } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { Difference } from '../../../src-shared/contract/snapshots.ts';
import type { SnapshotOrNow } from '../../../src-shared/contract/snapshots.ts';
import type { ProjectHandle } from '../../../src-shared/contract/types.ts';
import { checkTarget } from '../../datasets/atomic-file.ts';
import { checkFolderTarget } from '../../datasets/atomic-folder.ts';
import { differenceOfImage } from '../../datasets/difference/compare-datasets.ts';
import { Nothing } from '../../engines/datasets-api.ts';
import { Reported, Restored, Taken } from '../../engines/datasets-snapshots-api.ts';
import type { JobContext, Jobs } from '../../jobs/jobs.ts';
import { count } from '../counted.ts';
import { tell, withEngine, type DatasetsEngine } from '../dataset-export.ts';
import { changeInTurn } from '../changing.ts';
import type { Events } from '../events.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';
import type { OnePerClient } from '../one-per-client.ts';

/** What a cancelled snapshot has written is deleted portion by portion. */
const CLEARS_WITHIN_MS = 2_000;

interface SnapshotServices {
  readonly projects: OpenProjects;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly datasets: DatasetsEngine;
  /** One comparison at a time for each client. */
  readonly comparisons: OnePerClient;
}

/** Calls about named snapshots. What takes long runs in an engine of its own; one that takes a snapshot writes in small portions while editing goes on. */
export function snapshotHandlers({ projects, jobs, events, datasets, comparisons }: SnapshotServices): HandlersOf<'snapshots'> {
  /** Projects that an engine writes snapshots of: one at a time each. */
  const busy = new Set<ProjectHandle>();
  const changed = (project: ProjectHandle): void => events.emit('snapshots.changed', { project });

  const assertFree = (project: ProjectHandle): void => {
    if (busy.has(project)) throw new MaskwrightError('conflict', 'A snapshot of this project is being taken, deleted or restored. Wait until that is done, then try again.');
  };
  const start = (handle: ProjectHandle, title: string, work: (job: JobContext) => Promise<string>): { job: string } => {
    assertFree(handle);
    busy.add(handle);
    const run = async (job: JobContext): Promise<string> => {
      try {
        return await work(job);
      } finally {
        busy.delete(handle);
        changed(handle);
      }
    };
    return { job: jobs.start({ kind: 'snapshot', title, project: handle, run }) };
  };
  const state = (project: ProjectHandle, snapshot: SnapshotOrNow): { opened: string; project: string; snapshot: SnapshotOrNow } => {
    const { store } = projects.get(project);
    return { opened: store.openedFile, project: store.path, snapshot };
  };

  return {
    'snapshots.list': ({ project }) => projects.get(project).store.snapshots.list(),
    'snapshots.create': ({ project, name, note }) => {
      const { store } = projects.get(project);
      store.snapshots.checkNew(name);
      return start(project, `Taking the snapshot “${name}”`, async (job) => {
        // It holds every change that was asked for before it.
        await store.inTurn(() => undefined);
        const options = { signal: job.signal, onProgress: (value: unknown) => tell(job, value), clearsWithinMs: CLEARS_WITHIN_MS };
        // Asked once the engine is gone, whether it is complete can no longer change.
        const taken = await store.outside.writeBeside((work) => withEngine(datasets, (engine) => engine.request('snapshot.take', { project: store.path, work, name, note, at: Date.now() }, options)), Taken);
        return `Snapshot “${name}”: ${count(taken.images, 'image')} with ${count(taken.instances, 'instance')}. ${taken.stored === 0 ? 'Nothing had changed since the one before.' : `${count(taken.stored, 'image')} stored anew.`}`;
      });
    },
    'snapshots.change': ({ project, snapshot, name, note }) => {
      const { store } = projects.get(project);
      return store.inTurn(() => {
        const row = store.snapshots.change(snapshot, { name, note });
        changed(project);
        return row;
      });
    },
    'snapshots.delete': ({ project, snapshot }) => {
      const { store } = projects.get(project);
      return store.inTurn(() => {
        const { name } = store.snapshots.get(snapshot);
        // Before it is dropped: a caller that is asked to try again finds everything as it was.
        assertFree(project);
        store.snapshots.drop(snapshot);
        changed(project);
        return start(project, `Deleting the snapshot “${name}”`, async () => {
          await store.outside.writeBeside(() => withEngine(datasets, (engine) => engine.request('snapshot.clear', { project: store.path })), Nothing);
          return `Snapshot “${name}” deleted.`;
        });
      });
    },
    'snapshots.restore': ({ project, snapshot, label }) => {
      const opened = projects.get(project);
      const { name } = opened.store.snapshots.get(snapshot);
      if (opened.store.readOnly !== null) throw MaskwrightError.fromProblem(opened.store.readOnly);
      return start(project, `Restoring “${name}”`, async (job) => {
        const { result } = await changeInTurn(opened, events, () => withEngine(datasets, (engine) => {
          job.signal.throwIfAborted();
          return opened.store.outside.write((work) => engine.request('snapshot.restore', { project: opened.store.path, work, snapshot, label }), Restored);
        }));
        events.emit('images.changed', { project, ids: null });
        const total = result.added + result.removed + result.changed;
        return total === 0 ? `“${name}” is back. Undo takes it back.` : `“${name}” is back; ${count(total, 'instance')} had to be changed. Undo takes it back.`;
      });
    },
    'snapshots.compare': ({ project, before, after, other }, client) => {
      const request = { before: state(project, before), after: state(other ?? project, after) };
      return comparisons.run(client, (signal) => withEngine(datasets, async (engine) => Difference.parse(await engine.request('snapshot.compare', request, { signal, onProgress: () => undefined }))));
    },
    'snapshots.images': ({ project, before, after, images }) => {
      const { store } = projects.get(project);
      const a = store.stateAt(before);
      try {
        const b = store.stateAt(after);
        try {
          return images.map((image) => differenceOfImage({ before: a, after: b }, image)).filter((difference) => difference !== null);
        } finally {
          b.close();
        }
      } finally {
        a.close();
      }
    },
    'snapshots.report': async ({ project, before, after, other, listing, pictures }) => {
      const request = { before: state(project, before), after: state(other ?? project, after), listing, pictures };
      for (const path of [listing, pictures]) if (path !== null && !isAbsolute(path)) throw new MaskwrightError('bad-request', `"${path}" is no absolute path. Give the whole path of what to write.`, path);
      if (listing !== null) await checkTarget(listing, true);
      if (pictures !== null) await checkFolderTarget(pictures, false);
      const run = (job: JobContext): Promise<string> =>
        withEngine(datasets, async (engine) => {
          const { images } = Reported.parse(await engine.request('snapshot.report', request, { signal: job.signal, onProgress: (value) => tell(job, value) }));
          return images === 0 ? 'No image is different.' : `${count(images, 'image')} written to ${pictures ?? listing}.`;
        });
      return { job: jobs.start({ kind: 'snapshot', title: 'Comparing snapshots', project, run }) };
    },
  };
}

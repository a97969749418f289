import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { fingerprintImages } from '../../images/fingerprint-job.ts';
import type { ImagesEngine } from '../../images/engine-requests.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import { changeInTurn } from '../changing.ts';
import type { DatasetsEngine } from '../dataset-export.ts';
import type { Events } from '../events.ts';
import type { OnePerClient } from '../one-per-client.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';
import { applySplits, previewSplits, setSplit } from '../splitting.ts';

export interface SplitServices {
  readonly projects: OpenProjects;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly imagesEngine: ImagesEngine;
  readonly datasets: DatasetsEngine;
  /** One preview at a time for each client. */
  readonly previews: OnePerClient;
}

/** Calls that divide a project's images into parts. */
export function splitsHandlers({ projects, jobs, events, imagesEngine, datasets, previews }: SplitServices): HandlersOf<'splits'> {
  return {
    'splits.counts': ({ project }) => projects.get(project).store.splits.counts(),
    'splits.preview': ({ project, plan }, client) => {
      const { store } = projects.get(project);
      return previews.run(client, (signal) => previewSplits(store, plan, datasets, signal));
    },
    'splits.apply': ({ project, plan, label }, client) => {
      const opened = projects.get(project);
      previews.drop(client);
      assertWritable(opened.store.readOnly);
      return changeInTurn(opened, events, () => applySplits(opened.store, plan, label, datasets));
    },
    'splits.set': ({ project, images, split, label }) => {
      const opened = projects.get(project);
      const { store } = opened;
      return changeInTurn(opened, events, () => setSplit(store, label, 'ids' in images ? images.ids : store.imageIds(images.filter), split, datasets));
    },
    'splits.fingerprint': ({ project }) => {
      const { store } = projects.get(project);
      const running = jobs.list().find((job) => job.kind === 'fingerprints' && job.project === project && job.state === 'running');
      if (running !== undefined) return { job: running.job };
      assertWritable(store.readOnly);
      return { job: jobs.start({ kind: 'fingerprints', title: 'Comparing pictures', project, run: fingerprintImages(store.splits, imagesEngine) }) };
    },
  };
}

function assertWritable(readOnly: Parameters<typeof MaskwrightError.fromProblem>[0] | null): void {
  if (readOnly !== null) throw MaskwrightError.fromProblem(readOnly);
}

import { basename } from 'node:path';
import { checkTarget } from '../../datasets/atomic-file.ts';
import { exportCoco } from '../../datasets/exporters/coco.ts';
import { preflightCoco } from '../../datasets/preflight-coco.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that write data sets. What is read is one moment of the project, whatever is edited meanwhile. */
export function exportHandlers(projects: OpenProjects, jobs: Jobs): HandlersOf<'export'> {
  /** A client that asks again, with other options, no longer waits for its first question. */
  const preflights = new Map<string, AbortController>();
  return {
    'export.preflight': async ({ project, options }, client) => {
      preflights.get(client)?.abort();
      const mine = new AbortController();
      preflights.set(client, mine);
      const snapshot = projects.get(project).store.snapshot();
      try {
        return await preflightCoco(snapshot, options, { signal: mine.signal });
      } finally {
        snapshot.close();
        if (preflights.get(client) === mine) preflights.delete(client);
      }
    },
    'export.coco': async ({ project, out, options, overwrite }) => {
      const { store } = projects.get(project);
      // Asked at once rather than found by the job: the person is still there to answer.
      await checkTarget(out, overwrite);
      const job = jobs.start({
        kind: 'export',
        title: `Exporting ${basename(out)}`,
        project,
        run: async ({ signal, progress, problem }) => {
          const snapshot = store.snapshot();
          try {
            const { images, annotations, unlabelled } = await exportCoco(snapshot, out, options, overwrite, { signal, onProgress: progress, onProblem: problem });
            const left = unlabelled === 0 ? '' : ` ${count(unlabelled, 'instance')} without a class left out.`;
            return `${count(annotations, 'instance')} on ${count(images, 'image')} written to ${out}.${left}`;
          } finally {
            snapshot.close();
          }
        },
      });
      return { job };
    },
  };
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;

import { basename, extname, isAbsolute } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { checkTarget } from '../../datasets/atomic-file.ts';
import { exportCoco } from '../../datasets/exporters/coco.ts';
import { preflightCoco } from '../../datasets/preflight-coco.ts';
import { IMAGE_EXTENSIONS } from '../../images/extensions.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that write data sets. What is read is one moment of the project, whatever is edited meanwhile. */
export function exportHandlers(projects: OpenProjects, jobs: Jobs, preflights: Preflights): HandlersOf<'export'> {
  return {
    'export.preflight': ({ project, options }, client) => {
      const { store } = projects.get(project);
      return preflights.run(client, async (signal) => {
        const snapshot = store.snapshot();
        try {
          return await preflightCoco(snapshot, options, { signal });
        } finally {
          snapshot.close();
        }
      });
    },
    'export.coco': async ({ project, out, options, overwrite }) => {
      const { store } = projects.get(project);
      checkName(out);
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

/** One question at a time for each client: who asks again, with other options, or goes away, no longer waits for the first. */
export class Preflights {
  readonly #running = new Map<string, AbortController>();

  async run<T>(client: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.drop(client);
    const mine = new AbortController();
    this.#running.set(client, mine);
    try {
      return await work(mine.signal);
    } finally {
      if (this.#running.get(client) === mine) this.#running.delete(client);
    }
  }

  drop(client: string): void {
    this.#running.get(client)?.abort();
  }
}

/** Replacing a file was agreed to for an older data set: a project or a picture is never written over. */
function checkName(out: string): void {
  if (!isAbsolute(out)) throw new MaskwrightError('bad-request', `"${out}" is no absolute path. Give the whole path of the file to write.`, out);
  const name = basename(out).toLowerCase();
  if (/\.mwproj(-wal|-shm|\.lock)?$/.test(name) || IMAGE_EXTENSIONS.has(extname(name))) {
    throw new MaskwrightError('bad-request', `A data set is not written to "${out}": that is the name of a project or a picture. Choose a name that ends in .json.`, out);
  }
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;

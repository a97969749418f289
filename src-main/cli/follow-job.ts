import type { Job } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { call } from './client.ts';
import type { Console } from './console.ts';
import { ProgressLine } from './progress-line.ts';

/** Items listed on the terminal; the rest is counted. */
export const MOST_LISTED = 20;

/** Starts a job and follows it to its end, with progress on stderr. `interrupted` cancels it. */
export async function followJob(core: CoreApi, console: Console, interrupted: AbortSignal, begin: () => Promise<{ job: string }>): Promise<Job> {
  // A job's events may come before the call that starts it returns.
  const seen = new Map<string, Job>();
  const progress = new ProgressLine(console);
  let changed = Promise.withResolvers<void>();
  const unsubscribe = core.subscribe((event, data) => {
    if (event !== 'job') return;
    const job = data as Job;
    seen.set(job.job, job);
    changed.resolve();
    changed = Promise.withResolvers();
  });
  try {
    const { job: id } = await begin();
    const cancel = (): void => void call(core, 'jobs.cancel', { job: id });
    if (interrupted.aborted) cancel();
    else interrupted.addEventListener('abort', cancel, { once: true });
    for (const job of await call(core, 'jobs.list', {})) if (!seen.has(job.job)) seen.set(job.job, job);
    for (;;) {
      const job = seen.get(id);
      if (job && job.state !== 'running') return job;
      if (job) progress.show(job);
      await changed.promise;
    }
  } finally {
    progress.end();
    unsubscribe();
  }
}

/** Names on stderr what a job left out. */
export function reportProblems({ problems, problemCount }: Job, console: Console): void {
  for (const { item, problem } of problems.slice(0, MOST_LISTED)) console.err(`  ${item}: ${problem.message}\n`);
  if (problemCount > MOST_LISTED) console.err(`  … and ${problemCount - MOST_LISTED} more\n`);
}

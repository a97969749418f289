import { resolve } from 'node:path';
import type { CocoOptions, ExportPreflight, Job } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ProgressLine } from './progress-line.ts';
import { existingProject } from './project-file.ts';

export interface ExportOptions extends CocoOptions {
  readonly out: string;
  readonly overwrite?: true;
}

/** Losses and failures listed on the terminal; the rest is counted. */
const MOST_LISTED = 20;

/**
 * `maskwright export`: writes the data set, progress on stderr, one line about the result on stdout.
 * `interrupted` is aborted by Ctrl+C: the job is cancelled and leaves no file.
 */
export async function exportProject(argument: string, options: ExportOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project } = await call(core, 'project.open', { path });
    const coco: CocoOptions = { segmentation: options.segmentation, images: options.images };
    const preflight = await call(core, 'export.preflight', { project, options: coco });
    reportLosses(preflight, console);
    const job = await finished(core, console, interrupted, () =>
      call(core, 'export.coco', { project, out: resolve(options.out), options: coco, overwrite: options.overwrite === true }),
    );
    return reportEnd(job, preflight, console);
  } finally {
    await core.close();
  }
}

/** Starts a job and follows it to its end. Its events may come before the call that starts it returns. */
async function finished(core: CoreApi, console: Console, interrupted: AbortSignal, begin: () => Promise<{ job: string }>): Promise<Job> {
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

function reportLosses({ unlabelled, losses, lossCount }: ExportPreflight, console: Console): void {
  if (unlabelled > 0) console.err(`Left out: ${unlabelled} ${unlabelled === 1 ? 'instance' : 'instances'} without a class, which COCO requires.\n`);
  if (lossCount === 0) return;
  console.err(`In this format ${lossCount === 1 ? '1 instance loses' : `${lossCount} instances lose`} something, worst first (IoU of what is read back):\n`);
  for (const loss of losses.slice(0, MOST_LISTED)) {
    console.err(`  ${loss.iou.toFixed(4)}  ${loss.imagePath}  instance ${loss.instance}${loss.class === null ? '' : ` (${loss.class})`}: ${loss.reasons.join('; ')}\n`);
  }
  if (lossCount > MOST_LISTED) console.err(`  … and ${lossCount - MOST_LISTED} more\n`);
}

function reportEnd(job: Job, { unlabelled }: ExportPreflight, console: Console): ExitCode {
  for (const { item, problem } of job.problems.slice(0, MOST_LISTED)) console.err(`  ${item}: ${problem.message}\n`);
  if (job.problemCount > MOST_LISTED) console.err(`  … and ${job.problemCount - MOST_LISTED} more\n`);
  switch (job.state) {
    case 'done':
      console.out(`${job.message ?? 'Written.'}\n`);
      return job.problemCount > 0 || unlabelled > 0 ? EXIT.leftOut : EXIT.done;
    case 'cancelled':
      console.err('Cancelled; nothing was written.\n');
      return EXIT.interrupted;
    default:
      console.err(`maskwright: ${job.message ?? 'The export failed.'}\n`);
      return EXIT.failed;
  }
}

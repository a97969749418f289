import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { Job } from '../../src-shared/contract/types.ts';
import { Jobs } from './jobs.ts';
import type { JobContext } from './jobs.ts';

const spec = { kind: 'index', title: 'Looking at new images', project: null } as const;
const problem: Problem = { code: 'image-truncated', message: 'cut off', item: 'a.jpg' };

/** A job that does what the test says, until the test ends it. */
function steered(jobs: Jobs) {
  let context!: JobContext;
  let finish!: (message: string | null) => void;
  let fail!: (error: Error) => void;
  const id = jobs.start({
    ...spec,
    run: (given) => {
      context = given;
      return new Promise((resolve, reject) => {
        finish = resolve;
        fail = reject;
        given.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
  });
  return { id, context, finish, fail };
}

const untilCancelled = ({ signal }: JobContext) => new Promise<null>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

describe('a job', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('ends with its message, its problems, and a last report', async () => {
    const reports: Job[] = [];
    const jobs = new Jobs((job) => reports.push(job));
    const job = steered(jobs);
    job.context.progress(3, 4);
    job.context.problem('a.jpg', problem);
    job.finish('4 images looked at.');
    const end = await jobs.finished(job.id);
    expect(end).toMatchObject({ state: 'done', done: 3, total: 4, message: '4 images looked at.', problemCount: 1, problems: [{ item: 'a.jpg', problem }] });
    expect(reports.at(-1)).toEqual(end);
    expect(Job.safeParse(end).success).toBe(true);
  });

  test('names what it makes once that is known', async () => {
    const jobs = new Jobs(() => {});
    const job = steered(jobs);
    expect(jobs.list()[0]?.subject).toBeNull();
    job.context.subject('sam-vit-b');
    job.finish(null);
    expect((await jobs.finished(job.id))?.subject).toBe('sam-vit-b');
    expect((await jobs.finished(jobs.start({ ...spec, subject: '7', run: async () => null })))?.subject).toBe('7');
  });

  test('that is left without what it needs counts as cancelled', async () => {
    const jobs = new Jobs(() => {});
    const job = steered(jobs);
    job.fail(new MaskwrightError('cancelled', 'The SAM engine was stopped.'));
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'cancelled', message: null });
  });

  test('reports at most ten times a second, and what came last is told', async () => {
    const reports: Job[] = [];
    const jobs = new Jobs((job) => reports.push(job));
    const job = steered(jobs);
    for (let i = 1; i <= 1000; i++) {
      job.context.progress(i, 2000);
      vi.advanceTimersByTime(1);
    }
    expect(reports.length).toBeGreaterThan(5);
    expect(reports.length).toBeLessThanOrEqual(11);
    vi.advanceTimersByTime(100);
    expect(reports.at(-1)?.done).toBe(1000);
    job.finish(null);
    await jobs.finished(job.id);
    const count = reports.length;
    vi.advanceTimersByTime(1000);
    expect(reports.length).toBe(count);
  });

  test('tells how long it will still take, from the moment its total is known', () => {
    const jobs = new Jobs(() => undefined);
    const job = steered(jobs);
    job.context.progress(500, null);
    vi.advanceTimersByTime(60_000);
    expect(jobs.list()[0]?.etaMs).toBeNull();
    job.context.progress(0, 100);
    vi.advanceTimersByTime(2_000);
    job.context.progress(20, 100);
    expect(jobs.list()[0]?.etaMs).toBeCloseTo(8_000, 0);
  });

  test('keeps the first 1,000 problems and counts them all', () => {
    const jobs = new Jobs(() => undefined);
    const job = steered(jobs);
    for (let i = 0; i < 2500; i++) job.context.problem(`${i}.jpg`, problem);
    const [state] = jobs.list();
    expect(state?.problems.length).toBe(1000);
    expect(state?.problems[0]?.item).toBe('0.jpg');
    expect(state?.problemCount).toBe(2500);
  });

  test('that fails as nobody foresaw leaves where in the log; a failure that was foreseen does not', async () => {
    const log: string[] = [];
    const jobs = new Jobs(() => undefined, (line) => log.push(line));
    const fail = (error: Error): Promise<unknown> => jobs.finished(jobs.start({ kind: 'export', title: 'Exporting', project: null, run: async () => { throw error; } }));
    await fail(new MaskwrightError('disk-full', 'The disk is full.'));
    expect(log).toEqual([]);
    expect(await fail(new TypeError('a mistake of ours'))).toMatchObject({ state: 'failed', message: 'a mistake of ours' });
    expect(log).toEqual([expect.stringMatching(/^Exporting failed: TypeError: a mistake of ours\n\s+at /)]);
  });

  test('that fails says why; that is cancelled is no failure', async () => {
    const jobs = new Jobs(() => undefined);
    const failing = steered(jobs);
    failing.fail(new MaskwrightError('disk-full', 'The disk is full. Free some space.'));
    expect(await jobs.finished(failing.id)).toMatchObject({ state: 'failed', message: 'The disk is full. Free some space.' });
    const cancelled = steered(jobs);
    jobs.cancel(cancelled.id);
    expect(await jobs.finished(cancelled.id)).toMatchObject({ state: 'cancelled', message: null });
    jobs.cancel(cancelled.id);
    expect(() => jobs.cancel('nothing')).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  });

  test('ends when its project is closed; those of other projects go on', async () => {
    const jobs = new Jobs(() => undefined);
    const mine = jobs.start({ ...spec, project: 'aaaaaaaa', run: untilCancelled });
    const other = jobs.start({ ...spec, project: 'bbbbbbbb', run: untilCancelled });
    await jobs.stop('aaaaaaaa');
    expect(jobs.list().map(({ job, state }) => [job, state])).toEqual([[mine, 'cancelled'], [other, 'running']]);
    await jobs.stop();
  });

  test('that was done when it was to be cancelled is done; one that keeps a part says which', async () => {
    const jobs = new Jobs(() => undefined);
    const ended = async (end: string | { cancelled: string }): Promise<unknown> => {
      const id = jobs.start({ ...spec, run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(end))) });
      jobs.cancel(id);
      return jobs.finished(id);
    };
    expect(await ended('60 instances imported.')).toMatchObject({ state: 'done', message: '60 instances imported.' });
    expect(await ended({ cancelled: '2 proposals to review.' })).toMatchObject({ state: 'cancelled', message: '2 proposals to review.' });
  });

  test('is forgotten when many others have ended since', async () => {
    const jobs = new Jobs(() => undefined);
    const ids = Array.from({ length: 80 }, () => jobs.start({ ...spec, run: async () => null }));
    await jobs.finished(ids.at(-1) ?? '');
    const running = steered(jobs);
    expect(jobs.list().length).toBe(51);
    expect(jobs.list().at(-1)).toMatchObject({ job: running.id, state: 'running' });
  });
});

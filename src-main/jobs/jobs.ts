import { randomUUID } from 'node:crypto';
import { firstError, MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';

export interface JobContext {
  /** The job's id. */
  readonly id: string;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** @param total null while not yet known */
  progress(done: number, total: number | null): void;
  /** One item failed; the job goes on. */
  problem(item: string, problem: Problem): void;
  /** Something the person should know although nothing was left out because of it. */
  note(text: string): void;
  /** Names what it works on or makes, where that is not known from the start. */
  subject(subject: string): void;
}

/**
 * The work itself. Resolves to a sentence about the end, or null, once all of it is done, whether or not it was to be cancelled
 * in the last moment; to `cancelled`, with such a sentence, when it was cancelled and a part of it stays. Rejects when it failed.
 */
export type JobRun = (context: JobContext) => Promise<string | null | { readonly cancelled: string }>;

export interface JobSpec {
  readonly kind: Job['kind'];
  readonly title: string;
  readonly project: ProjectHandle | null;
  /** See Job; absent: none, or not known yet. */
  readonly subject?: string;
  readonly run: JobRun;
}

const MOST_PROBLEMS = 1_000;
const MOST_NOTES = 1_000;
const MOST_FINISHED = 50;
const REPORT_EVERY_MS = 100;
/** A rate measured over less than this says nothing. */
const ETA_AFTER_MS = 1_000;

/** Work in the background, with progress, cancelling and problems by item. */
export class Jobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #onChange: (job: Job) => void;
  readonly #log: (message: string) => void;

  /**
   * @param onChange called at most ten times a second for each job, and always with its last state
   * @param log told where a failure arose that nobody foresaw
   */
  constructor(onChange: (job: Job) => void, log: (message: string) => void = () => undefined) {
    this.#onChange = onChange;
    this.#log = log;
  }

  /** Starts work and gives its job's id. */
  start(spec: JobSpec): string {
    const job = new RunningJob(spec, this.#onChange);
    this.#jobs.set(job.id, job);
    void job.run(spec.run, this.#log);
    this.#forgetOld();
    return job.id;
  }

  /** Oldest first: all that run, and the last few that have ended. */
  list(): Job[] {
    return [...this.#jobs.values()].map((job) => job.state());
  }

  /** Asks a job to end. One that has ended stays as it is. Throws 'not-found'. */
  cancel(id: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new MaskwrightError('not-found', 'There is no such job any more.', id);
    job.abort.abort();
  }

  /** Resolves when the job has ended, in whatever way. */
  async finished(id: string): Promise<Job | null> {
    const job = this.#jobs.get(id);
    await job?.ended;
    return job?.state() ?? null;
  }

  /** Cancels the jobs of a project, or all of them, and waits until they have ended. */
  async stop(project?: ProjectHandle): Promise<void> {
    const those = [...this.#jobs.values()].filter((job) => project === undefined || job.spec.project === project);
    for (const job of those) job.abort.abort();
    await Promise.all(those.map((job) => job.ended));
  }

  #forgetOld(): void {
    const finished = [...this.#jobs.values()].filter((job) => job.state().state !== 'running');
    for (const job of finished.slice(0, Math.max(0, finished.length - MOST_FINISHED))) this.#jobs.delete(job.id);
  }
}

class RunningJob {
  readonly id = randomUUID();
  readonly spec: JobSpec;
  readonly abort = new AbortController();
  readonly ended: Promise<void>;
  readonly #onChange: (job: Job) => void;
  readonly #problems: Job['problems'] = [];
  #end: () => void = () => undefined;
  #problemCount = 0;
  readonly #notes: string[] = [];
  #state: Job['state'] = 'running';
  #done = 0;
  #total: number | null = null;
  #subject: string | null;
  #message: string | null = null;
  #code: Job['code'] = null;
  /** Where the rate is measured from: the first progress with this total. */
  #measured: { readonly at: number; readonly done: number } | null = null;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(spec: JobSpec, onChange: (job: Job) => void) {
    this.spec = spec;
    this.#subject = spec.subject ?? null;
    this.#onChange = onChange;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async run(work: JobRun, log: (message: string) => void): Promise<void> {
    this.#report();
    try {
      const end = await work({
        id: this.id,
        signal: this.abort.signal,
        progress: (done, total) => this.#progress(done, total),
        problem: (item, problem) => this.#problem(item, problem),
        note: (text) => this.#note(text),
        subject: (subject) => {
          this.#subject = subject;
          this.#report();
        },
      });
      const partly = typeof end === 'object' && end !== null;
      this.#message = partly ? end.cancelled : end;
      this.#state = partly ? 'cancelled' : 'done';
    } catch (thrown) {
      const error = firstError(thrown);
      // What it needs may have been taken away from it, as a model is by choosing another.
      const givenUp = error instanceof MaskwrightError && error.code === 'cancelled';
      this.#state = this.abort.signal.aborted || givenUp ? 'cancelled' : 'failed';
      if (this.#state === 'failed') ({ message: this.#message, code: this.#code } = toProblem(error));
      if (this.#state === 'failed' && !(error instanceof MaskwrightError)) log(`${this.spec.title} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    this.#send();
    this.#end();
  }

  state(): Job {
    return {
      job: this.id,
      kind: this.spec.kind,
      title: this.spec.title,
      project: this.spec.project,
      state: this.#state,
      done: this.#done,
      total: this.#total,
      etaMs: this.#eta(),
      problems: [...this.#problems],
      problemCount: this.#problemCount,
      notes: [...this.#notes],
      subject: this.#subject,
      message: this.#message,
      code: this.#code,
    };
  }

  #progress(done: number, total: number | null): void {
    if (total === null) this.#measured = null;
    else if (this.#measured === null || done < this.#done) this.#measured = { at: performance.now(), done };
    this.#done = done;
    this.#total = total;
    this.#report();
  }

  #problem(item: string, problem: Problem): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ item, problem });
    this.#report();
  }

  #note(text: string): void {
    if (this.#notes.length < MOST_NOTES) this.#notes.push(text);
    this.#report();
  }

  #eta(): number | null {
    if (this.#state !== 'running' || this.#total === null || this.#measured === null) return null;
    const elapsed = performance.now() - this.#measured.at;
    const done = this.#done - this.#measured.done;
    return done === 0 || elapsed < ETA_AFTER_MS ? null : (elapsed / done) * (this.#total - this.#done);
  }

  #report(): void {
    if (this.#state !== 'running' || this.#timer !== null) return;
    const wait = this.#reportedAt + REPORT_EVERY_MS - performance.now();
    if (wait <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#send(), wait);
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#reportedAt = performance.now();
    this.#onChange(this.state());
  }
}

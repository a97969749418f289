import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { EngineProcess } from './engine-process.ts';
import type { EngineCommand } from './engine-process.ts';
import { Work, WorkQueue } from './engine-work.ts';
import type { RequestOptions } from './engine-work.ts';
import type { FromEngine } from './protocol.ts';

export type { RequestOptions } from './engine-work.ts';

export interface EngineEvent {
  readonly kind: 'started' | 'died' | 'restarted' | 'gave-up' | 'provider-failed' | 'log';
  /** A sentence for a person, or (log) a line the engine printed. */
  readonly message: string;
  /** It died because it did not answer in time. */
  readonly hung?: boolean;
}

/** The first request to each fresh process, before any other; when it fails, so does all that waits for the engine. */
export interface EngineSetup {
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs?: number;
  onProgress?(value: unknown): void;
  onResult?(value: unknown): void;
  onError?(error: MaskwrightError): void;
}

export interface RestartPolicy {
  /** Wait before the second, third … start in a row without an answer between: doubled each time, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** A process that has not said hello after this is killed. */
  readonly helloMs: number;
  /** Deaths in a row before the engine was ready, after which it is given up. */
  readonly giveUpAfter: number;
  /** A request that comes this long after giving up tries afresh. */
  readonly tryAgainMs: number;
}

const POLICY: RestartPolicy = { firstMs: 100, longestMs: 5_000, helloMs: 60_000, giveUpAfter: 4, tryAgainMs: 30_000 };

export interface SupervisorOptions extends EngineCommand {
  /** As people read it: "The {name} engine …". */
  readonly name: string;
  /** Requests sent before the first is answered; the rest wait here, by priority. 4 when absent. */
  readonly concurrency?: number;
  readonly setup?: () => EngineSetup;
  readonly policy?: Partial<RestartPolicy>;
  onEvent(event: EngineEvent): void;
}

const MAX_ATTEMPTS = 2;
/** An idle engine ends within milliseconds; one that computes hears nothing until it is done, and has nothing to save. */
const STOP_GRACE_MS = 500;

/**
 * Keeps one engine alive. It is started by the first request and restarted when it dies; each request that was
 * unanswered then is repeated once, alone, so that only the one that kills the engine fails.
 */
export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: RestartPolicy;
  #child: EngineProcess | null = null;
  #state: 'idle' | 'waiting' | 'starting' | 'ready' | 'gave-up' | 'stopped' = 'idle';
  readonly #queue = new WorkQueue();
  readonly #sent = new Map<number, Work>();
  #nextId = 1;
  #restartTimer: NodeJS.Timeout | null = null;
  #helloTimer: NodeJS.Timeout | null = null;
  #deathsWithoutAnswer = 0;
  #deathsBeforeReady = 0;
  #everReady = false;
  #gaveUpAt = 0;
  #lastDeath: { readonly how: string; readonly cause: string | null } = { how: '', cause: null };
  /** The process is killed because it did not answer. */
  #isHung = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#policy = { ...POLICY, ...options.policy };
  }

  /** Process id of the running engine, or null. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /**
   * Asks the engine. Rejects with the engine's own error, 'cancelled' (the signal, or stop), or 'engine-died' when the
   * engine died twice over this request or cannot be kept running. The result's type is the caller's claim: check it.
   */
  request<T = unknown>(method: string, params: unknown, options: RequestOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#state === 'stopped') return reject(this.#stopped());
      if (options.signal?.aborted === true) return reject(cancelled());
      if (this.#state === 'gave-up') {
        if (Date.now() - this.#gaveUpAt < this.#policy.tryAgainMs) return reject(this.#givenUp());
        this.#deathsBeforeReady = 0;
        this.#state = 'idle';
      }
      const work = new Work({ id: this.#nextId++, method, params, options }, (value) => resolve(value as T), reject);
      work.whenAborted(() => this.#cancel(work));
      this.#queue.push(work);
      if (this.#state === 'idle') this.#start();
      else this.#pump();
    });
  }

  /** Starts the process ahead of the first request. */
  start(): void {
    if (this.#state === 'idle') this.#start();
  }

  /** Ends the process, if there is one, and starts another: what has not been answered is asked again. */
  restart(): void {
    if (this.#state === 'stopped' || this.#state === 'gave-up' || this.#state === 'idle') return;
    this.#stopHelloTimer();
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    const unanswered = this.#state === 'ready' ? [...this.#sent.values()] : [];
    for (const work of this.#sent.values()) work.stopClock();
    this.#sent.clear();
    this.#queue.putBack(unanswered.filter((work) => !work.settled));
    const child = this.#child;
    this.#child = null;
    child?.kill('was stopped');
    this.#start();
  }

  /** Rejects what waits with 'cancelled' and resolves when the process is gone, within a second. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    for (const work of [...this.#queue.takeAll(), ...this.#sent.values()]) {
      work.stopClock();
      work.reject(this.#stopped());
    }
    await this.#child?.end(STOP_GRACE_MS);
  }

  #start(): void {
    this.#state = 'starting';
    const child: EngineProcess = new EngineProcess(this.#options, {
      message: (message) => {
        if (this.#child === child && this.#state !== 'stopped') this.#receive(message);
      },
      log: (message) => this.#options.onEvent({ kind: 'log', message }),
      exit: (how, cause) => {
        if (this.#child === child) this.#died(how, cause);
      },
    });
    this.#child = child;
    this.#helloTimer = setTimeout(() => child.kill(`did not start within ${Math.round(this.#policy.helloMs / 1000)} s`), this.#policy.helloMs);
  }

  #hello(): void {
    this.#stopHelloTimer();
    const setup = this.#options.setup?.();
    if (setup === undefined) return this.#ready();
    const { method, params, timeoutMs } = setup;
    const options: RequestOptions = { onProgress: (value) => setup.onProgress?.(value), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const succeeded = (value: unknown): void => {
      setup.onResult?.(value);
      this.#ready();
    };
    const failed = (error: MaskwrightError): void => {
      if (this.#state === 'stopped') return;
      setup.onError?.(error);
      this.#setupFailed(error);
    };
    this.#send(new Work({ id: this.#nextId++, method, params, options }, succeeded, failed));
  }

  #ready(): void {
    this.#state = 'ready';
    this.#deathsBeforeReady = 0;
    const kind = this.#everReady ? 'restarted' : 'started';
    this.#everReady = true;
    this.#options.onEvent({ kind, message: `The ${this.#options.name} engine ${kind === 'started' ? 'has started' : 'runs again'}.` });
    this.#pump();
  }

  /** The engine answered that it cannot be set up: a request made later may find the reason gone, so it gets a fresh process. */
  #setupFailed(error: MaskwrightError): void {
    this.#state = 'idle';
    const child = this.#child;
    this.#child = null;
    child?.kill('was stopped');
    for (const work of this.#queue.takeAll()) work.reject(error);
  }

  #receive(message: FromEngine): void {
    if (message.kind === 'hello') return this.#hello();
    const work = this.#sent.get(message.id);
    if (work === undefined) return;
    if (message.kind === 'progress') return work.progress(message.value);
    this.#sent.delete(message.id);
    this.#deathsWithoutAnswer = 0;
    work.stopClock();
    if (message.kind === 'error') work.reject(MaskwrightError.fromProblem(message.problem));
    else work.resolve(message.value);
    this.#pump();
  }

  #pump(): void {
    while (this.#state === 'ready') {
      const work = this.#queue.take(this.#sent, this.#options.concurrency ?? 4);
      if (work === null) return;
      this.#send(work);
    }
  }

  #send(work: Work): void {
    this.#sent.set(work.id, work);
    work.sent(() => {
      this.#isHung = true;
      this.#child?.kill(`did not answer "${work.method}" within ${Math.round((work.options.timeoutMs ?? 0) / 1000)} s`);
    });
    try {
      this.#child?.send({ kind: 'request', id: work.id, method: work.method, params: work.params });
    } catch (error) {
      this.#sent.delete(work.id);
      work.stopClock();
      work.reject(error instanceof MaskwrightError ? error : new MaskwrightError('internal', String(error)));
    }
  }

  #cancel(work: Work): void {
    const { clearsWithinMs } = work.options;
    const isSent = this.#sent.has(work.id);
    if (isSent && clearsWithinMs !== undefined) work.clearing(clearsWithinMs, () => work.reject(cancelled()));
    else work.reject(cancelled());
    if (isSent) this.#child?.send({ kind: 'cancel', id: work.id });
    else this.#queue.remove(work);
  }

  #died(how: string, cause: string | null): void {
    this.#stopHelloTimer();
    const unanswered = [...this.#sent.values()];
    this.#sent.clear();
    for (const work of unanswered) {
      work.stopClock();
      // What is being cleared away is not begun again.
      if (work.options.signal?.aborted === true) work.reject(cancelled());
    }
    this.#child = null;
    if (this.#state === 'stopped') return;
    this.#lastDeath = { how, cause };
    const hung = this.#isHung;
    this.#isHung = false;
    this.#deathsWithoutAnswer++;
    const during = unanswered.find((work) => !work.settled)?.method;
    let repeated = false;
    // Before it is ready, only the setup has been sent, and each process has its own.
    if (this.#state === 'ready') repeated = this.#repeat(unanswered, how);
    else if (++this.#deathsBeforeReady >= this.#policy.giveUpAfter) return this.#giveUp();
    this.#options.onEvent({ kind: 'died', message: `The ${this.#options.name} engine ${how}${during === undefined ? '' : ` during "${during}"`}. It is started again${repeated ? ' and the work repeated' : ''}; nothing was lost.`, hung });
    this.#state = 'waiting';
    this.#restartTimer = setTimeout(() => this.#start(), this.#delay());
  }

  /** Puts what may be repeated back into the queue; says whether there was any. */
  #repeat(unanswered: readonly Work[], how: string): boolean {
    const wanted = unanswered.filter((work) => !work.settled);
    const again = wanted.filter((work) => work.attempts < MAX_ATTEMPTS);
    this.#queue.putBack(again);
    for (const work of wanted) {
      if (work.attempts < MAX_ATTEMPTS) continue;
      work.reject(new MaskwrightError('engine-died', `The ${this.#options.name} engine ${how} over "${work.method}", twice. This piece of work was given up; everything else goes on.`, work.method));
    }
    return again.length > 0;
  }

  #delay(): number {
    const more = this.#deathsWithoutAnswer - 2;
    return more < 0 ? 0 : Math.min(this.#policy.longestMs, this.#policy.firstMs * 2 ** more);
  }

  #giveUp(): void {
    this.#state = 'gave-up';
    this.#gaveUpAt = Date.now();
    const error = this.#givenUp();
    for (const work of this.#queue.takeAll()) work.reject(error);
    this.#options.onEvent({ kind: 'gave-up', message: error.message });
  }

  #stopHelloTimer(): void {
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
  }

  #stopped(): MaskwrightError {
    return new MaskwrightError('cancelled', `The ${this.#options.name} engine was stopped.`);
  }

  #givenUp(): MaskwrightError {
    const { how, cause } = this.#lastDeath;
    return new MaskwrightError('engine-died', `The ${this.#options.name} engine cannot be started: it ${how}, ${this.#policy.giveUpAfter} times in a row${cause === null ? '' : ` (${cause})`}. Try again in a moment; if that does not help, install Maskwright again.`, this.#options.name);
  }
}

const cancelled = (): MaskwrightError => new MaskwrightError('cancelled', 'The work was cancelled.');

import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { EngineProcess } from './engine-process.ts';
import type { EngineCommand } from './engine-process.ts';
import type { FromEngine } from './protocol.ts';

export interface EngineEvent {
  readonly kind: 'started' | 'died' | 'restarted' | 'gave-up' | 'log';
  /** A sentence for a person, or (log) a line the engine printed. */
  readonly message: string;
}

/** The first request to each fresh process, before any other; when it fails, so does all that waits for the engine. */
export interface EngineSetup {
  readonly method: string;
  readonly params: unknown;
  onProgress?(value: unknown): void;
  onResult?(value: unknown): void;
  onError?(error: MaskwrightError): void;
}

export interface RestartPolicy {
  /** Wait before the second, third … start in a row without an answer between: doubled each time, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Deaths in a row before the engine was ready, after which it is given up. */
  readonly giveUpAfter: number;
  /** A request that comes this long after giving up tries afresh. */
  readonly tryAgainMs: number;
}

const POLICY: RestartPolicy = { firstMs: 100, longestMs: 5_000, giveUpAfter: 4, tryAgainMs: 30_000 };

export interface SupervisorOptions extends EngineCommand {
  /** As people read it: "The {name} engine …". */
  readonly name: string;
  /** Requests sent before the first is answered; the rest wait here, by priority. 4 when absent. */
  readonly concurrency?: number;
  /** `deaths`: how many processes in a row have died in their setup. */
  readonly setup?: (deaths: number) => EngineSetup;
  readonly policy?: Partial<RestartPolicy>;
  onEvent(event: EngineEvent): void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: unknown) => void;
  /** Larger goes first; 0 when absent. What has been sent is not taken back. */
  readonly priority?: number;
  /** An engine that has not answered after this is taken for hung and killed. */
  readonly timeoutMs?: number;
}

interface Work {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly options: RequestOptions;
  /** How often it was sent. */
  attempts: number;
  /** Nobody waits for it any more. */
  settled: boolean;
  timer: NodeJS.Timeout | null;
  onAbort: (() => void) | null;
  resolve(value: unknown): void;
  reject(error: MaskwrightError): void;
}

const MAX_ATTEMPTS = 2;
const STOP_GRACE_MS = 1_000;

/**
 * Keeps one engine alive. It is started by the first request and restarted when it dies; each request that was
 * unanswered then is repeated once, alone, so that only the one that kills the engine fails.
 */
export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: RestartPolicy;
  #child: EngineProcess | null = null;
  #state: 'idle' | 'waiting' | 'starting' | 'ready' | 'gave-up' | 'stopped' = 'idle';
  /** In order of arrival; repeated work at the front. */
  #queue: Work[] = [];
  readonly #sent = new Map<number, Work>();
  #setup: Work | null = null;
  #nextId = 1;
  #restartTimer: NodeJS.Timeout | null = null;
  #deathsWithoutAnswer = 0;
  #deathsBeforeReady = 0;
  #deathsInSetup = 0;
  #everReady = false;
  #gaveUpAt = 0;
  #lastDeath = '';

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
      const work: Work = { id: this.#nextId++, method, params, options, attempts: 0, settled: false, timer: null, onAbort: null, resolve: (v) => resolve(v as T), reject };
      work.onAbort = () => this.#cancel(work);
      options.signal?.addEventListener('abort', work.onAbort, { once: true });
      this.#queue.push(work);
      if (this.#state === 'idle') this.#start();
      else this.#pump();
    });
  }

  /** Rejects what waits with 'cancelled' and resolves when the process is gone, within two seconds. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    for (const work of [...this.#queue, ...this.#sent.values()]) this.#settle(work, this.#stopped());
    this.#queue = [];
    await this.#child?.end(STOP_GRACE_MS);
  }

  #start(): void {
    this.#state = 'starting';
    const child: EngineProcess = new EngineProcess(this.#options, {
      message: (message) => this.#receive(message),
      log: (message) => this.#options.onEvent({ kind: 'log', message }),
      exit: (how) => {
        if (this.#child === child) this.#died(how);
      },
    });
    this.#child = child;
  }

  #ready(): void {
    this.#state = 'ready';
    this.#deathsBeforeReady = 0;
    this.#deathsInSetup = 0;
    const kind = this.#everReady ? 'restarted' : 'started';
    this.#everReady = true;
    this.#options.onEvent({ kind, message: `The ${this.#options.name} engine ${kind === 'started' ? 'has started' : 'runs again'}.` });
    this.#pump();
  }

  #hello(): void {
    const setup = this.#options.setup?.(this.#deathsInSetup);
    if (setup === undefined) return this.#ready();
    const finish = (): void => {
      this.#setup = null;
    };
    this.#setup = {
      id: this.#nextId++,
      method: setup.method,
      params: setup.params,
      options: { onProgress: (value) => setup.onProgress?.(value) },
      attempts: 0,
      settled: false,
      timer: null,
      onAbort: null,
      resolve: (value) => {
        finish();
        setup.onResult?.(value);
        this.#ready();
      },
      reject: (error) => {
        finish();
        setup.onError?.(error);
        this.#setupFailed(error);
      },
    };
    this.#send(this.#setup);
  }

  /** The engine answered that it cannot be set up: a request made later may find the reason gone, so it gets a fresh process. */
  #setupFailed(error: MaskwrightError): void {
    this.#state = 'idle';
    const child = this.#child;
    this.#child = null;
    child?.kill('was stopped');
    const queue = this.#queue;
    this.#queue = [];
    for (const work of queue) this.#settle(work, error);
  }

  #receive(message: FromEngine): void {
    if (message.kind === 'hello') return this.#hello();
    const work = this.#sent.get(message.id);
    if (work === undefined) return;
    if (message.kind === 'progress') {
      if (!work.settled) work.options.onProgress?.(message.value);
      return;
    }
    this.#sent.delete(message.id);
    this.#deathsWithoutAnswer = 0;
    this.#settle(work, message.kind === 'error' ? MaskwrightError.fromProblem(message.problem) : null, message.kind === 'result' ? message.value : null);
    this.#pump();
  }

  #pump(): void {
    while (this.#state === 'ready') {
      const work = this.#next();
      if (work === null) return;
      this.#queue.splice(this.#queue.indexOf(work), 1);
      this.#send(work);
    }
  }

  /** What to send now, or null. Repeated work runs alone. */
  #next(): Work | null {
    if (this.#sent.size >= (this.#options.concurrency ?? 4)) return null;
    let best: Work | null = null;
    for (const work of this.#queue) if (best === null || priority(work) > priority(best)) best = work;
    if (best === null || this.#sent.size === 0) return best;
    const alone = best.attempts > 0 || [...this.#sent.values()].some((work) => work.attempts > 1);
    return alone ? null : best;
  }

  #send(work: Work): void {
    work.attempts++;
    this.#sent.set(work.id, work);
    const limit = work.options.timeoutMs;
    if (limit !== undefined) work.timer = setTimeout(() => this.#child?.kill(`did not answer "${work.method}" within ${Math.round(limit / 1000)} s`), limit);
    try {
      this.#child?.send({ kind: 'request', id: work.id, method: work.method, params: work.params });
    } catch (error) {
      this.#sent.delete(work.id);
      this.#settle(work, error instanceof MaskwrightError ? error : new MaskwrightError('internal', String(error)));
    }
  }

  #cancel(work: Work): void {
    if (work.settled) return;
    this.#settle(work, cancelled());
    if (this.#sent.has(work.id)) this.#child?.send({ kind: 'cancel', id: work.id });
    else this.#queue = this.#queue.filter((other) => other !== work);
  }

  #died(how: string): void {
    const unanswered = [...this.#sent.values()];
    this.#sent.clear();
    this.#child = null;
    if (this.#state === 'stopped') return;
    this.#lastDeath = how;
    this.#deathsWithoutAnswer++;
    if (this.#state !== 'ready') this.#deathsBeforeReady++;
    if (this.#setup !== null) this.#deathsInSetup++;
    const during = doing(unanswered);
    const repeated = this.#repeat(unanswered, how);
    this.#setup = null;
    if (this.#deathsBeforeReady >= this.#policy.giveUpAfter) return this.#giveUp();
    this.#options.onEvent({ kind: 'died', message: `The ${this.#options.name} engine ${how}${during}. It is started again${repeated ? ' and the work repeated' : ''}; nothing was lost.` });
    this.#state = 'waiting';
    this.#restartTimer = setTimeout(() => this.#start(), this.#delay());
  }

  /** Puts what may be repeated back into the queue; says whether there was any. */
  #repeat(unanswered: readonly Work[], how: string): boolean {
    const again: Work[] = [];
    for (const work of unanswered) {
      if (work.timer !== null) clearTimeout(work.timer);
      if (work.settled || work === this.#setup) continue;
      if (work.attempts < MAX_ATTEMPTS) again.push(work);
      else this.#settle(work, new MaskwrightError('engine-died', `The ${this.#options.name} engine ${how} over "${work.method}", twice. This piece of work was given up; everything else goes on.`, work.method));
    }
    this.#queue.unshift(...again);
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
    for (const work of this.#queue.splice(0)) this.#settle(work, error);
    this.#options.onEvent({ kind: 'gave-up', message: error.message });
  }

  #settle(work: Work, error: MaskwrightError | null, value: unknown = null): void {
    if (work.timer !== null) clearTimeout(work.timer);
    if (work.onAbort !== null) work.options.signal?.removeEventListener('abort', work.onAbort);
    if (work.settled) return;
    work.settled = true;
    if (error === null) work.resolve(value);
    else work.reject(error);
  }

  #stopped(): MaskwrightError {
    return new MaskwrightError('cancelled', `The ${this.#options.name} engine was stopped.`);
  }

  #givenUp(): MaskwrightError {
    return new MaskwrightError('engine-died', `The ${this.#options.name} engine cannot be started: it ${this.#lastDeath}, ${this.#policy.giveUpAfter} times in a row. Try again in a moment; if that does not help, install Maskwright again.`, this.#options.name);
  }
}

const priority = (work: Work): number => work.options.priority ?? 0;
const cancelled = (): MaskwrightError => new MaskwrightError('cancelled', 'The work was cancelled.');

function doing(unanswered: readonly Work[]): string {
  const first = unanswered.find((work) => !work.settled);
  return first === undefined ? '' : ` during "${first.method}"`;
}

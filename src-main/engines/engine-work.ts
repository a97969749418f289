import type { MaskwrightError } from '../../src-shared/contract/errors.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: unknown) => void;
  /** Larger goes first; 0 when absent. What has been sent is not taken back. */
  readonly priority?: number;
  /** An engine that has not answered after this is taken for hung and killed. */
  readonly timeoutMs?: number;
  /** A cancelled request ends when the engine has answered: it has cleared away by then. At the latest after this. */
  readonly clearsWithinMs?: number;
}

/** A request to an engine on its way: who waits for it and how often it was sent. */
export class Work {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly options: RequestOptions;
  attempts = 0;
  #settled = false;
  #timer: NodeJS.Timeout | null = null;
  #onAbort: (() => void) | null = null;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: MaskwrightError) => void;

  constructor(request: Pick<Work, 'id' | 'method' | 'params' | 'options'>, resolve: (value: unknown) => void, reject: (error: MaskwrightError) => void) {
    this.id = request.id;
    this.method = request.method;
    this.params = request.params;
    this.options = request.options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** True when nobody waits for it any more. */
  get settled(): boolean {
    return this.#settled;
  }

  get priority(): number {
    return this.options.priority ?? 0;
  }

  whenAborted(listener: () => void): void {
    this.#onAbort = listener;
    this.options.signal?.addEventListener('abort', listener, { once: true });
  }

  /** Counts one sending; `late` is called when the answer has not come in time. */
  sent(late: () => void): void {
    this.attempts++;
    if (this.options.timeoutMs !== undefined) this.#timer = setTimeout(late, this.options.timeoutMs);
  }

  /** Calls `late` when the engine has not answered in time after it was told that nobody wants the answer. */
  clearing(withinMs: number, late: () => void): void {
    this.stopClock();
    this.#timer = setTimeout(late, withinMs);
  }

  /** The engine answered, or is gone. */
  stopClock(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  progress(value: unknown): void {
    if (!this.#settled) this.options.onProgress?.(value);
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: MaskwrightError): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.#onAbort !== null) this.options.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

/** What waits to be sent, in order of arrival; repeated work at the front. */
export class WorkQueue {
  #works: Work[] = [];

  push(work: Work): void {
    this.#works.push(work);
  }

  putBack(works: readonly Work[]): void {
    this.#works.unshift(...works);
  }

  remove(work: Work): void {
    this.#works = this.#works.filter((other) => other !== work);
  }

  takeAll(): Work[] {
    return this.#works.splice(0);
  }

  /** Takes what to send beside what was sent already, or null: at most `limit` at a time, and repeated work alone. */
  take(sent: ReadonlyMap<number, Work>, limit: number): Work | null {
    if (sent.size >= limit) return null;
    let best: Work | null = null;
    for (const work of this.#works) if (best === null || work.priority > best.priority) best = work;
    const alone = (best?.attempts ?? 0) > 0 || [...sent.values()].some((work) => work.attempts > 1);
    if (best === null || (alone && sent.size > 0)) return null;
    this.remove(best);
    return best;
  }
}

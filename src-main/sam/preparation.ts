import { MaskwrightError } from '../../src-shared/contract/errors.ts';

export interface PreparationOptions<I> {
  keyOf(image: I): string;
  /** Resolves when nobody waits for a prompt. */
  whenIdle(): Promise<void>;
  /** Makes one image ready. */
  work(image: I, signal: AbortSignal): Promise<unknown>;
  onState(image: I, state: 'preparing' | 'ready' | 'failed'): void;
}

/** Makes images ready one after another while nothing else is to be done; a newer list takes the place of the older. */
export class Preparation<I> {
  readonly #options: PreparationOptions<I>;
  #queue: I[] = [];
  #current: { readonly key: string; readonly abort: AbortController } | null = null;

  constructor(options: PreparationOptions<I>) {
    this.#options = options;
  }

  /** Most urgent first. What is under way goes on when it is still wanted. */
  replace(images: readonly I[]): void {
    const { keyOf } = this.#options;
    const current = this.#current;
    // What was given up a moment ago and is wanted again has to be begun anew.
    const goesOn = current?.abort.signal.aborted === false ? current.key : null;
    this.#queue = images.filter((image) => keyOf(image) !== goesOn);
    if (current === null) void this.#run();
    else if (this.#queue.length === images.length) current.abort.abort();
  }

  /** Images that nobody wants any more, whichever list they came with. */
  drop(belongs: (key: string) => boolean): void {
    const { keyOf } = this.#options;
    this.#queue = this.#queue.filter((image) => !belongs(keyOf(image)));
    if (this.#current !== null && belongs(this.#current.key)) this.#current.abort.abort();
  }

  async #run(): Promise<void> {
    for (let image = this.#queue.shift(); image !== undefined; image = this.#queue.shift()) {
      const abort = new AbortController();
      this.#current = { key: this.#options.keyOf(image), abort };
      // One at a time, each only when no prompt is waiting: that is the point of it.
      await this.#prepare(image, abort.signal);
    }
    this.#current = null;
  }

  async #prepare(image: I, signal: AbortSignal): Promise<void> {
    const { whenIdle, work, onState } = this.#options;
    await whenIdle();
    if (signal.aborted) return;
    onState(image, 'preparing');
    try {
      await work(image, signal);
      onState(image, 'ready');
    } catch (error) {
      // The image's own problem is told where it is opened; a list that was replaced is none.
      if (!(error instanceof MaskwrightError && error.code === 'cancelled')) onState(image, 'failed');
    }
  }
}

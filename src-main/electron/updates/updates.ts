import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { NewVersion, UpdateState } from '../../../src-shared/contract/shell.ts';

/** From where newer versions come, and who installs them. */
export interface UpdateSource {
  /** The newest version when it is newer than this one. Throws MaskwrightError. */
  latest(): Promise<NewVersion | null>;
  /** Fetches and checks what latest() gave. Throws MaskwrightError, or the signal's reason. `progress` in bytes so far. */
  download(offer: NewVersion, progress: (done: number) => void, signal: AbortSignal): Promise<void>;
  /** Whether what was downloaded is installed when the program quits. */
  installAtQuit(on: boolean): void;
}

/** What is remembered from one start to the next. */
export const UpdateMemory = z.strictObject({
  /** When a newer version was last asked for, in milliseconds since the epoch. */
  asked: z.number(),
  /** The version that was to be installed when the program ended. */
  installing: z.string().nullable(),
});
type UpdateMemory = z.infer<typeof UpdateMemory>;

export interface UpdateOptions {
  /** Made when it is first needed: as long as the setting is off, nothing that could ask for anything is there. */
  readonly source: () => Promise<UpdateSource>;
  /** Whether the person has switched updates on. */
  readonly wanted: () => Promise<boolean>;
  /** Whether a job runs. */
  readonly atWork: () => Promise<boolean>;
  readonly memory: { read(): Promise<UpdateMemory>; write(value: UpdateMemory): Promise<void> };
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SHOWN_STEPS = 200;

/** Asks, downloads and installs only what the person has said yes to, each step for itself. */
export class Updates {
  readonly #options: UpdateOptions;
  #source: Promise<UpdateSource> | null = null;
  #state: UpdateState = { is: 'unasked' };
  #tell: (state: UpdateState) => void = () => undefined;
  #stop: AbortController | null = null;

  constructor(options: UpdateOptions) {
    this.#options = options;
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Every change of the state from now on. */
  onChange(tell: (state: UpdateState) => void): void {
    this.#tell = tell;
  }

  /** At the start of the program: asks when that is wanted, and not more than once a day. Never fails. */
  async started(): Promise<void> {
    const { wanted, memory, version, now } = this.#options;
    if (!(await wanted())) return;
    const { asked, installing } = await memory.read();
    if (installing !== null) {
      await this.#remember({ installing: null });
      if (installing !== version) {
        this.#set({ is: 'failed', problem: { code: 'io', message: `Version ${installing} was downloaded but could not be installed when Maskwright ended; this is still version ${version}. Try again, or install it by hand.`, item: installing } });
        return;
      }
    }
    const since = now() - asked;
    // A clock that was set back does not put it off for ever.
    if (since < 0 || since >= DAY_MS) await this.#ask();
  }

  /** By the person's button. Throws 'bad-request' while the setting is off. */
  async ask(): Promise<void> {
    if (!(await this.#options.wanted())) throw new MaskwrightError('bad-request', 'Updates are switched off in the settings, so nothing is asked for.');
    void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#state.is === 'asking' || this.#state.is === 'downloading' || this.#state.is === 'ready') return;
    this.#set({ is: 'asking' });
    try {
      await this.#remember({ asked: this.#options.now() });
      const offer = await (await this.#theSource()).latest();
      // It may have been switched off meanwhile.
      if (this.#is('asking')) this.#set(offer === null ? { is: 'newest' } : { is: 'offered', offer });
    } catch (error) {
      if (this.#is('asking')) this.#set({ is: 'failed', problem: toProblem(error) });
    }
  }

  /** Fetches what is offered, and returns at once. */
  download(): void {
    if (this.#state.is === 'offered') void this.#download(this.#state.offer);
  }

  async #download(offer: NewVersion): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    this.#set({ is: 'downloading', offer, done: 0 });
    let shown = 0;
    const progress = (done: number): void => {
      if (stop.signal.aborted || done - shown < offer.bytes / SHOWN_STEPS) return;
      shown = done;
      this.#set({ is: 'downloading', offer, done });
    };
    try {
      const source = await this.#theSource();
      source.installAtQuit(true);
      await source.download(offer, progress, stop.signal);
      if (stop.signal.aborted) source.installAtQuit(false);
      else this.#set({ is: 'ready', offer });
    } catch (error) {
      if (!stop.signal.aborted) this.#set({ is: 'failed', problem: toProblem(error) });
    }
  }

  cancel(): void {
    if (this.#state.is !== 'downloading') return;
    this.#stop?.abort();
    this.#set({ is: 'offered', offer: this.#state.offer });
  }

  /** The setting was changed. Switched off, nothing goes on, and nothing is installed. */
  async switched(on: boolean): Promise<void> {
    if (on || this.#source === null) return;
    this.#stop?.abort();
    this.#set({ is: 'unasked' });
    (await this.#source).installAtQuit(false);
  }

  /** Before the program ends its jobs: those that it interrupts go on in this same version, and nothing is installed this time. */
  async quits(): Promise<void> {
    this.#stop?.abort();
    if (this.#state.is !== 'ready') return;
    if (await this.#options.atWork()) (await this.#theSource()).installAtQuit(false);
    else await this.#remember({ installing: this.#state.offer.version });
  }

  /** What cannot be written is only asked again, or not told. */
  async #remember(change: Partial<UpdateMemory>): Promise<void> {
    const { memory } = this.#options;
    await memory.write({ ...(await memory.read()), ...change }).catch(() => undefined);
  }

  #theSource(): Promise<UpdateSource> {
    this.#source ??= this.#options.source();
    return this.#source;
  }

  #is(state: UpdateState['is']): boolean {
    return this.#state.is === state;
  }

  #set(state: UpdateState): void {
    this.#state = state;
    this.#tell(state);
  }
}

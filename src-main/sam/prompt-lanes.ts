import { MaskwrightError } from '../../src-shared/contract/errors.ts';

interface Prompt {
  readonly image: string;
  readonly abort: AbortController;
  run(): Promise<void>;
  supersede(): void;
}

interface Lane {
  active: Prompt;
  waiting: Prompt | null;
}

/** The newest prompt wins: each client has one in flight and one waiting; an older one that waits is rejected. */
export class PromptLanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #idle: (() => void)[] = [];

  /**
   * Runs `task` when the client's prompt in flight is done. Rejects with 'superseded' when a newer prompt takes its
   * place: while it waits, or in flight when the newer one is for another image.
   */
  run<T>(client: string, image: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abort = new AbortController();
      const supersede = (): void => {
        abort.abort();
        reject(new MaskwrightError('superseded', 'A newer prompt took the place of this one.'));
      };
      this.#enter(client, { image, abort, supersede, run: () => task(abort.signal).then(resolve, reject) });
    });
  }

  /** The client is gone: its prompts are dropped. */
  drop(client: string): void {
    const lane = this.#lanes.get(client);
    lane?.waiting?.supersede();
    lane?.active.supersede();
    if (lane !== undefined) lane.waiting = null;
  }

  /** Prompts on these images are dropped, whoever's they are. */
  dropImages(belongs: (image: string) => boolean): void {
    for (const lane of this.#lanes.values()) {
      if (lane.waiting !== null && belongs(lane.waiting.image)) {
        lane.waiting.supersede();
        lane.waiting = null;
      }
      if (belongs(lane.active.image)) lane.active.supersede();
    }
  }

  /** Resolves when no client has a prompt in flight. */
  whenIdle(): Promise<void> {
    return this.#lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #enter(client: string, prompt: Prompt): void {
    const lane = this.#lanes.get(client);
    if (lane === undefined) {
      void this.#serve(client, prompt);
      return;
    }
    lane.waiting?.supersede();
    lane.waiting = prompt;
    if (lane.active.image !== prompt.image) lane.active.supersede();
  }

  async #serve(client: string, first: Prompt): Promise<void> {
    const lane: Lane = { active: first, waiting: null };
    this.#lanes.set(client, lane);
    for (let prompt: Prompt | null = first; prompt !== null; prompt = lane.waiting) {
      lane.active = prompt;
      lane.waiting = null;
      await prompt.run();
    }
    this.#lanes.delete(client);
    if (this.#lanes.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

import type { EventData, EventName } from '../../src-shared/contract/contract.ts';
import type { EventListener } from './core-api.ts';

/** Sends the contract's events to every host that listens. */
export class Events {
  readonly #listeners = new Set<EventListener>();

  readonly emit = <N extends EventName>(name: N, data: EventData<N>): void => {
    for (const listener of this.#listeners) listener(name, data);
  };

  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

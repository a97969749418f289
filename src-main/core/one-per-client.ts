/** One question at a time for each client: who asks again, with other options, or goes away, no longer waits for the first. */
export class OnePerClient {
  readonly #running = new Map<string, AbortController>();

  async run<T>(client: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.drop(client);
    const mine = new AbortController();
    this.#running.set(client, mine);
    try {
      return await work(mine.signal);
    } finally {
      if (this.#running.get(client) === mine) this.#running.delete(client);
    }
  }

  drop(client: string): void {
    this.#running.get(client)?.abort();
  }
}

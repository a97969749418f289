/** Keeps sums of a file's and the project's numbers exact. */
const LARGEST = 2 ** 50;

/**
 * The numbers that things get in a file: the number that they had in the file they were read from, where that is a whole
 * number that nothing before them has; the project's own number for the rest, counted on from the largest that is kept.
 * So a project of which nothing was imported has its own numbers.
 */
export class CocoIds {
  #base = 0;
  /** Project numbers of those whose old number is another's. */
  readonly #taken = new Set<number>();

  /** @param things the project's numbers, in order, with the old ones */
  constructor(things: Iterable<readonly [id: number, old: unknown]>) {
    const seen = new Set<number>();
    for (const [id, old] of things) {
      if (!isKept(old)) continue;
      if (seen.has(old)) this.#taken.add(id);
      seen.add(old);
      if (old > this.#base) this.#base = old;
    }
  }

  of(id: number, old: unknown): number {
    return isKept(old) && !this.#taken.has(id) ? old : this.#base + id;
  }
}

const isKept = (old: unknown): old is number => typeof old === 'number' && Number.isInteger(old) && old >= 0 && old <= LARGEST;

import { createHash } from 'node:crypto';

/** Disjoint sets of the numbers 0…n−1 (union by size, path halving). */
export class DisjointSets {
  readonly #parent: Uint32Array;
  readonly #size: Uint32Array;

  constructor(n: number) {
    this.#parent = Uint32Array.from({ length: n }, (_, i) => i);
    this.#size = new Uint32Array(n).fill(1);
  }

  find(i: number): number {
    let at = i;
    for (let up = this.#parent[at] ?? at; up !== at; up = this.#parent[at] ?? at) {
      this.#parent[at] = this.#parent[up] ?? up;
      at = up;
    }
    return at;
  }

  /** Gives false where they were together already. */
  join(a: number, b: number): boolean {
    let [large, small] = [this.find(a), this.find(b)];
    if (large === small) return false;
    if ((this.#size[large] ?? 0) < (this.#size[small] ?? 0)) [large, small] = [small, large];
    this.#parent[small] = large;
    this.#size[large] = (this.#size[large] ?? 0) + (this.#size[small] ?? 0);
    return true;
  }

  sizeOf(i: number): number {
    return this.#size[this.find(i)] ?? 1;
  }
}

/** Joins the numbers that have the same key; null stands alone. */
export function joinByKey(sets: DisjointSets, keys: Iterable<string | null>): void {
  const first = new Map<string, number>();
  let i = 0;
  for (const key of keys) {
    if (key !== null) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else sets.join(other, i);
    }
    i++;
  }
}

/**
 * Where an image stands in the draw: the first 48 bits of SHA-256 of "SEED\nPATH" (UTF-8; the path relative to its root in NFC).
 * So it depends on nothing but its name: not on other images, nor on the order in which they came.
 */
export function drawOf(seed: number, path: string): number {
  return createHash('sha256').update(`${seed}\n${path.normalize('NFC')}`).digest().readUIntBE(0, 6);
}

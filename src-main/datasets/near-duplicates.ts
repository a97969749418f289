import type { ImageId } from '../../src-shared/domain/schema.ts';
import { FingerprintTable, VIEWS } from './fingerprint.ts';
import { pauses } from './pauses.ts';
import { DisjointSets } from './splits/units.ts';

/** Bits in which the hashes of near-duplicates may differ: docs/splits.md has the figures. */
export const NEAR_BITS = 12;

export interface NearDuplicates {
  /** Of two or more images each: what looks alike, and what looks like one of these; ids ascending, by the first. */
  readonly groups: readonly (readonly ImageId[])[];
  /** Images that were compared. */
  readonly compared: number;
}

/**
 * Finds pictures that look alike by their fingerprints (fingerprint.ts), without comparing each with each: multi-index
 * hashing, M. Norouzi, A. Punjani and D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012. Of two hashes
 * that differ in at most r bits, one of their four quarters differs in at most r/4; so each quarter has a table, and only what
 * shares a near quarter is compared. Throws 'cancelled'.
 *
 * Pictures of one and the same hash are compared with few of them only, so that a hundred thousand frames of a still
 * camera do not take forever.
 */
export async function nearDuplicates(fingerprints: Iterable<{ readonly image: ImageId; readonly fingerprint: Uint8Array }>, run: { readonly signal?: AbortSignal; readonly bits?: number } = {}): Promise<NearDuplicates> {
  const { signal, bits = NEAR_BITS } = run;
  const pause = pauses(signal);
  const images: ImageId[] = [];
  const prints: Uint8Array[] = [];
  for (const { image, fingerprint } of fingerprints) {
    images.push(image);
    prints.push(fingerprint);
  }
  const table = new FingerprintTable(prints);
  const sets = new DisjointSets(table.length);
  const whole = table.hashes(0);
  const few = await joinSame(table, whole, sets, pause);
  const quarters = [0, 1, 2, 3].map((quarter) => new QuarterTable(whole, few, quarter));
  for (let view = 0; view < VIEWS; view++) {
    const hashes = view === 0 ? whole : table.hashes(view);
    for (const a of few) {
      await pause();
      for (const [quarter, index] of quarters.entries()) {
        // r = 4s + t: one of the first t + 1 quarters differs in at most s bits, or one of the others in at most s − 1.
        const radius = Math.floor(bits / 4) - (quarter > bits % 4 ? 1 : 0);
        if (radius < 0) continue;
        index.near(hashes[4 * a + quarter] ?? 0, radius, (b) => {
          if (a === b || (view === 0 && b < a) || sets.find(a) === sets.find(b)) return;
          if (distance(hashes, a, whole, b) <= bits && table.looksLike(a, view, b)) sets.join(a, b);
        });
      }
    }
  }
  const groups = [...Map.groupBy(images.keys(), (i) => sets.find(i)).values()].filter((members) => members.length > 1);
  return { groups: groups.map((members) => members.map((i) => images[i] ?? 0)), compared: images.length };
}

/** Of one hash, pictures that look different: with more of them, further ones stand alone. */
const MOST_OF_ONE_HASH = 16;

/** Joins pictures of the same hash. Gives those that stand for all: of each hash the first, and those that do not look like it. */
async function joinSame(table: FingerprintTable, hashes: Uint16Array, sets: DisjointSets, pause: () => Promise<void>): Promise<number[]> {
  const byHash = new Map<string, number[]>();
  const few: number[] = [];
  for (let i = 0; i < table.length; i++) {
    await pause();
    const key = String.fromCharCode(...hashes.subarray(4 * i, 4 * i + 4));
    const known = byHash.get(key);
    const like = known?.find((other) => table.looksLike(i, 0, other));
    if (like !== undefined) {
      sets.join(like, i);
      continue;
    }
    if (known === undefined) byHash.set(key, [i]);
    else if (known.length < MOST_OF_ONE_HASH) known.push(i);
    else continue;
    few.push(i);
  }
  return few;
}

/** Which hashes have which value in one quarter: the numbers by value, one after another. */
class QuarterTable {
  readonly #starts = new Uint32Array(0x1_0001);
  readonly #items: Uint32Array;

  constructor(hashes: Uint16Array, items: readonly number[], quarter: number) {
    for (const i of items) this.#count((hashes[4 * i + quarter] ?? 0) + 1);
    for (let value = 0; value < 0x1_0000; value++) this.#starts[value + 1] = (this.#starts[value + 1] ?? 0) + (this.#starts[value] ?? 0);
    const next = this.#starts.slice();
    this.#items = new Uint32Array(items.length);
    for (const i of items) {
      const value = hashes[4 * i + quarter] ?? 0;
      const at = next[value] ?? 0;
      this.#items[at] = i;
      next[value] = at + 1;
    }
  }

  /** Calls with each number whose value differs from `value` in at most `radius` bits. */
  near(value: number, radius: number, found: (item: number) => void): void {
    for (const mask of masks(radius)) {
      const end = this.#starts[(value ^ mask) + 1] ?? 0;
      for (let at = this.#starts[value ^ mask] ?? 0; at < end; at++) found(this.#items[at] ?? 0);
    }
  }

  #count(at: number): void {
    this.#starts[at] = (this.#starts[at] ?? 0) + 1;
  }
}

const BITS_OF = Uint8Array.from({ length: 0x1_0000 }, (_, value) => {
  let bits = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) bits++;
  return bits;
});

const masksByRadius = new Map<number, Uint16Array>();

/** All values of 16 bits of which at most `radius` are set. */
function masks(radius: number): Uint16Array {
  const known = masksByRadius.get(radius) ?? Uint16Array.from(Array.from({ length: 0x1_0000 }, (_, value) => value).filter((value) => (BITS_OF[value] ?? 0) <= radius));
  masksByRadius.set(radius, known);
  return known;
}

function distance(hashesA: Uint16Array, a: number, hashesB: Uint16Array, b: number): number {
  let bits = 0;
  for (let k = 0; k < 4; k++) bits += BITS_OF[(hashesA[4 * a + k] ?? 0) ^ (hashesB[4 * b + k] ?? 0)] ?? 0;
  return bits;
}

import type { ImageId } from '../../src-shared/domain/schema.ts';
import { FingerprintTable, VIEWS } from './fingerprint.ts';
import { pauses } from './pauses.ts';
import { DisjointSets } from './splits/units.ts';

/** Bits in which the hashes of near-duplicates may differ (docs/splits.md has the figures): the most for which no quarter must be varied in three bits. */
const NEAR_BITS = 11;

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
  const near = new Uint32Array(few.length);
  for (let view = 0; view < VIEWS; view++) {
    const hashes = view === 0 ? whole : table.hashes(view);
    for (const a of few) {
      await pause();
      for (const [quarter, index] of quarters.entries()) {
        // r = 4s + t: one of the first t + 1 quarters differs in at most s bits, or one of the others in at most s − 1.
        const radius = Math.floor(bits / 4) - (quarter > bits % 4 ? 1 : 0);
        const found = index.near(hashes[2 * a] ?? 0, hashes[2 * a + 1] ?? 0, radius, bits, near);
        for (let k = 0; k < found; k++) {
          const b = near[k] ?? a;
          if (a !== b && sets.find(a) !== sets.find(b) && table.looksLike(a, view, b)) sets.join(a, b);
        }
      }
    }
  }
  const groups = [...Map.groupBy(images.keys(), (i) => sets.find(i)).values()].filter((members) => members.length > 1);
  return { groups: groups.map((members) => members.map((i) => images[i] ?? 0)), compared: images.length };
}

/** Of one hash, pictures that look different: with more of them, further ones stand alone. */
const MOST_OF_ONE_HASH = 16;

/** Joins pictures of the same hash. Gives those that stand for all: of each hash the first, and those that do not look like it. */
async function joinSame(table: FingerprintTable, hashes: Uint32Array, sets: DisjointSets, pause: () => Promise<void>): Promise<number[]> {
  const byHash = new Map<string, number[]>();
  const few: number[] = [];
  for (let i = 0; i < table.length; i++) {
    await pause();
    const key = `${hashes[2 * i]} ${hashes[2 * i + 1]}`;
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

/** The hashes by their value in one quarter, of 16 bits: those of one value lie one after another, so that looking at them is fast. */
class QuarterTable {
  readonly #quarter: number;
  readonly #starts = new Uint32Array(0x1_0001);
  readonly #items: Uint32Array;
  readonly #hashes: Uint32Array;

  constructor(hashes: Uint32Array, items: readonly number[], quarter: number) {
    this.#quarter = quarter;
    const valueOf = (i: number): number => this.#valueOf(hashes[2 * i] ?? 0, hashes[2 * i + 1] ?? 0);
    for (const i of items) this.#starts[valueOf(i) + 1] = (this.#starts[valueOf(i) + 1] ?? 0) + 1;
    for (let value = 0; value < 0x1_0000; value++) this.#starts[value + 1] = (this.#starts[value + 1] ?? 0) + (this.#starts[value] ?? 0);
    const next = this.#starts.slice();
    this.#items = new Uint32Array(items.length);
    this.#hashes = new Uint32Array(2 * items.length);
    for (const i of items) {
      const at = next[valueOf(i)] ?? 0;
      next[valueOf(i)] = at + 1;
      this.#items[at] = i;
      this.#hashes[2 * at] = hashes[2 * i] ?? 0;
      this.#hashes[2 * at + 1] = hashes[2 * i + 1] ?? 0;
    }
  }

  /** Finds those whose quarter differs from that of a hash in at most `radius` bits, and the whole in at most `most`. Writes them into `found`; gives how many. */
  near(low: number, high: number, radius: number, most: number, found: Uint32Array): number {
    if (radius < 0) return 0;
    const starts = this.#starts;
    const hashes = this.#hashes;
    const value = this.#valueOf(low, high);
    const turns = masks(radius);
    let count = 0;
    for (let m = 0; m < turns.length; m++) {
      const turned = value ^ (turns[m] ?? 0);
      const end = starts[turned + 1] ?? 0;
      for (let at = starts[turned] ?? 0; at < end; at++) {
        if (bitsOf((hashes[2 * at] ?? 0) ^ low) + bitsOf((hashes[2 * at + 1] ?? 0) ^ high) <= most) found[count++] = this.#items[at] ?? 0;
      }
    }
    return count;
  }

  #valueOf(low: number, high: number): number {
    return ((this.#quarter < 2 ? low : high) >>> (16 * (this.#quarter & 1))) & 0xffff;
  }
}

/** How many of 32 bits are set (H. S. Warren, "Hacker's Delight", section 5-1). */
function bitsOf(value: number): number {
  let x = value - ((value >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  x = (x + (x >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(x, 0x0101_0101) >>> 24;
}

const masksByRadius = new Map<number, Uint16Array>();

/** All values of 16 bits of which at most `radius` are set. */
function masks(radius: number): Uint16Array {
  const known = masksByRadius.get(radius) ?? Uint16Array.from(Array.from({ length: 0x1_0000 }, (_, value) => value).filter((value) => bitsOf(value) <= radius));
  masksByRadius.set(radius, known);
  return known;
}

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
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    // r = 4s + t: one of the first t + 1 quarters differs in at most s bits, or one of the others in at most s − 1.
    const radius = Math.floor(bits / QUARTERS) - (quarter > bits % QUARTERS ? 1 : 0);
    if (radius < 0) continue;
    const wholes = new QuarterTable(whole, few, quarter);
    for (let view = 0; view < VIEWS; view++) {
      const near: Near = (a, b) => {
        if (a !== b && sets.find(a) !== sets.find(b) && table.looksLike(a, view, b)) sets.join(a, b);
      };
      await eachNear(view === 0 ? wholes : new QuarterTable(table.hashes(view), few, quarter), wholes, radius, bits, near, pause);
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

const QUARTERS = 4;
const VALUES = 0x1_0000;

/** The hashes by their value in one quarter, of 16 bits: those of one value lie one after another, so that looking at them is fast. */
class QuarterTable {
  /** Where the hashes of each value begin; those of the next value follow. */
  readonly starts = new Uint32Array(VALUES + 1);
  readonly items: Uint32Array;
  /** Two numbers of 32 bits for each. */
  readonly hashes: Int32Array;

  constructor(hashes: Uint32Array, items: readonly number[], quarter: number) {
    const shift = 16 * (quarter & 1);
    const valueOf = (i: number): number => (hashes[2 * i + (quarter >> 1)]! >>> shift) & 0xffff;
    for (const i of items) this.starts[valueOf(i) + 1]!++;
    for (let value = 0; value < VALUES; value++) this.starts[value + 1]! += this.starts[value]!;
    const next = this.starts.slice();
    this.items = new Uint32Array(items.length);
    this.hashes = new Int32Array(2 * items.length);
    for (const i of items) {
      const at = next[valueOf(i)]!++;
      this.items[at] = i;
      this.hashes[2 * at] = hashes[2 * i]!;
      this.hashes[2 * at + 1] = hashes[2 * i + 1]!;
    }
  }
}

type Near = (a: number, b: number) => void;

/** Hashes that are compared with all near them before other work is let through. */
const BLOCK = 32;

/**
 * Finds what differs in at most `radius` bits of the quarter, and in at most `most` of all. All hashes of one value are compared
 * with all of another, which looks each value up once instead of once for each hash. Of a table with itself each pair is found once.
 */
async function eachNear(queries: QuarterTable, table: QuarterTable, radius: number, most: number, near: Near, pause: () => Promise<void>): Promise<void> {
  const turns = masks(radius);
  for (let value = 0; value < VALUES; value++) {
    const end = queries.starts[value + 1]!;
    for (let from = queries.starts[value]!; from < end; from += BLOCK) {
      await pause();
      nearBlock(queries, from, Math.min(end, from + BLOCK), value, table, turns, most, near);
    }
  }
}

function nearBlock(queries: QuarterTable, from: number, to: number, value: number, { starts, items, hashes }: QuarterTable, turns: Uint16Array, most: number, near: Near): void {
  const asked = queries.hashes;
  const isSame = asked === hashes;
  for (let m = 0; m < turns.length; m++) {
    const other = value ^ turns[m]!;
    const [first, end] = [starts[other]!, starts[other + 1]!];
    if (first === end || (isSame && other < value)) continue;
    for (let i = from; i < to; i++) {
      const [low, high] = [asked[2 * i]!, asked[2 * i + 1]!];
      for (let at = isSame && other === value ? i + 1 : first; at < end; at++) {
        if (bitsOf(hashes[2 * at]! ^ low, hashes[2 * at + 1]! ^ high) <= most) near(queries.items[i]!, items[at]!);
      }
    }
  }
}

/** How many of 64 bits are set (H. S. Warren, "Hacker's Delight", section 5-1). */
function bitsOf(low: number, high: number): number {
  let x = low - ((low >>> 1) & 0x5555_5555);
  let y = high - ((high >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  y = (y & 0x3333_3333) + ((y >>> 2) & 0x3333_3333);
  // At most eight in four bits, so both halves go on together.
  x += y;
  x = (x & 0x0f0f_0f0f) + ((x >>> 4) & 0x0f0f_0f0f);
  return Math.imul(x, 0x0101_0101) >>> 24;
}

const masksByRadius = new Map<number, Uint16Array>();

/** All values of 16 bits of which at most `radius` are set. */
function masks(radius: number): Uint16Array {
  const known = masksByRadius.get(radius) ?? Uint16Array.from(Array.from({ length: VALUES }, (_, value) => value).filter((value) => bitsOf(value, 0) <= radius));
  masksByRadius.set(radius, known);
  return known;
}

import type { Ring } from '../domain/schema.ts';

/** Edges that a table begins with room for. */
const FEW = 64;
/** More than a table ever holds, so that an edge's number fits behind its first column in one number. */
const MOST_EDGES = 2 ** 32;

/**
 * Sides of rings as columns of numbers, which cost a fraction of an object for each: of every edge its part, its left end's x and
 * y and the slope from there (so that a shared side is cut alike from both sides), and the pixel columns whose centre it
 * crosses, first ≤ column < end. Edges that cross none are not kept.
 */
export class EdgeTable {
  count = 0;
  part = new Int32Array(FEW);
  x = new Float64Array(FEW);
  y = new Float64Array(FEW);
  slope = new Float64Array(FEW);
  first = new Int32Array(FEW);
  end = new Int32Array(FEW);
  /** Room for the numbers of edges, and for a number for each, for who goes through them. */
  active = new Int32Array(FEW);
  cuts = new Float64Array(FEW);
  #order = new Int32Array(FEW);

  get room(): number {
    return this.part.length;
  }

  clear(): void {
    this.count = 0;
  }

  /** Gives how many of `w` columns the ring's sides cross together. */
  addRing(ring: Ring, part: number, w: number): number {
    while (this.count + ring.length / 2 > this.room) this.#grow();
    let n = this.count;
    let crossings = 0;
    let fromX = ring[ring.length - 2] ?? 0;
    let fromY = ring[ring.length - 1] ?? 0;
    for (let i = 0; i < ring.length; i += 2) {
      const toX = ring[i] ?? 0;
      const toY = ring[i + 1] ?? 0;
      const forward = fromX <= toX;
      const x0 = forward ? fromX : toX;
      const y0 = forward ? fromY : toY;
      const x1 = forward ? toX : fromX;
      const y1 = forward ? toY : fromY;
      fromX = toX;
      fromY = toY;
      const first = Math.max(0, Math.ceil(x0 - 0.5));
      const end = Math.min(w, Math.ceil(x1 - 0.5));
      if (first >= end) continue;
      this.part[n] = part;
      this.x[n] = x0;
      this.y[n] = y0;
      this.slope[n] = (y1 - y0) / (x1 - x0);
      this.first[n] = first;
      this.end[n] = end;
      n++;
      crossings += end - first;
    }
    this.count = n;
    return crossings;
  }

  /** The edges' numbers, by their first columns. */
  byFirst(): Int32Array {
    const keys = this.cuts;
    for (let edge = 0; edge < this.count; edge++) keys[edge] = (this.first[edge] ?? 0) * MOST_EDGES + edge;
    sortNumbers(keys, this.count);
    for (let i = 0; i < this.count; i++) {
      const key = keys[i] ?? 0;
      this.#order[i] = key - Math.floor(key / MOST_EDGES) * MOST_EDGES;
    }
    return this.#order;
  }

  #grow(): void {
    const room = 2 * this.room;
    this.part = larger(this.part, new Int32Array(room));
    this.x = larger(this.x, new Float64Array(room));
    this.y = larger(this.y, new Float64Array(room));
    this.slope = larger(this.slope, new Float64Array(room));
    this.first = larger(this.first, new Int32Array(room));
    this.end = larger(this.end, new Int32Array(room));
    this.active = new Int32Array(room);
    this.cuts = new Float64Array(room);
    this.#order = new Int32Array(room);
  }
}

function larger<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Lists that are longer are sorted faster by the library. */
const SHORT = 50;

/** Sorts the first `count` numbers, ascending. */
export function sortNumbers(numbers: Float64Array, count: number): void {
  if (count > SHORT) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i++) {
    const number = numbers[i] ?? 0;
    let j = i;
    for (; j > 0 && (numbers[j - 1] ?? 0) > number; j--) numbers[j] = numbers[j - 1] ?? 0;
    numbers[j] = number;
  }
}

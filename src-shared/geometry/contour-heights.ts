import type { Chain, LineVertex } from './contour-chains.ts';

/**
 * The heights of a part's outline where it enters and leaves each pixel column, while its chains are drawn in one way or
 * another, and where two of them meet. A cell is one chain's passage through one column; cells are numbered along the
 * rings. Vertices lie only on the lines between columns, so in a cell the outline is straight.
 */
export class ContourHeights {
  readonly #chains: readonly Chain[];
  /** First cell of each chain. */
  readonly #first: Int32Array;
  readonly #chainOf: Int32Array;
  /** The cell after each on its ring. */
  readonly #next: Int32Array;
  readonly #entering: Float64Array;
  readonly #leaving: Float64Array;
  /** Cells by column, and in it by row: from above to below. */
  readonly #inColumns: Groups;
  /** Cells by the line between columns on which they end. */
  readonly #onLines: Groups;

  constructor(rings: readonly (readonly Chain[])[]) {
    this.#chains = rings.flat();
    const size = this.#chains.reduce((sum, { rows }) => sum + rows.length, 0);
    this.#first = new Int32Array(this.#chains.length);
    this.#chainOf = new Int32Array(size);
    this.#next = Int32Array.from({ length: size }, (_, cell) => cell + 1);
    this.#entering = new Float64Array(size);
    this.#leaving = new Float64Array(size);
    const columns = new Int32Array(size);
    const lines = new Int32Array(size);
    const rowOf = new Int32Array(size);
    let cell = 0, index = 0;
    for (const chains of rings) {
      const start = cell;
      for (const { x, step, rows } of chains) {
        this.#first[index] = cell;
        for (let k = 0; k < rows.length; k++, cell++) {
          this.#chainOf[cell] = index;
          columns[cell] = step === 1 ? x + k : x - k - 1;
          lines[cell] = x + step * (k + 1);
          rowOf[cell] = rows[k] ?? 0;
        }
        index++;
      }
      if (cell > start) this.#next[cell - 1] = start;
    }
    this.#inColumns = groupBy(columns);
    this.#onLines = groupBy(lines);
    for (const cells of groupsOf(this.#inColumns)) sortBy(cells, rowOf);
  }

  /** Draw a chain along these vertices. */
  draw(chain: number, line: readonly LineVertex[]): void {
    const first = this.#first[chain] ?? 0;
    for (let i = 1; i < line.length; i++) {
      const [from, to] = [line[i - 1], line[i]];
      if (!from || !to) continue;
      const slope = (to.y - from.y) / (to.column - from.column);
      for (let column = from.column; column < to.column; column++) {
        this.#entering[first + column] = from.y + slope * (column - from.column);
        this.#leaving[first + column] = column + 1 === to.column ? to.y : from.y + slope * (column + 1 - from.column);
      }
    }
  }

  /**
   * The chains that cross or touch another. In a column two do not if the one whose row is smaller is above on both
   * sides; on a line between columns their upright pieces must be clear of each other.
   */
  meetings(): Set<number> {
    const found = new Set<number>();
    const add = (cell: number): unknown => found.add(this.#chainOf[cell] ?? 0);
    for (const cells of groupsOf(this.#inColumns)) {
      for (let i = 1; i < cells.length; i++) {
        const [upper, lower] = [cells[i - 1] ?? 0, cells[i] ?? 0];
        if (this.#left(upper) < this.#left(lower) && this.#right(upper) < this.#right(lower)) continue;
        add(upper);
        add(lower);
      }
    }
    const low = this.#leaving.map((y, cell) => Math.min(y, this.#entering[this.#next[cell] ?? 0] ?? 0));
    const high = this.#leaving.map((y, cell) => Math.max(y, this.#entering[this.#next[cell] ?? 0] ?? 0));
    for (const cells of groupsOf(this.#onLines)) {
      sortBy(cells, low);
      let lowest = cells[0] ?? 0;
      for (const cell of cells.subarray(1)) {
        if ((high[lowest] ?? 0) >= (low[cell] ?? 0)) {
          for (const meeting of [lowest, cell]) {
            add(meeting);
            add(this.#next[meeting] ?? 0);
          }
        }
        if ((high[cell] ?? 0) > (high[lowest] ?? 0)) lowest = cell;
      }
    }
    return found;
  }

  #goesRight(cell: number): boolean {
    return this.#chains[this.#chainOf[cell] ?? 0]?.step === 1;
  }

  #left(cell: number): number {
    return (this.#goesRight(cell) ? this.#entering[cell] : this.#leaving[cell]) ?? 0;
  }

  #right(cell: number): number {
    return (this.#goesRight(cell) ? this.#leaving[cell] : this.#entering[cell]) ?? 0;
  }
}

/** Cells with one key lie together in `cells`; group g is from ends[g - 1] to ends[g]. */
interface Groups {
  readonly cells: Int32Array;
  readonly ends: Int32Array;
}

/** Counting sort of the numbers 0…keys.length − 1 by their keys, which are whole and close together. */
function groupBy(keys: Int32Array): Groups {
  const least = keys.reduce((a, b) => Math.min(a, b), Infinity);
  const most = keys.reduce((a, b) => Math.max(a, b), -Infinity);
  const ends = new Int32Array(Math.max(0, most - least + 1));
  for (const key of keys) ends[key - least] = (ends[key - least] ?? 0) + 1;
  for (let g = 1; g < ends.length; g++) ends[g] = (ends[g] ?? 0) + (ends[g - 1] ?? 0);
  const cells = new Int32Array(keys.length);
  const at = Int32Array.from(ends, (_, g) => (g === 0 ? 0 : (ends[g - 1] ?? 0)));
  keys.forEach((key, cell) => {
    const place = at[key - least] ?? 0;
    cells[place] = cell;
    at[key - least] = place + 1;
  });
  return { cells, ends };
}

function* groupsOf({ cells, ends }: Groups): Generator<Int32Array> {
  let from = 0;
  for (const end of ends) {
    if (end > from) yield cells.subarray(from, end);
    from = end;
  }
}

/** Insertion sort: groups have a handful of cells, mostly in order already. */
function sortBy(cells: Int32Array, values: Int32Array | Float64Array): void {
  for (let i = 1; i < cells.length; i++) {
    const cell = cells[i] ?? 0;
    const value = values[cell] ?? 0;
    let j = i;
    for (; j > 0 && (values[cells[j - 1] ?? 0] ?? 0) > value; j--) cells[j] = cells[j - 1] ?? 0;
    cells[j] = cell;
  }
}

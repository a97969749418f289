import { COVERAGE_SIDE } from '../../src-shared/statistics/layout.ts';
import { forEachColumnRun } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';

const SIDE = COVERAGE_SIDE;
/** A cell more than there are, so that what ends at the lower edge has a place. */
const ROWS = SIDE + 1;

/**
 * By how much one mask covers each cell of a grid over its picture, exactly: cells of pictures whose sides are no multiples
 * of the grid's are cut through pixels. Each strip of a column costs the same however high it is: where it begins and ends is noted
 * (`edge` for the cell itself, `below` for all under it) and summed up once.
 */
export class CoverageGrid {
  readonly #edge = new Float64Array(SIDE * ROWS);
  readonly #below = new Float64Array(SIDE * ROWS);
  #first = SIDE;
  #last = -1;

  /** Adds the cover of a mask (0 to 1 a cell) to each of the row-major grids. */
  addMask(rle: Rle, grids: readonly Float64Array[]): void {
    const [h, w] = rle.size;
    const across = SIDE / w, down = SIDE / h;
    forEachColumnRun(rle, (x, top, bottom) => this.#note(x * across, (x + 1) * across, top * down, bottom * down));
    this.#sumUp(grids);
  }

  /** A strip, in cells. */
  #note(left: number, right: number, top: number, bottom: number): void {
    const first = Math.floor(left);
    const last = Math.min(SIDE - 1, Math.ceil(right) - 1);
    this.#first = Math.min(this.#first, first);
    this.#last = Math.max(this.#last, last);
    const begins = Math.floor(top), ends = Math.floor(bottom);
    for (let x = first; x <= last; x++) {
      const width = Math.min(right, x + 1) - Math.max(left, x);
      const begin = x * ROWS + begins, end = x * ROWS + ends;
      add(this.#edge, begin, width * (begins + 1 - top));
      add(this.#below, begin, width);
      add(this.#edge, end, -width * (ends + 1 - bottom));
      add(this.#below, end, -width);
    }
  }

  #sumUp(grids: readonly Float64Array[]): void {
    for (let x = this.#first; x <= this.#last; x++) {
      let above = 0;
      for (let y = 0, at = x * ROWS; y < SIDE; y++, at++) {
        // What cancels out leaves a rounding error of either sign.
        const cover = Math.min(1, Math.max(0, above + (this.#edge[at] ?? 0)));
        if (cover > 1e-9) for (const grid of grids) add(grid, y * SIDE + x, cover);
        above += this.#below[at] ?? 0;
      }
      this.#edge.fill(0, x * ROWS, (x + 1) * ROWS);
      this.#below.fill(0, x * ROWS, (x + 1) * ROWS);
    }
    this.#first = SIDE;
    this.#last = -1;
  }
}

function add(numbers: Float64Array, at: number, value: number): void {
  numbers[at] = (numbers[at] ?? 0) + value;
}

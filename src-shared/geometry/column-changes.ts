/** Fine grid lines a pixel. */
const SCALE = 5;

/** Changes, and columns, that room is kept for: making room for most polygons takes longer than filling it. */
const FEW = 1024, MANY = 65_536;
/** Lists that are longer are sorted faster by the library. */
const SHORT = 50;

/** A pixel coordinate on the fine grid, as COCO's tools round it. */
export const onFineGrid = (pixel: number): number => Math.trunc(SCALE * pixel + 0.5);

/**
 * At which rows the pixel columns of an image change between outside and inside, by the rule of cocoapi's maskApi
 * (rleFrPoly): each side of an outline, on the fine grid, is walked along its longer axis in whole steps, and where
 * the walk passes from fine column 5c + 2 to 5c + 3 (the middle of pixel column c), the smaller of the two fine rows is where
 * column c changes. Here only those places are computed, by the walk's own sums, so that they are the same to the bit.
 */
export class ColumnChanges {
  count = 0;
  /** First column with changes, and last. */
  left = 0;
  right = -1;
  #columns = new Int32Array(FEW);
  #rows = new Int32Array(FEW);
  #ends = new Int32Array(FEW);
  #sorted = new Int32Array(FEW);
  #height = 0;
  #width = 0;

  clear(h: number, w: number): void {
    this.count = 0;
    if (this.#columns.length > MANY) this.#makeRoom(FEW);
    if (this.#ends.length > MANY) this.#ends = new Int32Array(FEW);
    this.left = w;
    this.right = -1;
    this.#height = h;
    this.#width = w;
  }

  /** A side from one corner to the next, on the fine grid. Gives how many columns it crosses. */
  addSide(fromX: number, fromY: number, toX: number, toY: number): number {
    const dx = Math.abs(toX - fromX);
    const first = Math.max(0, Math.ceil(((fromX < toX ? fromX : toX) - 2) / SCALE));
    const end = Math.min(this.#width, Math.floor(((fromX < toX ? toX : fromX) - 3) / SCALE) + 1);
    if (first >= end) return 0;
    if (first < this.left) this.left = first;
    if (end > this.right) this.right = end - 1;
    if (this.count + end - first > this.#columns.length) this.#makeRoom(2 * (this.count + end - first));
    const dy = Math.abs(toY - fromY);
    // Walked from the lower end of the longer axis whichever way it is drawn, so a side and its reverse agree.
    const flip = dx < dy ? fromY > toY : fromX > toX;
    const x0 = flip ? toX : fromX;
    const y0 = flip ? toY : fromY;
    if (dx >= dy) this.#addFlat(x0, y0, ((flip ? fromY : toY) - y0) / dx, first, end);
    else this.#addSteep(x0, y0, (flip ? fromX : toX) - x0, dy, first, end);
    return end - first;
  }

  #addFlat(x0: number, y0: number, slope: number, first: number, end: number): void {
    const columns = this.#columns;
    const rows = this.#rows;
    const height = this.#height;
    let n = this.count;
    for (let column = first, along = first * SCALE + 2 - x0; column < end; column++, along += SCALE) {
      const row = Math.trunc(y0 + slope * along + 0.5);
      const next = Math.trunc(y0 + slope * (along + 1) + 0.5);
      columns[n] = column;
      rows[n++] = pixelRow(row < next ? row : next, height);
    }
    this.count = n;
  }

  /** Wanted is the first step down that is beyond the column's middle: a division finds it but for rounding, the walk's sum decides. */
  #addSteep(x0: number, y0: number, across: number, dy: number, first: number, end: number): void {
    const columns = this.#columns;
    const rows = this.#rows;
    const height = this.#height;
    const slope = across / dy;
    const sign = across > 0 ? 1 : -1;
    const perFine = dy / across;
    let n = this.count;
    for (let column = first; column < end; column++) {
      const beyond = column * SCALE + (across > 0 ? 3 : 2);
      let step = Math.ceil((beyond - x0 - sign / 2) * perFine);
      if (step < 1) step = 1;
      else if (step > dy) step = dy;
      while (step > 1 && (Math.trunc(x0 + slope * (step - 1) + 0.5) - beyond) * sign >= 0) step--;
      while (step < dy && (Math.trunc(x0 + slope * step + 0.5) - beyond) * sign < 0) step++;
      columns[n] = column;
      rows[n++] = pixelRow(y0 + step - 1, height);
    }
    this.count = n;
  }

  /** Visits the columns from `left` to `right` with their changes: rows[from … end), ascending. */
  forEachColumn(visit: (rows: Int32Array, from: number, end: number) => void): void {
    const columns = this.right - this.left + 1;
    if (columns <= 0) return;
    this.#group(columns);
    const sorted = this.#sorted;
    let from = 0;
    for (let column = 0; column < columns; column++) {
      const end = this.#ends[column] ?? 0;
      sortRows(sorted, from, end);
      visit(sorted, from, end);
      from = end;
    }
  }

  /** Rows into `sorted`, one column's behind the other's; `ends` says where each column's end. */
  #group(width: number): void {
    if (this.#ends.length < width) this.#ends = new Int32Array(width);
    else this.#ends.fill(0, 0, width);
    if (this.#sorted.length < this.count) this.#sorted = new Int32Array(this.#columns.length);
    const { count, left } = this;
    const columns = this.#columns;
    const rows = this.#rows;
    const ends = this.#ends;
    const sorted = this.#sorted;
    for (let i = 0; i < count; i++) {
      const column = (columns[i] ?? 0) - left;
      ends[column] = (ends[column] ?? 0) + 1;
    }
    for (let column = 0, sum = 0; column < width; column++) {
      const own = ends[column] ?? 0;
      ends[column] = sum;
      sum += own;
    }
    for (let i = 0; i < count; i++) {
      const column = (columns[i] ?? 0) - left;
      const place = ends[column] ?? 0;
      sorted[place] = rows[i] ?? 0;
      ends[column] = place + 1;
    }
  }

  #makeRoom(room: number): void {
    const columns = new Int32Array(room);
    const rows = new Int32Array(room);
    columns.set(this.#columns.subarray(0, this.count));
    rows.set(this.#rows.subarray(0, this.count));
    this.#columns = columns;
    this.#rows = rows;
    this.#sorted = new Int32Array(room);
  }
}

/** The first pixel row whose middle lies at or below the middle of a fine row. */
function pixelRow(fineRow: number, height: number): number {
  const row = Math.ceil((fineRow + 0.5) / SCALE - 0.5);
  return row <= 0 ? 0 : row > height ? height : row;
}

/** Sorts rows[from … end), ascending. */
function sortRows(rows: Int32Array, from: number, end: number): void {
  if (end - from > SHORT) {
    rows.subarray(from, end).sort();
    return;
  }
  for (let i = from + 1; i < end; i++) {
    const row = rows[i] ?? 0;
    let j = i;
    for (; j > from && (rows[j - 1] ?? 0) > row; j--) rows[j] = rows[j - 1] ?? 0;
    rows[j] = row;
  }
}

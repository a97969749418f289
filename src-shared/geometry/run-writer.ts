/** Counts that writers begin with room for, and most that are kept for the next one. */
const FEW = 256, MANY = 65_536;

/** The room of the last writer that finished: most masks are written one after the other, and making room takes longer than filling it. */
let spare: Uint32Array<ArrayBuffer> | null = null;

/** Collects alternating run lengths (the first of zeros), merging neighbours of one value and skipping empty runs. */
export class RunWriter {
  #counts: Uint32Array<ArrayBuffer>;
  #length = 1;
  #inside = false;

  constructor() {
    this.#counts = spare ?? new Uint32Array(FEW);
    this.#counts[0] = 0;
    spare = null;
  }

  /** Append `length` pixels, all inside or all outside. */
  add(inside: boolean, length: number): void {
    if (length <= 0) return;
    if (inside === this.#inside) {
      const last = this.#length - 1;
      this.#counts[last] = (this.#counts[last] ?? 0) + length;
      return;
    }
    this.#inside = inside;
    if (this.#length === this.#counts.length) this.#grow();
    this.#counts[this.#length++] = length;
  }

  /** Append a column of `height` pixels that are inside from row `top` to before row `bottom`: three calls in one. */
  addColumn(top: number, bottom: number, height: number): void {
    if (bottom <= top) {
      this.add(false, height);
      return;
    }
    while (this.#length + 3 > this.#counts.length) this.#grow();
    const counts = this.#counts;
    let n = this.#length;
    if (!this.#inside) {
      counts[n - 1] = (counts[n - 1] ?? 0) + top;
      counts[n++] = bottom - top;
    } else if (top === 0) counts[n - 1] = (counts[n - 1] ?? 0) + bottom;
    else {
      counts[n++] = top;
      counts[n++] = bottom - top;
    }
    this.#inside = bottom === height;
    if (!this.#inside) counts[n++] = height - bottom;
    this.#length = n;
  }

  /** The runs so far, as an array of their own; nothing is to be added any more. */
  finish(): Uint32Array<ArrayBuffer> {
    const counts = this.#counts.slice(0, this.#length);
    if (this.#counts.length <= MANY) spare = this.#counts;
    this.#counts = counts;
    return counts;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#length * 2);
    larger.set(this.#counts);
    this.#counts = larger;
  }
}

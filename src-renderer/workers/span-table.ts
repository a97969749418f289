/**
 * A shape as vertical spans [top, bottom) on consecutive columns: run lengths brought to the screen.
 * Spans of a column are sorted and disjoint; columns outside the table are empty. Reused from shape to shape, so that
 * painting allocates nothing.
 */
export class SpanTable {
  /** Index of the first column. */
  first = 0;
  columns = 0;
  #starts = new Uint32Array(256);
  #bounds = new Float64Array(1024);
  #spans = 0;

  clear(first: number): void {
    this.first = first;
    this.columns = 0;
    this.#spans = 0;
    this.#starts[0] = 0;
  }

  /** Adds a span below the last one of the column being built. */
  add(top: number, bottom: number): void {
    if (bottom <= top) return;
    const at = this.#spans * 2;
    if (at + 2 > this.#bounds.length) {
      const grown = new Float64Array(this.#bounds.length * 2);
      grown.set(this.#bounds);
      this.#bounds = grown;
    }
    this.#bounds[at] = top;
    this.#bounds[at + 1] = bottom;
    this.#spans++;
  }

  endColumn(): void {
    this.columns++;
    if (this.columns >= this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.columns] = this.#spans;
  }

  get empty(): boolean {
    return this.#spans === 0;
  }

  /** Number of a column's first span, and of the one after its last: `top(i)`, `bottom(i)` for start ≤ i < end. */
  start(column: number): number {
    const index = column - this.first;
    return index < 0 ? 0 : index >= this.columns ? this.#spans : (this.#starts[index] ?? 0);
  }

  end(column: number): number {
    const index = column - this.first;
    return index < 0 ? 0 : index >= this.columns ? this.#spans : (this.#starts[index + 1] ?? 0);
  }

  top(span: number): number {
    return this.#bounds[span * 2] ?? 0;
  }

  bottom(span: number): number {
    return this.#bounds[span * 2 + 1] ?? 0;
  }
}

/** Collects alternating run lengths (the first of zeros), merging neighbours of one value and skipping empty runs. */
export class RunWriter {
  #counts = new Uint32Array(256);
  #length = 1;
  #inside = false;

  /** Append `length` pixels, all inside or all outside. */
  add(inside: boolean, length: number): void {
    if (length <= 0) return;
    if (inside !== this.#inside) {
      this.#inside = inside;
      if (this.#length === this.#counts.length) {
        const larger = new Uint32Array(this.#length * 2);
        larger.set(this.#counts);
        this.#counts = larger;
      }
      this.#length++;
    }
    const last = this.#length - 1;
    this.#counts[last] = (this.#counts[last] ?? 0) + length;
  }

  /** The runs so far, as an array of their own. */
  finish(): Uint32Array {
    return this.#counts.slice(0, this.#length);
  }
}

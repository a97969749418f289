import { createHash } from 'node:crypto';
import type { DatasetInstance } from '../source.ts';
import type { CheckedImage } from './found.ts';

/** Numbers an image is remembered by: its id, 52 bits of its content's hash, and 52 of what is labeled on it. */
const PER_IMAGE = 3;

/** Finds images with the same content and different labels, with 24 bytes an image. */
export class Copies {
  #numbers = new Float64Array(PER_IMAGE * 1024);
  #images = 0;

  add({ id, contentHash }: CheckedImage, instances: readonly DatasetInstance[]): void {
    if (contentHash === null) return;
    if ((this.#images + 1) * PER_IMAGE > this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.set([id, Number.parseInt(contentHash.slice(0, 13), 16), labelHash(instances)], this.#images++ * PER_IMAGE);
  }

  /** Images that are labeled otherwise than the first with the same content, with that one. By its id. */
  differing(): { image: number; first: number }[] {
    const at = (i: number, field: number): number => this.#numbers[i * PER_IMAGE + field] ?? 0;
    const first = new Map<number, number>();
    const found: { image: number; first: number }[] = [];
    // Images come by id, so the first is met before the others.
    for (let i = 0; i < this.#images; i++) {
      const content = at(i, 1);
      const known = first.get(content);
      if (known === undefined) first.set(content, i);
      else if (at(known, 2) !== at(i, 2)) found.push({ image: at(i, 0), first: at(known, 0) });
    }
    return found;
  }
}

/** The same for the same shapes with the same classes, in whatever order they were drawn. 0 for none. */
function labelHash(instances: readonly DatasetInstance[]): number {
  let sum = 0n;
  for (const { class: cls, shape } of instances) {
    const hash = createHash('sha256').update(`${cls} ${shape.kind}`);
    if (shape.kind === 'mask') hash.update(`${shape.size}`).update(shape.counts);
    else hash.update(JSON.stringify(shape));
    sum += BigInt(`0x${hash.digest('hex').slice(0, 16)}`);
  }
  return Number(sum & 0xf_ffff_ffff_ffffn);
}

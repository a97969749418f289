import { expect } from 'vitest';
import { decodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleArea } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import type { MemorySource } from './dataset-source.ts';

/** Objects of one image by their class, whichever program has them. */
export interface Seen {
  readonly image: string;
  readonly objects: readonly { readonly class: string; readonly mask: Rle }[];
}

/** A mask as the runners send it. */
export const peerMask = (counts: string, size: readonly [number, number]): Rle => ({ size: [size[0], size[1]], counts: decodeCocoCounts(counts) });

const stem = (path: string): string => path.replace(/\.[^./]*$/, '');

/** What a source has of each image; the rest, such as objects that cover no pixel, is no matter of masks. */
export function seenIn(source: MemorySource): Seen[] {
  const names = new Map(source.labels.map(({ id, name }) => [id, name]));
  return source.pictures.map(({ id, path, width, height }) => ({
    image: stem(path),
    objects: source.instances(id).map((instance) => ({ class: names.get(instance.class ?? 0) ?? '', mask: shapeToRle(instance.shape, height ?? 0, width ?? 0) })).filter(({ mask }) => rleArea(mask) > 0),
  }));
}

/**
 * The same images, of each the same number of objects of each class, and each object has one in the other with an IoU of `least`
 * or more: by the largest first, so that two objects never share one.
 */
export function expectSameMasks(theirs: readonly Seen[], ours: readonly Seen[], least: number): void {
  const named = (all: readonly Seen[]): string[] => all.map(({ image }) => stem(image)).toSorted();
  expect(named(theirs)).toEqual(named(ours));
  for (const { image, objects } of ours) {
    const left = [...(theirs.find((other) => stem(other.image) === image)?.objects ?? [])];
    expect(left.map((object) => object.class).toSorted(), image).toEqual(objects.map((object) => object.class).toSorted());
    for (const object of objects) {
      const ious = left.map((other) => (other.class === object.class ? rleIou(object.mask, other.mask) : -1));
      const best = Math.max(...ious);
      expect(best, `${image}: ${object.class} of ${rleArea(object.mask)} pixels`).toBeGreaterThanOrEqual(least);
      left.splice(ious.indexOf(best), 1);
    }
  }
}

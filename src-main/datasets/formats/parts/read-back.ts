import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { rleIou } from '../../../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { DatasetInstance, SizedImage } from '../../source.ts';
import type { ReadBack } from '../format.ts';
import { inPaintingOrder } from './writing.ts';

/** What is read back of each instance of an image where most of it depends on that instance alone; also of those that cannot be drawn. */
export function readBackEach(instances: readonly DatasetInstance[], { width, height }: SizedImage, of: (instance: DatasetInstance) => ReadBack): ReadBack[] {
  return instances.map((instance) => {
    try {
      return of(instance);
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      return { mask: { size: [height, width], counts: Uint32Array.of(height * width) }, reasons: [error.message] };
    }
  });
}

/**
 * For formats without a painting order, of which readers take the order of the file, which is that of the project's numbers:
 * the instances (by number) that share pixels with one over or under which they then lie otherwise.
 */
export function paintedOtherwise(instances: readonly DatasetInstance[], { width, height }: SizedImage): ReadonlySet<number> {
  const found = new Set<number>();
  const painted = inPaintingOrder(instances);
  if (painted.every(({ id }, i) => id === instances[i]?.id)) return found;
  const masks = new Map(readable(painted, height, width));
  for (const [i, below] of painted.entries()) {
    for (const above of painted.slice(i + 1)) {
      const [a, b] = [masks.get(below.id), masks.get(above.id)];
      if (above.id > below.id || a === undefined || b === undefined || rleIou(a, b) === 0) continue;
      found.add(above.id).add(below.id);
    }
  }
  return found;
}

function* readable(instances: readonly DatasetInstance[], height: number, width: number): Generator<[number, ReturnType<typeof shapeToRle>]> {
  for (const { id, shape } of instances) {
    try {
      yield [id, shapeToRle(shape, height, width)];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
    }
  }
}

import fc from 'fast-check';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from './dataset-source.ts';

const CLASSES = ['cat', 'dog', 'traffic light'];
const W = 48, H = 36;

const centre = fc.record({ x: fc.double({ min: 8, max: W - 8, noNaN: true }), y: fc.double({ min: 8, max: H - 8, noNaN: true }) });
const radius = fc.double({ min: 4, max: 9, noNaN: true });

/** A disc, whole or with a hole in it, and alone or beside a small square. */
const blob: fc.Arbitrary<Shape> = fc.record({ at: centre, r: radius, hole: fc.boolean(), island: fc.boolean() }).map(({ at, r, hole, island }) =>
  maskShape(rleFromBitmap(Uint8Array.from({ length: W * H }, (_, i) => {
    const [x, y] = [i % W, Math.floor(i / W)];
    const away = Math.hypot(x + 0.5 - at.x, y + 0.5 - at.y);
    return Number((away < r && !(hole && away < r / 3)) || (island && x < 3 && y < 3));
  }), H, W)));

/** A star around its middle, which does not cross itself. */
const star: fc.Arbitrary<Shape> = fc.record({ at: centre, radii: fc.array(radius, { minLength: 5, maxLength: 11 }) }).map(({ at, radii }) => {
  const outer = radii.flatMap((r, i) => [at.x + r * Math.cos((2 * Math.PI * i) / radii.length), at.y + r * Math.sin((2 * Math.PI * i) / radii.length)]);
  return { kind: 'polygon', parts: [{ outer: outer.map((value) => Math.round(value * 100) / 100), holes: [] }] };
});

/**
 * Data sets for other programs to read: nothing that their formats have no words for, but holes, several parts, polygons with
 * fractions and objects over one another. Each image has objects; each class is used.
 */
const peerScene: fc.Arbitrary<MemorySource> = fc.array(fc.array(fc.oneof(blob, star), { minLength: 3, maxLength: 5 }), { minLength: 3, maxLength: 3 }).map((images) => {
  const source = new MemorySource();
  for (const [i, name] of CLASSES.entries()) source.class(i + 1, name);
  for (const [i, shapes] of images.entries()) {
    source.image(i + 1, `image_${i + 1}.png`, W, H, { split: i === 0 ? 'val' : 'train' });
    for (const [k, shape] of shapes.entries()) source.instance(10 * i + k + 1, i + 1, 1 + (k % CLASSES.length), shape);
  }
  return source;
});

/** The same one each time: how near others come to our pixels depends on the shapes, and tests ask for so much. */
export const onePeerScene = (): MemorySource => fc.sample(peerScene, { numRuns: 1, seed: 20_260 })[0] ?? new MemorySource();

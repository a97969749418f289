import fc from 'fast-check';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import type { Extras } from '../../src-main/datasets/extras.ts';
import { MemorySource } from './dataset-source.ts';

/** How many scenes a test tries: so many, or as MASKWRIGHT_SCENES says (docs/formats/README.md). */
export function scenes(usual: number): number {
  const asked = Number(process.env['MASKWRIGHT_SCENES'] ?? usual);
  if (!Number.isInteger(asked) || asked < 1) throw new Error('MASKWRIGHT_SCENES is to be a number of scenes, such as 1000.');
  return asked;
}

/** Names that someone has and that break what is careless. */
const ODD = ['=cmd|calc', '<img src=x onerror=alert(1)>', 'a "b" & c', '日本語', 'كلب', 'naïve', '🦊', '__proto__', 'constructor', 'x;y,z', "it's", '100%', '0', 'null', 'a\tb', 'con'];
const className = fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })).map((name) => name.trim()).filter((name) => name !== '');
const plain = fc.stringMatching(/^[A-Za-z0-9 _äé雪🦊%&'-]{1,10}$/u).map((name) => `x${name.trim()}`);
const path = fc.tuple(fc.array(plain, { maxLength: 2 }), plain, fc.constantFrom('.jpg', '.png', '.tif', '')).map(([folders, name, extension]) => [...folders, name + extension].join('/'));

const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), fc.boolean(), fc.constant(null));
/** Fields only when they are there. */
const extras = fc.record<Extras>({
  attributes: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), scalar, { minKeys: 1, maxKeys: 3 }),
  crowd: fc.constant(true), occluded: fc.constant(true), truncated: fc.constant(true), difficult: fc.constant(true),
  group: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('herd', 'left')),
  score: fc.double({ noNaN: true, min: 0, max: 1 }),
  description: fc.string({ maxLength: 10 }),
}, { requiredKeys: [] });

const mask = (h: number, w: number): fc.Arbitrary<Shape> =>
  fc.array(fc.nat(1), { minLength: h * w, maxLength: h * w }).filter((bits) => bits.includes(1)).map((bits) => maskShape(rleFromBitmap(Uint8Array.from(bits), h, w)));

/** A coordinate on a pixel's corner, or anywhere. */
const coordinate = (most: number): fc.Arbitrary<number> => fc.oneof(fc.integer({ min: 0, max: most }), fc.double({ min: 0, max: most, noNaN: true }));

function polygon(h: number, w: number): fc.Arbitrary<Shape> {
  const ring = fc.array(fc.tuple(coordinate(w), coordinate(h)), { minLength: 3, maxLength: 6 }).map((points) => points.flat());
  return fc.array(fc.record({ outer: ring, holes: fc.array(ring, { maxLength: 1 }) }), { minLength: 1, maxLength: 2 }).map((parts) => ({ kind: 'polygon', parts }));
}

const box = (h: number, w: number): fc.Arbitrary<Shape> =>
  fc.tuple(coordinate(w), coordinate(h), coordinate(w), coordinate(h))
    .map(([x, y, right, bottom]) => ({ kind: 'box', box: { x: Math.min(x, right), y: Math.min(y, bottom), width: Math.abs(right - x), height: Math.abs(bottom - y) } }));

const image = fc.record({ h: fc.integer({ min: 1, max: 9 }), w: fc.integer({ min: 1, max: 9 }), path, split: fc.constantFrom(null, 'train', 'val'), extras: fc.constantFrom<Extras>({}, { attributes: { weather: 'snow' } }) })
  .chain((of) => fc.record({ ...Object.fromEntries(Object.entries(of).map(([key, value]) => [key, fc.constant(value)])) as { [K in keyof typeof of]: fc.Arbitrary<(typeof of)[K]> }, instances: fc.array(fc.record({ shape: fc.oneof(mask(of.h, of.w), polygon(of.h, of.w), box(of.h, of.w)), label: fc.nat(), z: fc.integer({ min: -3, max: 3 }), extras }), { maxLength: 4 }) }));

/**
 * Small data sets: masks with holes, islands and single pixels, drawn polygons that cross themselves, have parts and holes,
 * boxes with fractions, all over one another; classes and pictures with names that exist; every kind of extras.
 */
export const scene: fc.Arbitrary<MemorySource> = fc
  .record({ classes: fc.uniqueArray(className, { minLength: 1, maxLength: 4, selector: (name) => name.normalize('NFC').toLowerCase() }), images: fc.uniqueArray(image, { minLength: 1, maxLength: 3, selector: (of) => of.path.toLowerCase() }) })
  .map(({ classes, images }) => {
    const source = new MemorySource();
    for (const [i, name] of classes.entries()) source.class(i + 1, name);
    for (const [i, of] of images.entries()) source.image(i + 1, of.path, of.w, of.h, { split: of.split, extras: of.extras });
    for (const [i, of] of images.entries()) {
      for (const instance of of.instances) {
        // One in five has no class.
        const label = instance.label % 5 === 0 ? null : 1 + (instance.label % classes.length);
        source.instance(source.shapes.length + 1, i + 1, label, instance.shape, instance.extras);
        Object.assign(source.shapes.at(-1) ?? {}, { z: instance.z });
      }
    }
    return source;
  });

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { masksOfLabels, paintLabel } from './label-map.ts';
import { rleFromBitmap } from './rle.ts';

const maps = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70 })).chain(([h, w]) =>
  fc.array(fc.constantFrom(0, 0, 1, 2, 300, 70_000), { minLength: h * w, maxLength: h * w }).map((labels) => ({ h, w, labels: Uint32Array.from(labels) })),
);

test('each label’s mask holds its pixels, and painting them gives the map back', () => {
  fc.assert(
    fc.property(maps, ({ h, w, labels }) => {
      const masks = masksOfLabels(labels, h, w);
      expect([...masks.keys()].toSorted((a, b) => a - b)).toEqual([...new Set(labels)].filter((label) => label !== 0).toSorted((a, b) => a - b));
      const painted = new Uint32Array(h * w);
      for (const [label, mask] of masks) {
        expect(mask).toEqual(rleFromBitmap(Uint8Array.from(labels, (at) => (at === label ? 1 : 0)), h, w));
        paintLabel(painted, mask, label);
      }
      expect(painted).toEqual(labels);
    }),
  );
});

test('a photograph taken for a label picture is refused before it fills the memory', () => {
  expect(() => masksOfLabels(Uint32Array.from({ length: 100 }, (_, i) => i), 10, 10, 50)).toThrowError(expect.objectContaining({ code: 'too-large' }));
});

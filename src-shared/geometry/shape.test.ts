import { describe, expect, test } from 'vitest';
import { MaskShape } from '../domain/schema.ts';
import { rleFromBitmap } from './rle.ts';
import { maskRle, maskShape, shapeMeasures, shapeToRle } from './shape.ts';

const refused = expect.objectContaining({ code: 'bad-request' });

describe('shapes', () => {
  const rle = rleFromBitmap(Uint8Array.of(0, 1, 1, 1, 1, 0), 2, 3);

  test('a mask comes back from its stored form and passes its schema', () => {
    const shape = maskShape(rle);
    expect(MaskShape.parse(shape)).toEqual(shape);
    expect(maskRle(shape)).toEqual(rle);
    expect(shapeMeasures(shape, 2, 3)).toEqual({ area: 4, box: { x: 0, y: 0, width: 3, height: 2 } });
  });

  test('a mask whose runs do not fill its image is refused', () => {
    expect(() => maskRle({ kind: 'mask', size: [2, 3], counts: Uint8Array.of(7) })).toThrow(refused);
    expect(() => maskRle({ kind: 'mask', size: [2, 3], counts: Uint8Array.of(0x86) })).toThrow(refused);
  });

  test('a mask of another image is refused', () => {
    expect(() => shapeToRle(maskShape(rle), 3, 2)).toThrow(refused);
  });

  test('a polygon measures its pixels, holes left out', () => {
    const part = { outer: [0, 0, 4, 0, 4, 4, 0, 4], holes: [[1, 1, 3, 1, 3, 3, 1, 3]] };
    expect(shapeMeasures({ kind: 'polygon', parts: [part] }, 10, 10)).toEqual({ area: 12, box: { x: 0, y: 0, width: 4, height: 4 } });
  });

  test('a box measures itself and fills the pixels whose centres it covers', () => {
    const box = { x: 1.25, y: 0, width: 1.5, height: 2 };
    expect(shapeMeasures({ kind: 'box', box }, 3, 4)).toEqual({ area: 3, box });
    expect([...shapeToRle({ kind: 'box', box }, 3, 4).counts]).toEqual([3, 2, 1, 2, 4]);
  });
});

import { Packr } from 'msgpackr';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLarger } from './argument-size.ts';

const MOST = 1000;

test('what is far too large is found in every kind of value that crosses, also in one that holds itself', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const holes: unknown[] = [];
  holes.length = 2 ** 32 - 1;
  const large: unknown[] = ['x'.repeat(1001), new Uint8Array(1001), new ArrayBuffer(1001), new DataView(new ArrayBuffer(1001)), new Float64Array(126), Array.from({ length: 1001 }, () => null), holes, circle,
    new Set(Array.from({ length: 1001 }, (_, i) => i)), new Map([[1, 'x'.repeat(1001)]]), { ['x'.repeat(1001)]: 1 }, { a: [{ b: new Map([['c', new Set([new Uint8Array(1001)])]]) }] }, JSON.parse(`{"__proto__": "${'x'.repeat(1001)}"}`)];
  for (const value of large) expect(isLarger(value, MOST)).toBe(true);
});

test('as MessagePack counts, to a factor', () => {
  const packr = new Packr({ useRecords: false });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const bytes = packr.pack(value).length;
      expect(isLarger(value, 5 * bytes + 5)).toBe(false);
      expect(isLarger(value, Math.floor(bytes / 4) - 1)).toBe(true);
    }),
  );
});

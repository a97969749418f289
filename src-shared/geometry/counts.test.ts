import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCocoCounts, encodeCocoCounts } from './coco-counts.ts';
import { packCounts, unpackCounts } from './packed-counts.ts';

const anyCount = fc.oneof(fc.nat(40), fc.nat(70_000), fc.integer({ min: 0, max: 0xffff_ffff }));
const anyCounts = fc.array(anyCount, { maxLength: 60 }).map((a) => Uint32Array.from(a));
const refused = expect.objectContaining({ code: 'bad-request' });

describe('packed counts', () => {
  test('are LEB128 varints', () => {
    // 624485 is the example of the DWARF specification.
    expect([...packCounts(Uint32Array.of(624_485, 0, 127, 128, 0xffff_ffff))]).toEqual([
      0xe5, 0x8e, 0x26, 0, 127, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f,
    ]);
  });
  test('unpack to what was packed', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        expect(unpackCounts(packCounts(counts))).toEqual(counts);
      }),
    );
  });
  test('have one form: whatever bytes are accepted pack to themselves', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        let counts: Uint32Array;
        try {
          counts = unpackCounts(bytes);
        } catch (error) {
          expect(error).toEqual(refused);
          return;
        }
        expect(packCounts(counts)).toEqual(bytes);
      }),
    );
  });
  test.each([
    ['cut', [5, 0x80]],
    ['longer than need be', [0x85, 0]],
    ['33 bits', [0x80, 0x80, 0x80, 0x80, 0x10]],
    ['endless', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
  ])('are refused when %s', (_why, bytes) => {
    expect(() => unpackCounts(Uint8Array.from(bytes))).toThrow(refused);
  });
});

describe('COCO count strings', () => {
  test.each([
    // By hand from the definition: 6 → "6"; 16 needs a second group because bit 4 is the sign → "`0".
    [[6], '6'],
    [[15, 16], '?`0'],
    // The fourth count is written as 2 - 4 = -2 → group 0x1e → "N"; the fifth as 9 - 3 = 6.
    [[1, 4, 3, 2, 9], '143N6'],
    [[0, 100, 0], '0T30'],
  ])('%j is %s', (counts, text) => {
    expect(encodeCocoCounts(Uint32Array.from(counts))).toBe(text);
    expect([...decodeCocoCounts(text)]).toEqual(counts);
  });
  test('decode to what was encoded, in printable characters', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const text = encodeCocoCounts(counts);
        expect(text).toMatch(/^[0-o]*$/);
        expect(decodeCocoCounts(text)).toEqual(counts);
      }),
    );
  });
  test('hold differences of 33 bits either way', () => {
    const counts = Uint32Array.of(5, 0xffff_ffff, 0, 0, 0xffff_ffff, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0, 16, 15);
    expect(decodeCocoCounts(encodeCocoCounts(counts))).toEqual(counts);
  });
  test('of a long mask do not exhaust the stack', () => {
    const counts = new Uint32Array(300_000).map((_, i) => (i * 7919) % 5000);
    expect(decodeCocoCounts(encodeCocoCounts(counts))).toEqual(counts);
  });
  test.each([
    ['foreign character', '1 2'],
    ['beyond the alphabet', '1p'],
    ['cut', '`'],
    ['negative run', 'N'],
    ['endless number', 'oooooooooooooo0'],
  ])('are refused: %s', (_why, text) => {
    expect(() => decodeCocoCounts(text)).toThrow(refused);
  });
});

import { expect, test } from 'vitest';
import { maskFlaw } from './mask-flaw.ts';
import { packCounts, unpackCounts } from './packed-counts.ts';

const packed = (...counts: number[]) => packCounts(Uint32Array.from(counts));

test.each([
  [packed(12), null],
  [packed(0, 12), null],
  [packed(3, 4, 5), null],
  [packed(3, 4, 6), 'its run lengths cover 13 pixels, not 4 × 3'],
  [packed(), 'its run lengths cover 0 pixels, not 4 × 3'],
  [Uint8Array.of(0x8c), 'its run lengths are cut off'],
  [Uint8Array.of(0x8c, 0), 'a run length is malformed'],
  [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 1), 'a run length is malformed'],
  [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f), 'a run length is malformed'],
])('%s', (counts, flaw) => {
  expect(maskFlaw({ size: [3, 4], counts })).toBe(flaw);
});

test('numbers of all lengths are read as unpackCounts reads them', () => {
  const counts = [127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, 0xffff_ffff];
  for (const count of counts) {
    const bytes = packed(count);
    expect(unpackCounts(bytes)).toEqual(Uint32Array.of(count));
    expect(maskFlaw({ size: [1, count], counts: bytes })).toBeNull();
    expect(maskFlaw({ size: [1, count - 1], counts: bytes })).not.toBeNull();
  }
});

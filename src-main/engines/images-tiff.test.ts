import { expect, test } from 'vitest';
import { readTiffTags } from './images-tiff.ts';

/** A little-endian TIFF's first directory with these entries of one LONG each. */
function directory(entries: readonly (readonly [tag: number, count: number, value: number])[]): Buffer {
  const file = Buffer.alloc(8 + 2 + 12 * entries.length + 4);
  file.write('II*');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, count, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(4, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}

test('of a tag that a TIFF has twice, the first counts', () => {
  const tags = readTiffTags(directory([[273, 1, 8], [273, 1, 99], [273, 1_000_000, 8], [279, 1, 5]]), new Set([273, 279]));
  expect(tags).toEqual(new Map([[273, [8]], [279, [5]]]));
});

test('numbers outside the file are told apart from a missing tag', () => {
  expect(readTiffTags(directory([[273, 1_000_000, 8]]), new Set([273, 279]))).toEqual(new Map([[273, null]]));
});

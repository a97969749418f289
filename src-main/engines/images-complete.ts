import { bmpComplete } from './images-bmp.ts';
import type { SourceHeader } from './images-source.ts';
import { readTiffTags } from './images-tiff.ts';

/**
 * Whether a file holds all the bytes that its own structure promises. Costs far less than decoding, so every
 * file can be checked when it is first looked at. True for anything that is damaged in other ways: decoding tells those.
 */
export function isComplete(bytes: Buffer, { format, bmp }: Pick<SourceHeader, 'format' | 'bmp'>): boolean {
  switch (format) {
    case 'jpeg':
      return jpegComplete(bytes);
    case 'png':
      return pngComplete(bytes);
    case 'webp':
      return bytes.length >= 12 && bytes.readUInt32LE(4) + 8 <= bytes.length;
    case 'gif':
      return gifComplete(bytes);
    case 'avif':
      return boxesComplete(bytes);
    case 'tiff':
      return tiffComplete(bytes);
    case 'bmp':
      return bmp === null || bmpComplete(bytes, bmp);
  }
}

/** ITU-T T.81 annex B: segments by their length; in entropy-coded data every marker stands out by itself. Complete at EOI. */
function jpegComplete(bytes: Buffer): boolean {
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return false;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    if (marker === undefined) return false;
    at++;
    const standsAlone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (marker === 0xd9) return true;
    if (standsAlone) continue;
    if (at + 2 > bytes.length) return false;
    at += bytes.readUInt16BE(at);
  }
}

const IEND = 0x49454e44;

/** PNG specification, 5.3: chunks of length, type, data, CRC; the last is IEND. */
function pngComplete(bytes: Buffer): boolean {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (bytes.readUInt32BE(at + 4) === IEND) return end <= bytes.length;
    at = end;
  }
  return false;
}

/** GIF89a specification: blocks up to the trailer 0x3B. */
function gifComplete(bytes: Buffer): boolean {
  let at = 13 + colourTable(bytes[10] ?? 0);
  for (;;) {
    const block = bytes[at];
    if (block === 0x3b) return true;
    if (block === 0x21) at += 2;
    else if (block === 0x2c) at += 11 + colourTable(bytes[at + 9] ?? 0);
    else return block !== undefined;
    for (;;) {
      const size = bytes[at];
      if (size === undefined) return false;
      at += 1 + size;
      if (size === 0) break;
    }
  }
}

/** Bytes of the colour table that a packed field announces. */
const colourTable = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1));

/** ISO/IEC 14496-12, 4.2: top-level boxes; size 0 runs to the end of the file, 1 is followed by 64 bits. */
function boxesComplete(bytes: Buffer): boolean {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const short = bytes.readUInt32BE(at);
    if (short === 0) return true;
    if (short === 1 && at + 16 > bytes.length) return false;
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    if (size < 8) return true;
    at += size;
  }
  return at === bytes.length;
}

const STRIP_OFFSETS = 273;
const STRIP_COUNTS = 279;
const TILE_OFFSETS = 324;
const TILE_COUNTS = 325;

const TIFF_TAGS = new Set([STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS]);

/** The first page's directory and its strips or tiles lie inside the file. */
function tiffComplete(bytes: Buffer): boolean {
  const tags = readTiffTags(bytes, TIFF_TAGS);
  if (tags === null) return false;
  const offsets = tags.get(TILE_OFFSETS) ?? tags.get(STRIP_OFFSETS);
  const counts = tags.get(TILE_COUNTS) ?? tags.get(STRIP_COUNTS);
  if ([...tags.values()].includes(null)) return false;
  return (offsets ?? []).every((offset, i) => offset + (counts?.[i] ?? 0) <= bytes.length);
}

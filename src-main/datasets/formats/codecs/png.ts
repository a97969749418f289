import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * Label images as PNG (W3C PNG, 3rd edition). By hand: sharp would turn palette indices into colors and lose them; fast-png
 * has no limit on what is unpacked, and takes two to four times as long for files half as large again, without node:zlib.
 */

/** Samples a pixel of each colour type, by the number the header has for it. */
const CHANNELS = { grey: 1, indexed: 1, rgb: 3, greyAlpha: 2, rgba: 4 } as const;
const COLOUR_TYPE = { grey: 0, rgb: 2, indexed: 3, greyAlpha: 4, rgba: 6 } as const;
export type PngKind = keyof typeof CHANNELS;

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  readonly kind: PngKind;
  /** Row-major, interleaved: a palette index, or 0–255, or 0–65535 for 16 bits. Depths below 8 stay as the numbers they are. */
  readonly samples: Uint8Array | Uint16Array;
  /** RGB, three bytes an entry; only of an indexed picture. */
  readonly palette?: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_SIDE = 65_535;

/** 16 bits a sample for a Uint16Array, else 8. An indexed picture needs its palette. */
export function encodePng({ width, height, kind, samples, palette }: PngPicture): Uint8Array {
  const wide = samples instanceof Uint16Array;
  const perRow = width * CHANNELS[kind];
  if (samples.length !== perRow * height) throw new RangeError(`${samples.length} samples are no picture of ${width} × ${height}`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([wide ? 16 : 8, COLOUR_TYPE[kind], 0, 0, 0], 8);
  // Each row begins with its filter, 0: none, which is best for flat labels.
  const stride = perRow * (wide ? 2 : 1) + 1;
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const row = samples.subarray(y * perRow, (y + 1) * perRow);
    if (row instanceof Uint8Array) rows.set(row, y * stride + 1);
    else row.forEach((value, i) => rows.writeUInt16BE(value, y * stride + 1 + 2 * i));
  }
  const colours = palette === undefined ? [] : [chunk('PLTE', palette)];
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...colours, chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/**
 * Reads a PNG. `item` names it in errors. Refused with 'dataset-invalid': what is no PNG, damaged, interlaced, or of more
 * than `mostPixels` pixels (before anything of that size is made).
 */
export function decodePng(bytes: Uint8Array, item: string, mostPixels = 1 << 28): PngPicture {
  const refuse = (why: string): never => {
    throw new MaskwrightError('dataset-invalid', `"${item}" cannot be read as a PNG: ${why}. Save it again as a PNG that is not interlaced.`, item);
  };
  const { header, palette, data } = chunksOf(bytes, refuse);
  const { width, height, depth, kind } = header;
  if (width > MOST_SIDE || height > MOST_SIDE || width * height > mostPixels) refuse(`it has ${width} × ${height} pixels, which is too much`);
  const channels = CHANNELS[kind];
  const rowBytes = Math.ceil((width * channels * depth) / 8);
  const expected = (rowBytes + 1) * height;
  let raw: Buffer;
  try {
    raw = inflateSync(Buffer.concat(data), { maxOutputLength: expected + 1 });
  } catch {
    return refuse('its pixels are damaged');
  }
  if (raw.length !== expected) refuse('it holds another number of pixels than it says');
  unfilter(raw, rowBytes, height, Math.max(1, (channels * depth) >> 3), refuse);
  return { width, height, kind, samples: samplesOf(raw, rowBytes, width * channels, height, depth), ...(kind === 'indexed' ? { palette } : {}) };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly kind: PngKind;
}

/** Depths that each colour type may have. */
const DEPTHS: Readonly<Record<PngKind, readonly number[]>> = { grey: [1, 2, 4, 8, 16], indexed: [1, 2, 4, 8], rgb: [8, 16], greyAlpha: [8, 16], rgba: [8, 16] };

function chunksOf(bytes: Uint8Array, refuse: (why: string) => never): { header: Header; palette: Uint8Array; data: Uint8Array[] } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(SIGNATURE)) refuse('its first bytes are not a PNG’s');
  let header: Header | null = null;
  let palette: Uint8Array = new Uint8Array();
  const data: Uint8Array[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (at + 12 + length > file.length) break;
    const content = file.subarray(at + 8, at + 8 + length);
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length)) refuse('a checksum is wrong');
    if (type === 'IHDR') header = headerOf(content, refuse);
    else if (type === 'PLTE') palette = content;
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') {
      if (header === null || data.length === 0) refuse('it has no header or no pixels');
      else return { header, palette, data };
    }
    at += 12 + length;
  }
  return refuse('it is cut off');
}

function headerOf(content: Buffer, refuse: (why: string) => never): Header {
  if (content.length !== 13) refuse('its header is damaged');
  const [depth = 0, type = -1, , , interlaced] = content.subarray(8);
  const kind = (Object.keys(COLOUR_TYPE) as PngKind[]).find((name) => COLOUR_TYPE[name] === type) ?? refuse('its colour type is unknown');
  if (!DEPTHS[kind].includes(depth)) refuse(`it has ${depth} bits a sample`);
  if (interlaced !== 0) refuse('it is interlaced');
  const width = content.readUInt32BE(0);
  const height = content.readUInt32BE(4);
  if (width === 0 || height === 0) refuse('it has no pixels');
  return { width, height, depth, kind };
}

/** Undoes the rows' filters in place. @param step bytes from a sample to the same one of the pixel before */
function unfilter(raw: Buffer, rowBytes: number, height: number, step: number, refuse: (why: string) => never): void {
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1) + 1;
    const filter = raw[from - 1] ?? 0;
    if (filter > 4) refuse('a row has an unknown filter');
    if (filter === 0) continue;
    for (let i = 0; i < rowBytes; i++) {
      const left = i >= step ? (raw[from + i - step] ?? 0) : 0;
      const above = y > 0 ? (raw[from + i - rowBytes - 1] ?? 0) : 0;
      const aboveLeft = y > 0 && i >= step ? (raw[from + i - step - rowBytes - 1] ?? 0) : 0;
      raw[from + i] = (raw[from + i] ?? 0) + predicted(filter, left, above, aboveLeft);
    }
  }
}

function predicted(filter: number, left: number, above: number, aboveLeft: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  // Paeth: whichever of the three is nearest to left + above − aboveLeft.
  const guess = left + above - aboveLeft;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - aboveLeft)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : aboveLeft;
}

function samplesOf(raw: Buffer, rowBytes: number, perRow: number, height: number, depth: number): Uint8Array | Uint16Array {
  const samples = depth === 16 ? new Uint16Array(perRow * height) : new Uint8Array(perRow * height);
  for (let y = 0, to = 0; y < height; y++) {
    const from = y * (rowBytes + 1) + 1;
    if (depth === 8) {
      samples.set(raw.subarray(from, from + perRow), to);
      to += perRow;
      continue;
    }
    for (let x = 0; x < perRow; x++, to++) {
      if (depth === 16) samples[to] = raw.readUInt16BE(from + 2 * x);
      else samples[to] = ((raw[from + ((x * depth) >> 3)] ?? 0) >> (8 - depth - ((x * depth) & 7))) & ((1 << depth) - 1);
    }
  }
  return samples;
}

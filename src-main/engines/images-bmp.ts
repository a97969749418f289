import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/**
 * A strict reader of Windows bitmaps, because sharp's libvips has no loader for them.
 * Source: Microsoft's documentation of BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPV5HEADER.
 */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** Bit masks of red, green, blue and alpha (0: no alpha); used for 16 and 32 bits. */
  readonly masks: readonly [number, number, number, number];
  /** Red, green, blue of each palette entry; empty above 8 bits. */
  readonly palette: Uint8Array;
  readonly pixelOffset: number;
}

const FILE_HEADER = 14;
const CORE_HEADER = 12;
const COMPRESSIONS = ['none', 'RLE8', 'RLE4', 'bit fields', 'JPEG', 'PNG', 'bit fields with alpha'];

/**
 * Reads a bitmap's header and palette.
 * Throws 'image-truncated' when the header is cut off, 'image-format' (by name) for compressed bitmaps and impossible headers.
 * @param name how sentences call the file
 */
export function readBmpHeader(bytes: Buffer, name: string, item: string): BmpHeader {
  const refuse = (why: string): MaskwrightError => new MaskwrightError('image-format', `${name} is a BMP file ${why}. Save it again as an uncompressed BMP or a PNG.`, item);
  const need = (end: number): void => {
    if (bytes.length < end) throw truncatedBmp(name, item);
  };
  need(FILE_HEADER + CORE_HEADER);
  const pixelOffset = bytes.readUInt32LE(10);
  const headerSize = bytes.readUInt32LE(14);
  const core = headerSize === CORE_HEADER;
  if (!core && (headerSize < 40 || headerSize > 124)) throw refuse(`with an unknown header of ${headerSize} bytes`);
  need(FILE_HEADER + headerSize);

  const width = core ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = core ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(core ? 24 : 28);
  const compression = core ? 0 : bytes.readUInt32LE(30);
  if (width <= 0 || signedHeight === 0) throw refuse('without width or height');
  if (bits !== 1 && bits !== 4 && bits !== 8 && bits !== 16 && bits !== 24 && bits !== 32) throw refuse(`with ${bits} bits a pixel`);
  const fields = compression === 3 || compression === 6;
  if (compression !== 0 && !fields) throw refuse(`compressed as ${COMPRESSIONS[compression] ?? `method ${compression}`}`);
  if (fields && bits !== 16 && bits !== 32) throw refuse(`with bit fields at ${bits} bits a pixel`);

  let paletteAt = FILE_HEADER + headerSize;
  let masks: [number, number, number, number] = bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0x00ff00, 0x0000ff, 0];
  if (fields) {
    const maskAt = FILE_HEADER + 40; // inside a V2 or later header, right after a 40-byte one
    const hasAlpha = headerSize >= 56 || compression === 6;
    need(maskAt + (hasAlpha ? 16 : 12));
    masks = [bytes.readUInt32LE(maskAt), bytes.readUInt32LE(maskAt + 4), bytes.readUInt32LE(maskAt + 8), hasAlpha ? bytes.readUInt32LE(maskAt + 12) : 0];
    if (headerSize === 40) paletteAt += hasAlpha ? 16 : 12;
  }
  const palette = bits <= 8 ? readPalette(bytes, paletteAt, core ? 3 : 4, paletteLength(bytes, core, bits), need) : new Uint8Array();
  if (pixelOffset < paletteAt) throw refuse('whose pixels lie inside its header');
  return { width, height: Math.abs(signedHeight), topDown: signedHeight < 0, bits, masks, palette, pixelOffset };
}

function paletteLength(bytes: Buffer, core: boolean, bits: number): number {
  const most = 1 << bits;
  const used = core ? 0 : bytes.readUInt32LE(46);
  return used === 0 ? most : Math.min(used, most);
}

function readPalette(bytes: Buffer, at: number, entry: number, length: number, need: (end: number) => void): Uint8Array {
  need(at + length * entry);
  const palette = new Uint8Array(length * 3);
  for (let i = 0; i < length; i++) {
    palette[i * 3] = bytes[at + i * entry + 2] ?? 0;
    palette[i * 3 + 1] = bytes[at + i * entry + 1] ?? 0;
    palette[i * 3 + 2] = bytes[at + i * entry] ?? 0;
  }
  return palette;
}

/** Whether all rows are there. The last one's padding may be missing: nothing is lost with it. */
export function bmpComplete(bytes: Buffer, { width, height, bits, pixelOffset }: BmpHeader): boolean {
  return bytes.length >= pixelOffset + strideOf(width, bits) * (height - 1) + Math.ceil((width * bits) / 8);
}

/** Bytes of a row: padded to a multiple of four. */
const strideOf = (width: number, bits: number): number => Math.ceil((width * bits) / 32) * 4;

/**
 * The pixels, row-major RGB, 8 bits each, the top row first; an alpha mask is flattened on white.
 * Throws 'image-truncated' when rows are missing.
 */
export function readBmpPixels(bytes: Buffer, header: BmpHeader, name: string, item: string): Buffer {
  const { width, height, bits, topDown, pixelOffset } = header;
  const stride = strideOf(width, bits);
  if (!bmpComplete(bytes, header)) throw truncatedBmp(name, item);
  const rgb = Buffer.alloc(width * height * 3);
  const readRow = bits <= 8 ? indexedRow(header) : bits === 24 ? readBgrRow : maskedRow(header);
  for (let y = 0; y < height; y++) {
    const row = bytes.subarray(pixelOffset + stride * (topDown ? y : height - 1 - y));
    readRow(row, rgb.subarray(y * width * 3, (y + 1) * width * 3));
  }
  return rgb;
}

type ReadRow = (row: Buffer, out: Buffer) => void;

/** Indexes outside the palette are black, as Windows shows them. */
function indexedRow({ bits, palette }: BmpHeader): ReadRow {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  return (row, out) => {
    for (let x = 0, o = 0; o < out.length; x++, o += 3) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const index = (((row[Math.floor(x / perByte)] ?? 0) >> shift) & mask) * 3;
      out[o] = palette[index] ?? 0;
      out[o + 1] = palette[index + 1] ?? 0;
      out[o + 2] = palette[index + 2] ?? 0;
    }
  };
}

const readBgrRow: ReadRow = (row, out) => {
  for (let o = 0; o < out.length; o += 3) {
    out[o] = row[o + 2] ?? 0;
    out[o + 1] = row[o + 1] ?? 0;
    out[o + 2] = row[o] ?? 0;
  }
};

function maskedRow({ bits, masks }: BmpHeader): ReadRow {
  const [red, green, blue, alpha] = masks.map(channelOf) as [Channel, Channel, Channel, Channel];
  return (row, out) => {
    for (let o = 0, at = 0; o < out.length; o += 3, at += bits / 8) {
      const pixel = bits === 16 ? row.readUInt16LE(at) : row.readUInt32LE(at);
      const opacity = masks[3] === 0 ? 1 : alpha(pixel) / 255;
      const white = 255 * (1 - opacity);
      out[o] = Math.round(red(pixel) * opacity + white);
      out[o + 1] = Math.round(green(pixel) * opacity + white);
      out[o + 2] = Math.round(blue(pixel) * opacity + white);
    }
  };
}

/** A channel's value of 0–255 in a pixel: its bits scaled so that all ones are 255. */
type Channel = (pixel: number) => number;
function channelOf(mask: number): Channel {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => (((pixel & mask) >>> shift) * 255) / most;
}

function truncatedBmp(name: string, item: string): MaskwrightError {
  return new MaskwrightError('image-truncated', `${name} is cut off: the file ends before the picture does. Copy it again from where it came from.`, item);
}

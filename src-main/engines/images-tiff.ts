/**
 * Numbers of a TIFF's first directory by their tags: null for those that lie outside the file, which is then cut off.
 * Null when the directory itself does. Types BYTE to LONG8 that hold whole numbers are read; others give an empty list.
 * Source: TIFF 6.0 section 2, and the BigTIFF specification.
 */
export function readTiffTags(bytes: Buffer, tags: ReadonlySet<number>): ReadonlyMap<number, readonly number[] | null> | null {
  const little = bytes[0] === 0x49;
  const big = bytes[little ? 2 : 3] === 43;
  const end = bytes.length;
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u64 = (at: number): number => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const word = big ? 8 : 4;
  const readWord = big ? u64 : u32;
  if (end < (big ? 16 : 8)) return null;
  const directory = readWord(big ? 8 : 4);
  const countBytes = big ? 8 : 2;
  if (directory + countBytes > end) return null;
  const entries = big ? u64(directory) : u16(directory);
  const entryBytes = big ? 20 : 12;
  const first = directory + countBytes;
  if (first + entries * entryBytes > end) return null;

  const numbersOf = (entry: number): number[] | null => {
    const kind = KINDS[u16(entry + 2)];
    if (kind === undefined) return [];
    const read = { 1: (at: number) => bytes.readUInt8(at), 2: u16, 4: u32, 8: u64 }[kind];
    const count = readWord(entry + 4);
    const value = entry + 4 + word;
    const at = count * kind <= word ? value : readWord(value);
    if (at + count * kind > end) return null;
    return Array.from({ length: count }, (_, i) => read(at + i * kind));
  };

  const found = new Map<number, number[] | null>();
  for (let entry = first, n = 0; n < entries; n++, entry += entryBytes) {
    const tag = u16(entry);
    // The first of two equal tags counts, as in libtiff; reading them all could take time by the square of the file's size.
    if (tags.has(tag) && !found.has(tag)) found.set(tag, numbersOf(entry));
  }
  return found;
}

/** Bytes of one number by field type: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const KINDS: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

const PHOTOMETRIC = 262;
const SAMPLES_PER_PIXEL = 277;
const EXTRA_SAMPLES = 338;
const BANDS_TAGS = new Set([PHOTOMETRIC, SAMPLES_PER_PIXEL, EXTRA_SAMPLES]);
/** PhotometricInterpretation of gray images, white or black first. */
const GRAY = [0, 1];
/** ExtraSamples of alpha, premultiplied or not; anything else is a band of its own, such as near infrared. */
const ALPHA = [1, 2];

/** How the samples of an image's pixels are to be understood. */
export interface Bands {
  /** A sample after the colors is alpha. */
  readonly alpha: boolean;
  /** The first three samples are red, green and blue, though the file calls its pixels gray. */
  readonly firstThree: boolean;
}

/**
 * What the samples of a TIFF's first page are. Aerial and satellite images have near infrared as a fourth sample, and say
 * either that it is unspecified or, without a word of color, that black is zero (TIFF 6.0: PhotometricInterpretation,
 * ExtraSamples).
 */
export function tiffBands(bytes: Buffer): Bands {
  const tags = readTiffTags(bytes, BANDS_TAGS);
  const number = (tag: number): number | undefined => tags?.get(tag)?.[0];
  return {
    alpha: ALPHA.includes(number(EXTRA_SAMPLES) ?? 0),
    firstThree: GRAY.includes(number(PHOTOMETRIC) ?? 2) && (number(SAMPLES_PER_PIXEL) ?? 1) >= 3,
  };
}

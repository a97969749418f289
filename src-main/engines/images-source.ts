import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import type { Metadata, Sharp } from 'sharp';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { MAX_SIDE } from '../../src-shared/domain/schema.ts';
import type { Look } from './images-api.ts';
import { readBmpHeader } from './images-bmp.ts';
import type { BmpHeader } from './images-bmp.ts';
import { isComplete } from './images-complete.ts';
import { SNIFF_BYTES, sniffFormat } from './images-sniff.ts';
import type { ImageFormat } from './images-sniff.ts';
import { tiffBands } from './images-tiff.ts';
import type { Bands } from './images-tiff.ts';

// Every loader of libvips is blocked but the six that read bytes already sniffed: no SVG, no VIPS, no CSV,
// and no loader that would open a file by itself.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadTiffBuffer', 'VipsForeignLoadNsgifBuffer', 'VipsForeignLoadHeifBuffer'] });
// Pictures are cached decoded (images-pixels.ts), with a bound in bytes; libvips' own cache would come on top.
sharp.cache(false);

/** Room for the largest sensors (16,320 × 12,240); decoded, 600 MB. Checked on the header, before anything is decoded. */
const MAX_PIXELS = 200_000_000;
/** Node's and libvips' common limit on one buffer. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
const READ_CHUNK = 4 * 1024 * 1024;
const DECODE_TIMEOUT_S = 120;
/** Without O_NONBLOCK (absent on Windows) opening a named pipe that nobody writes to would wait for ever. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What the file system says of a file: cheap to ask, and enough to notice nearly every change. */
export interface FileFacts {
  readonly bytes: number;
  /** Whole milliseconds, so that it survives being stored. */
  readonly mtimeMs: number;
}

export interface SourceFile extends FileFacts {
  readonly path: string;
  readonly content: Buffer;
  /** SHA-256 of the content, hexadecimal. */
  readonly contentHash: string;
}

/** What a picture's header says, before anything was decoded. */
export interface SourceHeader extends Bands {
  readonly format: ImageFormat;
  /** Size upright, after orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation 1–8 as the file has it; 1 where it has none. */
  readonly orientation: number;
  /** Whether the stored pixels are exact: then what is shown zoomed in must be, too. */
  readonly lossless: boolean;
  /** Pages of a TIFF, frames of an animation. Only the first is used. */
  readonly pages: number;
  /** Bits of a sample, as far as they matter for reading. */
  readonly bits: 8 | 16;
  /** Present for BMP, which sharp does not read. */
  readonly bmp: BmpHeader | null;
}

/** The file's name as sentences call it. */
export const nameOf = (path: string): string => `“${basename(path)}”`;

/** Throws 'image-missing', 'no-access', 'image-format' (a folder, a pipe), 'image-too-large' or 'io'. */
export async function fileFacts(path: string): Promise<FileFacts> {
  return withFile(path, (handle) => factsOf(handle, path));
}

/** Reads a whole file and hashes it on the way. Throws as `fileFacts`. */
export async function readSource(path: string, signal?: AbortSignal): Promise<SourceFile> {
  return withFile(path, async (handle) => {
    const facts = await factsOf(handle, path);
    const content = Buffer.allocUnsafeSlow(facts.bytes);
    const hash = createHash('sha256');
    let filled = 0;
    while (filled < content.length) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(content, filled, Math.min(READ_CHUNK, content.length - filled), filled);
      if (bytesRead === 0) break;
      hash.update(content.subarray(filled, filled + bytesRead));
      filled += bytesRead;
    }
    return { path, ...facts, content: content.subarray(0, filled), contentHash: hash.digest('hex') };
  });
}

async function factsOf(handle: FileHandle, path: string): Promise<FileFacts> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new MaskwrightError('image-format', `${nameOf(path)} is no file that can be read as a picture.`, path);
  if (stat.size > MAX_FILE_BYTES) throw new MaskwrightError('image-too-large', `${nameOf(path)} takes ${(stat.size / 1e9).toFixed(1)} GB; Maskwright reads pictures of up to 2 GB. Export it smaller or in tiles.`, path);
  return { bytes: stat.size, mtimeMs: Math.trunc(stat.mtimeMs) };
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, READ_FLAGS);
    return await use(handle);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    // Only read: whatever closing says, nothing is lost.
    await handle?.close().catch(() => undefined);
  }
}

/**
 * Reads and checks a picture's header.
 * Throws 'image-empty' for a file of no bytes, 'image-format' for what is no picture or one that cannot be shown (by name), 'image-too-large',
 * 'image-truncated' (only where the header itself is cut) and 'image-unreadable'.
 */
export async function readHeader(file: SourceFile): Promise<SourceHeader> {
  const { path, content } = file;
  if (content.length === 0) throw new MaskwrightError('image-empty', `${nameOf(path)} is empty: the file has no content. Copy it again from where it came from.`, path);
  const sniffed = sniffFormat(content.subarray(0, SNIFF_BYTES));
  if ('refused' in sniffed) throw new MaskwrightError('image-format', `${nameOf(path)} is ${sniffed.refused}. Maskwright reads JPEG, PNG, WebP, TIFF, GIF, BMP and AVIF.`, path);
  const { format } = sniffed;
  if (format === 'bmp') {
    const bmp = readBmpHeader(content, nameOf(path), path);
    checkSize(bmp.width, bmp.height, path);
    return { format, width: bmp.width, height: bmp.height, orientation: 1, lossless: true, pages: 1, bits: 8, alpha: false, firstThree: false, bmp };
  }
  let metadata: Metadata;
  try {
    // The size is checked just below, so that the sentence can name it; reading a header allocates no pixels.
    metadata = await sharp(content, { failOn: 'error', unlimited: false, limitInputPixels: false, limitInputChannels: 0 }).timeout({ seconds: DECODE_TIMEOUT_S }).metadata();
  } catch (error) {
    throw decodeError(error, file, { format, bmp: null });
  }
  const { width, height } = metadata.autoOrient;
  checkSize(width, height, path);
  checkSamples(metadata, path);
  const bands = format === 'tiff' ? tiffBands(content) : { alpha: metadata.hasAlpha, firstThree: false };
  return { format, width, height, orientation: metadata.orientation ?? 1, lossless: isLossless(format, content), pages: metadata.pages ?? 1, bits: metadata.depth === 'ushort' ? 16 : 8, ...bands, bmp: null };
}

/**
 * The file's picture, upright, as libvips decodes it.
 *
 * `failOn: 'error'` refuses truncated and undecodable data, but not what libvips warns of, such as stray bytes between
 * JPEG segments: cameras write those, and the programs that train on the data set (Pillow, OpenCV) read them.
 */
export function upright(content: Buffer, look: Look): Sharp {
  return sharp(content, { failOn: 'error', unlimited: false, limitInputPixels: MAX_PIXELS, limitInputChannels: 5, ignoreIcc: look === 'stored' }).timeout({ seconds: DECODE_TIMEOUT_S }).autoOrient();
}

/**
 * The picture, upright, in 8-bit sRGB, ready to be resized or delivered: alpha is laid on white, a band that is none is left
 * out. An embedded color profile is applied, because a person labels the colors that other viewers show. Only for pictures
 * of 8 bits whose samples are what the file calls them (isPlain).
 */
export function uprightSrgb(content: Buffer, { alpha }: Bands, look: Look = 'shown'): Sharp {
  const picture = upright(content, look);
  return (alpha && look === 'shown' ? picture.flatten({ background: '#ffffff' }) : picture.removeAlpha()).toColourspace('srgb');
}

/** Whether uprightSrgb reads the picture; others are decoded at full size first (images-pixels.ts). */
export const isPlain = ({ bits, firstThree, bmp }: SourceHeader): boolean => bits === 8 && !firstThree && bmp === null;

/** A decoder's failure in this program's words: cut off when the file's own structure says so, else damaged. */
export function decodeError(error: unknown, file: SourceFile, header: Pick<SourceHeader, 'format' | 'bmp'>): MaskwrightError {
  if (error instanceof MaskwrightError) return error;
  if (!isComplete(file.content, header)) return truncated(file.path);
  const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new MaskwrightError('image-unreadable', `${nameOf(file.path)} is damaged and cannot be decoded (${detail}). Copy it again from where it came from.`, file.path, { cause: error });
}

export function truncated(path: string): MaskwrightError {
  return new MaskwrightError('image-truncated', `${nameOf(path)} is cut off: the file ends before the picture does. Copy it again from where it came from.`, path);
}

function checkSize(width: number, height: number, path: string): void {
  if (width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE) {
    throw new MaskwrightError('image-too-large', `${nameOf(path)} says it has ${width} × ${height} pixels; Maskwright opens up to ${MAX_PIXELS / 1e6} megapixels and ${MAX_SIDE} on a side. Export it smaller or in tiles.`, path);
  }
}

/** 8-bit and 16-bit grey, RGB and CMYK are converted. There is no one right way to show other samples, so they are refused by name. */
function checkSamples(metadata: Metadata, path: string): void {
  const { channels, depth, space } = metadata;
  const most = space === 'cmyk' ? 5 : 4;
  if (channels > most) throw new MaskwrightError('image-format', `${nameOf(path)} has ${channels} channels. Maskwright shows grey, RGB and CMYK pictures: export the three channels to label as RGB.`, path);
  if (depth !== 'uchar' && depth !== 'ushort') throw new MaskwrightError('image-format', `${nameOf(path)} stores ${DEPTH_NAMES[depth] ?? depth} samples. Maskwright shows 8-bit and 16-bit pictures: export it as one of these.`, path);
}

const DEPTH_NAMES: Readonly<Record<string, string>> = {
  char: 'signed 8-bit', short: 'signed 16-bit', int: 'signed 32-bit', uint: '32-bit', float: 'floating-point', double: 'floating-point', complex: 'complex', dpcomplex: 'complex',
};

/** WebP: the chunk `VP8L` holds lossless pixels, `VP8 ` lossy ones (RIFF container specification). A lossy TIFF taken for lossless costs bytes only. */
function isLossless(format: ImageFormat, content: Buffer): boolean {
  if (format === 'webp') return content.subarray(0, SNIFF_BYTES).includes('VP8L');
  return format !== 'jpeg' && format !== 'avif';
}

function fileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof MaskwrightError || typeof code !== 'string') return error;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return new MaskwrightError('image-missing', `${nameOf(path)} is not where it was. Put it back, or add the folder that it is in now: it is recognized by its content.`, path, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') return new MaskwrightError('no-access', `You have no right to read ${nameOf(path)}. Change its permissions and open it again.`, path, { cause: error });
  return new MaskwrightError('io', `${nameOf(path)} cannot be read (${code}). Check the drive it lies on and open it again.`, path, { cause: error });
}

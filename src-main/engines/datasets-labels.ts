import sharp from 'sharp';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { LabelSamples } from '../datasets/formats/format.ts';
import { decode } from './images-pixels.ts';
import { decodeError, readSource } from './images-source.ts';
import { SNIFF_BYTES, sniffFormat } from './images-sniff.ts';

/** What an image may have at most: as many as a label image in PNG. */
const MOST_PIXELS = 1 << 28;
const TIMEOUT_S = 120;

/**
 * The stored numbers of a label image (absolute path) that is not a PNG: of a TIFF its samples of 8, 16 or 32 bits, of a BMP or GIF
 * its colors. Only the first page. Throws what reading and decoding an image throw, and 'image-format' for numbers that are not whole.
 */
export async function labelSamples(path: string): Promise<LabelSamples> {
  const file = await readSource(path);
  const sniffed = sniffFormat(file.content.subarray(0, SNIFF_BYTES));
  if (!('format' in sniffed) || sniffed.format !== 'tiff') {
    const { rgb, width, height } = await decode(path);
    return { width, height, channels: 3, samples: rgb, pages: 1 };
  }
  try {
    const options = { failOn: 'error', unlimited: false, limitInputPixels: MOST_PIXELS } as const;
    const { channels = 1, depth, pages = 1 } = await sharp(file.content, options).timeout({ seconds: TIMEOUT_S }).metadata();
    // Without conversion: gray of 16 bits has a color space of its own, and 32 bits count as the plain one.
    const wide = depth === 'ushort' || depth === 'short';
    const image = sharp(file.content, { ...options, page: 0 }).timeout({ seconds: TIMEOUT_S });
    const { data, info } = await (channels <= 2 ? image.removeAlpha().toColourspace(wide ? 'grey16' : 'b-w') : image.toColourspace(wide ? 'rgb16' : 'srgb')).raw({ depth: DEPTHS[depth ?? ''] ?? 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 1 && info.channels !== 3 && info.channels !== 4) throw new MaskwrightError('image-format', `it has ${info.channels} channels.`, path);
    return { width: info.width, height: info.height, channels: info.channels, samples: wholeNumbers(data, depth ?? '', path), pages };
  } catch (error) {
    throw decodeError(error, file, { format: 'tiff', bmp: null });
  }
}

const DEPTHS: Readonly<Record<string, 'uchar' | 'ushort' | 'short' | 'uint' | 'int' | 'float' | 'double'>> = { uchar: 'uchar', ushort: 'ushort', short: 'short', uint: 'uint', int: 'int', float: 'float', double: 'double' };

/** Labels are counted from 0: what is below, or between two numbers, is none. */
function wholeNumbers(bytes: Buffer, depth: string, path: string): LabelSamples['samples'] {
  const { buffer, byteOffset, byteLength } = bytes;
  if (depth === 'uchar') return new Uint8Array(buffer, byteOffset, byteLength);
  // A view must begin where its numbers may, which a pooled buffer does not promise.
  const own = byteOffset % 8 === 0 ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const at = own === buffer ? byteOffset : 0;
  if (depth === 'ushort') return new Uint16Array(own, at, byteLength / 2);
  if (depth === 'uint') return new Uint32Array(own, at, byteLength / 4);
  const numbers = depth === 'short' ? new Int16Array(own, at, byteLength / 2) : depth === 'int' ? new Int32Array(own, at, byteLength / 4) : depth === 'float' ? new Float32Array(own, at, byteLength / 4) : depth === 'double' ? new Float64Array(own, at, byteLength / 8) : null;
  if (numbers === null || !numbers.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)) throw new MaskwrightError('image-format', 'its samples are not whole numbers from 0, so they are no labels.', path);
  return depth === 'short' ? Uint16Array.from(numbers) : Uint32Array.from(numbers);
}

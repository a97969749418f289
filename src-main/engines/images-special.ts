import type { Sharp } from 'sharp';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { levelsOf, levelsTable, toBytes, UPPER_BYTE } from './images-levels.ts';
import type { Look } from './images-api.ts';
import { nameOf, upright } from './images-source.ts';
import type { SourceFile, SourceHeader } from './images-source.ts';

/**
 * RGB bytes of the pictures that uprightSrgb does not read: those of 16 bits, and those whose colors the file calls gray.
 * Throws libvips' errors, and 'image-format' as rawPixels.
 */
export async function specialPixels(file: SourceFile, header: SourceHeader, look: Look): Promise<Buffer> {
  const { bits, firstThree, alpha } = header;
  if (bits === 8) return firstThreeBands(file, header, look);
  const transparent = alpha && !firstThree && look === 'shown';
  const samples = wide(firstThree ? await firstThreeBands(file, header, look) : await rgb16(file, header, look, transparent));
  const channels = transparent ? 4 : 3;
  return toBytes(samples, channels, look === 'stored' ? UPPER_BYTE : levelsTable(levelsOf(samples, channels)));
}

function rgb16(file: SourceFile, header: SourceHeader, look: Look, transparent: boolean): Promise<Buffer> {
  const picture = upright(file.content, look);
  return rawPixels((transparent ? picture : picture.removeAlpha()).toColourspace('rgb16'), file, header, transparent ? 4 : 3);
}

/** The first three bands, interleaved, in the file's own depth. One after the other: libvips takes them for gray with more beside it. */
async function firstThreeBands(file: SourceFile, header: SourceHeader, look: Look): Promise<Buffer> {
  const { width, height, bits } = header;
  const rgb = Buffer.allocUnsafeSlow(width * height * 3 * (bits / 8));
  for (const band of [0, 1, 2] as const) {
    const values = await rawPixels(upright(file.content, look).extractChannel(band).toColourspace(bits === 16 ? 'grey16' : 'b-w'), file, header, 1);
    if (bits === 16) interleave(wide(values), wide(rgb), band);
    else interleave(values, rgb, band);
  }
  return rgb;
}

function interleave(values: Uint8Array | Uint16Array, rgb: Uint8Array | Uint16Array, band: number): void {
  for (let i = 0, to = band; i < values.length; i++, to += 3) rgb[to] = values[i] ?? 0;
}

const wide = ({ buffer, byteOffset, byteLength }: Buffer): Uint16Array => new Uint16Array(buffer, byteOffset, byteLength / 2);

/**
 * The samples of what a pipeline makes, `channels` to a pixel, row-major, in the file's own depth.
 * Throws libvips' errors, and 'image-format' where there are other channels: the file may be whole for all that.
 */
export async function rawPixels(picture: Sharp, { path }: SourceFile, { width, height, bits }: SourceHeader, channels: 1 | 3 | 4): Promise<Buffer> {
  const { data, info } = await picture.raw({ depth: bits === 16 ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels === channels && info.width === width && info.height === height) return data;
  throw new MaskwrightError('image-format', `${nameOf(path)} arranges its samples in a way that Maskwright does not read (${info.width} × ${info.height} pixels of ${info.channels} channels came out). Export the three channels to label as an RGB PNG or TIFF.`, path);
}

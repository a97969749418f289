import type { Sharp } from 'sharp';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { TILE_SIDE, pyramidOf } from '../../src-shared/domain/pyramid.ts';
import { THUMBNAIL_SIDE } from './images-api.ts';
import type { EncodedPicture } from './images-api.ts';
import { decodeSource, fullPixels, levelPixels, oneAtATime, sharpOf } from './images-pixels.ts';
import { decodeError, isPlain, nameOf, readHeader, readSource, uprightSrgb } from './images-source.ts';
import type { SourceFile } from './images-source.ts';

/** What is made of a picture for the page. All throw MaskwrightError as images-source.ts does. */

/** From here on several decoded at once would take too much memory, where the format cannot be decoded smaller. */
const LARGE_PIXELS = 24_000_000;

/** At most THUMBNAIL_SIDE on a side. Decoders that can (JPEG, WebP) decode at a fraction of the size. */
export async function thumbnail(path: string): Promise<EncodedPicture> {
  return (await shrunken(path, toWebp)).made;
}

/** What is made of a picture that is only needed small, without decoding it at full size where its format allows. */
export async function shrunken<Made>(path: string, make: (picture: Sharp) => Promise<Made>): Promise<{ readonly file: SourceFile; readonly made: Made }> {
  const file = await readSource(path);
  const header = await readHeader(file);
  const work = async (): Promise<Made> => {
    try {
      return await make(isPlain(header) ? uprightSrgb(file.content, header) : sharpOf(await decodeSource(file, header)));
    } catch (error) {
      throw decodeError(error, file, header);
    }
  };
  return { file, made: await (header.width * header.height > LARGE_PIXELS ? oneAtATime(work) : work()) };
}

async function toWebp(picture: Sharp): Promise<EncodedPicture> {
  const bytes = await picture.resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: 'inside', withoutEnlargement: true }).webp({ quality: 80, effort: 2 }).toBuffer();
  return { type: 'image/webp', bytes };
}

/** The whole picture at its pyramid's base level. */
export async function base(path: string): Promise<EncodedPicture> {
  const full = await fullPixels(path);
  const pixels = await levelPixels(path, pyramidOf(full.width, full.height).base);
  return encode(sharpOf(pixels), pixels.lossless);
}

/** One tile of TILE_SIDE, smaller at the right and bottom edges. Throws 'not-found' outside the pyramid. */
export async function tile(path: string, level: number, column: number, row: number): Promise<EncodedPicture> {
  const full = await fullPixels(path);
  const left = column * TILE_SIDE;
  const top = row * TILE_SIDE;
  if (level > pyramidOf(full.width, full.height).base) throw noSuchTile(path);
  const pixels = await levelPixels(path, level);
  if (left >= pixels.width || top >= pixels.height) throw noSuchTile(path);
  const width = Math.min(TILE_SIDE, pixels.width - left);
  const height = Math.min(TILE_SIDE, pixels.height - top);
  return encode(sharpOf(pixels).extract({ left, top, width, height }), pixels.lossless);
}

/**
 * Exact pixels stay exact, so that a far zoom shows what the file holds; everything else goes as JPEG
 * without chroma subsampling, at a quality whose losses cannot be seen. Both are tuned for speed, because the way is short.
 */
async function encode(picture: Sharp, exact: boolean): Promise<EncodedPicture> {
  if (exact) return { type: 'image/png', bytes: await picture.png({ compressionLevel: 1 }).toBuffer() };
  return { type: 'image/jpeg', bytes: await picture.jpeg({ quality: 93, chromaSubsampling: '4:4:4' }).toBuffer() };
}

function noSuchTile(path: string): MaskwrightError {
  return new MaskwrightError('not-found', `${nameOf(path)} has no such tile.`, path);
}

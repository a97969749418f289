import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { WriteRun } from '../datasets/formats/format.ts';
import type { SizedImage } from '../datasets/source.ts';
import { findFile } from '../images/image-file.ts';
import type { Look } from '../projects/import/place-images.ts';
import { decode, sharpOf } from './images-pixels.ts';
import { probe } from './images-probe.ts';

/** What an import needs to know of a picture (absolute path). Throws only 'cancelled'. */
export async function lookAt(file: string, signal: AbortSignal): Promise<Look> {
  const { file: found, image, problem } = await probe(file, signal);
  if (found === null || image === null || problem !== null) {
    return { problem: problem ?? { code: 'image-unreadable', message: 'The picture cannot be read. Copy it again from where it came from.', item: file } };
  }
  const { width, height, orientation, format } = image;
  return { width, height, orientation, format, ...found };
}

/**
 * The upright picture at full size, 8-bit RGB, row-major. Throws 'image-missing', 'no-access' where a link leads out of the
 * image's folder, 'image-changed' when it has another size than the project says, and what decoding throws.
 */
export async function uprightPixels({ path, absolutePath, width, height }: SizedImage): Promise<Uint8Array> {
  const { realPath } = await findFile({ path, absolutePath, bytes: null, mtimeMs: null, contentHash: null });
  const pixels = await decode(realPath);
  if (pixels.width !== width || pixels.height !== height) {
    throw new MaskwrightError('image-changed', `"${path}" has ${pixels.width} × ${pixels.height} pixels, but was labeled with ${width} × ${height}. Put back the picture that was labeled.`, path);
  }
  return pixels.rgb;
}

/** WriteRun's. */
export const jpegOf: WriteRun['jpeg'] = (image, quality) => sharpOf(image).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();

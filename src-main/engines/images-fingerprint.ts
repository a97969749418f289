import { FINGERPRINT_SIDE, fingerprintOf } from '../datasets/fingerprint.ts';
import type { FingerprintResult } from './images-api.ts';
import { shrunken } from './images-pictures.ts';

/** What a picture looks like, upright. Throws MaskwrightError as images-source.ts does. */
export async function fingerprint(path: string): Promise<FingerprintResult> {
  const { file, made } = await shrunken(path, (picture) => picture.resize(FINGERPRINT_SIDE, FINGERPRINT_SIDE, { fit: 'fill' }).raw().toBuffer());
  return { bytes: file.bytes, mtimeMs: file.mtimeMs, fingerprint: fingerprintOf(made) };
}

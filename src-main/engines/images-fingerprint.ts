import { FINGERPRINT_SIDE, fingerprintOf } from '../datasets/fingerprint.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Fingerprinted, FingerprintResult } from './images-api.ts';
import { shrunken } from './images-pictures.ts';

/** As many as libuv has threads to decode on. */
const AT_A_TIME = 4;

/** What images look like, upright; a file that cannot be read gets a problem instead. The results stand in the order of `paths`. */
export async function fingerprints(paths: readonly string[], signal: AbortSignal): Promise<FingerprintResult[]> {
  const results: FingerprintResult[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      signal.throwIfAborted();
      results[i] = await fingerprint(paths[i] ?? '').catch((error: unknown) => ({ problem: toProblem(error) }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return results;
}

/** What an image (absolute path) looks like, upright. Throws MaskwrightError as images-source.ts does. */
export async function fingerprint(path: string): Promise<Fingerprinted> {
  const { file, made } = await shrunken(path, (picture) => picture.resize(FINGERPRINT_SIDE, FINGERPRINT_SIDE, { fit: 'fill' }).raw().toBuffer());
  return { bytes: file.bytes, mtimeMs: file.mtimeMs, fingerprint: fingerprintOf(made) };
}

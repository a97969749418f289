import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Preparation } from '../../../../src-shared/contract/models.ts';
import type { ModelEntry } from '../../catalogue.ts';
import { checkpointSource } from '../../download/entry.ts';
import type { DownloadEntry } from '../../download/entry.ts';

/** Larger pieces than a stream's usual ones: half the time for gigabytes. */
const PIECE = 1024 ** 2;

/** What is known of a checkpoint by its bytes, under whatever name it lies here. */
export interface KnownCheckpoint extends Partial<Pick<ModelEntry, 'name' | 'licence' | 'source'>> {
  readonly preparation: Preparation;
}

/** medsam_vit_b.pth of bowang-lab/MedSAM, which has the tensors of SAM's ViT-B. */
const MEDSAM = { bytes: 375_061_067, sha256: 'c673a2b7b73f772ec9280246a1d5f17ac6d984a03ffb97c55e19099bae4ab210', name: 'MedSAM', licence: 'Apache-2.0', source: 'https://github.com/bowang-lab/MedSAM' };

/**
 * What the catalogue says of a checkpoint that it lists, and MedSAM's; null of any other. A file is read for it only when
 * its size is a known one, and the import that follows finds it in the system's memory.
 * Throws the signal's reason and the system's errors.
 */
export async function knownCheckpoint(path: string, downloads: readonly DownloadEntry[], signal: AbortSignal): Promise<KnownCheckpoint | null> {
  const { size } = await stat(path);
  const candidates = downloads.filter(({ kind, files }) => kind === 'checkpoint' && files[0]?.bytes === size);
  if (candidates.length === 0 && size !== MEDSAM.bytes) return null;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: PIECE }), hash, { signal });
  const digest = hash.digest('hex');
  if (digest === MEDSAM.sha256) return { name: MEDSAM.name, licence: MEDSAM.licence, source: MEDSAM.source, preparation: 'medsam' };
  const found = candidates.find(({ files }) => files[0]?.sha256 === digest);
  return found === undefined ? null : { name: found.name, licence: found.licence.name, source: checkpointSource(found), preparation: 'sam' };
}

/** Names of files that were trained on images that MedSAM's code prepared, or say so. */
const OF_MEDSAM = /med.?sam/i;

/** Whether a checkpoint's name says that it is MedSAM's or a fine-tune of it. */
export const soundsLikeMedSam = (path: string): boolean => OF_MEDSAM.test(basename(path));

/**
 * How images are to be prepared for a checkpoint. The file does not say it: what was chosen counts, else what is known of
 * the file; else Segment Anything's way is assumed.
 * Throws 'bad-request' where nothing was chosen and the file's name speaks of MedSAM, whose way is another.
 */
export function preparationFor(path: string, chosen: Preparation | undefined, known: KnownCheckpoint | null): { readonly preparation: Preparation; readonly assumed: boolean } {
  const settled = chosen ?? known?.preparation;
  if (settled !== undefined) return { preparation: settled, assumed: false };
  if (!soundsLikeMedSam(path)) return { preparation: 'sam', assumed: true };
  throw new MaskwrightError('bad-request', `"${basename(path)}" may be of MedSAM by its name, and the file does not say how images are to be prepared for it. Choose that in the import dialog, or with --preparation: "medsam" stretches them to the frame and takes each image’s own range, "sam" is Segment Anything’s way.`, path);
}

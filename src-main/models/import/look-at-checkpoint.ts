import type { CheckpointLook } from '../../../src-shared/contract/models.ts';
import type { DownloadEntry } from '../download/entry.ts';
import { weightsIn } from './checkpoint/checkpoint.ts';
import { knownCheckpoint, soundsLikeMedSam } from './checkpoint/known-checkpoint.ts';

/** What has to be chosen before a checkpoint is imported. Throws as openCheckpoint and knownCheckpoint. */
export async function lookAtCheckpoint(path: string, downloads: readonly DownloadEntry[], signal: AbortSignal): Promise<CheckpointLook> {
  const weights = await weightsIn(path);
  const known = await knownCheckpoint(path, downloads, signal);
  return { weights: [...weights], known: known?.preparation ?? null, suggested: soundsLikeMedSam(path) ? null : 'sam' };
}

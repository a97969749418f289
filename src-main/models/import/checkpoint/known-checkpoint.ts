import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ModelEntry } from '../../catalogue.ts';
import { checkpointSource } from '../../download/entry.ts';
import type { DownloadEntry } from '../../download/entry.ts';

/** Larger pieces than a stream's usual ones: half the time for gigabytes. */
const PIECE = 1024 ** 2;

/**
 * What the catalogue says of a checkpoint that it lists, under whatever name the file lies here; null of any other. A file is
 * read for it only when its size is a listed one, and the import that follows finds it in the system's memory.
 * Throws the signal's reason and the system's errors.
 */
export async function knownCheckpoint(path: string, downloads: readonly DownloadEntry[], signal: AbortSignal): Promise<Pick<ModelEntry, 'name' | 'licence' | 'source'> | null> {
  const { size } = await stat(path);
  const candidates = downloads.filter(({ kind, files }) => kind === 'checkpoint' && files[0]?.bytes === size);
  if (candidates.length === 0) return null;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: PIECE }), hash, { signal });
  const digest = hash.digest('hex');
  const found = candidates.find(({ files }) => files[0]?.sha256 === digest);
  return found === undefined ? null : { name: found.name, licence: found.licence.name, source: checkpointSource(found) };
}

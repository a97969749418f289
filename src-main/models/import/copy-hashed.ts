import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { WrittenFile } from './write-model.ts';

const CHUNK = 4 * 1024 ** 2;

/** Copies a file to a new one and flushes it, hashing what was written. Throws the signal's reason, and the system's errors. */
export async function copyHashed(from: string, to: string, signal: AbortSignal, onBytes: (added: number) => void): Promise<WrittenFile> {
  await using source = await open(from);
  await using target = await open(to, 'wx');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    // One after the other: memory holds one piece.
    const { bytesRead } = await source.read(buffer, 0, CHUNK, null);
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await target.writeFile(piece);
    bytes += bytesRead;
    onBytes(bytesRead);
  }
  await target.sync();
  return { bytes, sha256: hash.digest('hex') };
}

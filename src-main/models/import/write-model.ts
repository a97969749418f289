import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { FileParts } from './onnx-writer.ts';

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a model's file, which must be new, weight by weight, and flushes it to the disk. `onBytes` is told how many bytes have
 * been added. Throws the signal's reason, what a weight's data throws, and the system's errors.
 */
export async function writeModelFile(path: string, file: FileParts, signal: AbortSignal, onBytes: (added: number) => void): Promise<WrittenFile> {
  await using handle = await open(path, 'wx');
  const hash = createHash('sha256');
  let bytes = 0;
  for (const part of gathered(file.parts)) {
    signal.throwIfAborted();
    // One after the other: together they would not fit in memory.
    const content = part instanceof Uint8Array ? part : await part();
    hash.update(content);
    await handle.writeFile(content);
    bytes += content.length;
    onBytes(content.length);
    await turn();
  }
  await handle.sync();
  return { bytes, sha256: hash.digest('hex') };
}

/** Small pieces one after the other as one, so that a file of thousands of them takes few writes. */
function* gathered(parts: FileParts['parts']): Generator<FileParts['parts'][number]> {
  let small: Uint8Array[] = [];
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      small.push(part);
      continue;
    }
    yield Buffer.concat(small);
    small = [];
    yield part;
  }
  yield Buffer.concat(small);
}

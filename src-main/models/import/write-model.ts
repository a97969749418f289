import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { modelParts } from './onnx-writer.ts';
import type { OnnxGraph } from './onnx-writer.ts';

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a graph to a new file, weight by weight, and flushes it to the disk. `onBytes` is told how many bytes have
 * been added. Throws the signal's reason, what a weight's data throws, and the system's errors.
 */
export async function writeModel(path: string, graph: OnnxGraph, signal: AbortSignal, onBytes: (added: number) => void): Promise<WrittenFile> {
  await using file = await open(path, 'wx');
  const hash = createHash('sha256');
  let bytes = 0;
  for (const part of modelParts(graph)) {
    signal.throwIfAborted();
    // One after the other: together they would not fit in memory.
    // oxlint-disable-next-line no-await-in-loop
    const content = part instanceof Uint8Array ? part : await part();
    hash.update(content);
    // oxlint-disable-next-line no-await-in-loop
    await file.writeFile(content);
    bytes += content.length;
    onBytes(content.length);
    // oxlint-disable-next-line no-await-in-loop
    await turn();
  }
  await file.sync();
  return { bytes, sha256: hash.digest('hex') };
}

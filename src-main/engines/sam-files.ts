import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ModelEntry, ModelFile } from '../models/catalogue.ts';
import { externalFiles, sourceOf } from '../models/import/onnx-reader.ts';

/** A graph, and its weights where they lie in a file of their own: `path` is that file's name as the graph has it. */
export interface GraphBytes {
  readonly graph: Uint8Array;
  readonly external: readonly { readonly path: string; readonly data: Uint8Array }[];
}

export type ModelBytes = Readonly<Record<'encoder' | 'decoder', GraphBytes>>;

/** A file above 2 GiB cannot be read at once. */
const CHUNK = 64 * 1024 ** 2;

/**
 * Reads a model's files and compares them with the catalogue. What is returned is what was verified: the sessions are
 * made from these bytes, so a file exchanged afterwards is not loaded.
 * Throws 'model-missing' or 'model-hash' naming the file, 'model-invalid' when the catalogue lacks a role.
 */
export async function readModel(entry: ModelEntry, folder: string): Promise<ModelBytes> {
  const graphs = [readGraph('encoder', entry, folder), readGraph('decoder', entry, folder)] as const;
  // Where both fail, the encoder's error is the one that is told, whichever came first.
  await Promise.allSettled(graphs);
  const [encoder, decoder] = await Promise.all(graphs);
  return { encoder, decoder };
}

/** One of the two graphs, as readModel reads it. */
export async function readGraph(role: 'encoder' | 'decoder', entry: ModelEntry, folder: string): Promise<GraphBytes> {
  const file = entry.files.find((f) => f.role === role);
  if (file === undefined) throw new MaskwrightError('model-invalid', `The model "${entry.name}" has no ${role} in the list of models. Choose another model.`, entry.id);
  const beside = entry.files.filter((f) => f.role === `${role}-data`);
  const [graph, ...data] = await Promise.all([file, ...beside].map((f) => readVerified(f, entry, folder)));
  const external = beside.map(({ name, location = name }, i) => ({ path: location, data: data[i] ?? new Uint8Array() }));
  await checkExternal(graph ?? new Uint8Array(), external, join(folder, file.name));
  return { graph: graph ?? new Uint8Array(), external };
}

/**
 * Gives the memory of what was read back to the system: sessions have their own copy, and for a buffer outside the heap
 * garbage is collected late, 375 MB of ViT-B beside its first picture. The bytes cannot be used afterwards.
 */
export function discard({ encoder, decoder }: ModelBytes): void {
  for (const { graph, external } of [encoder, decoder]) {
    for (const { buffer } of [graph, ...external.map(({ data }) => data)]) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}

/** A graph that asks for other files than those that are listed with it could have any file read: it is not loaded. Throws 'model-invalid'. */
export async function checkExternal(graph: Uint8Array, listed: GraphBytes['external'], path: string): Promise<void> {
  for (const { location, bytes } of await externalFiles(sourceOf(graph), path)) {
    const file = listed.find((data) => data.path === location);
    if (file === undefined || file.data.length < bytes) throw new MaskwrightError('model-invalid', `The graph ${path} asks for ${bytes} bytes of the file "${location.slice(0, 200)}", which is not part of the model. It was not loaded. Choose another model.`, path);
  }
}

async function readVerified(file: ModelFile, entry: ModelEntry, folder: string): Promise<Uint8Array> {
  const path = join(folder, file.name);
  let read: { bytes: Uint8Array; sha256: string } | null;
  try {
    read = await readHashed(path, file.bytes);
  } catch (cause) {
    throw new MaskwrightError('model-missing', `The model "${entry.name}" cannot be read: ${path}. Install it again or choose another model.`, path, { cause });
  }
  if (read?.sha256 !== file.sha256) {
    throw new MaskwrightError('model-hash', `The model file ${path} is not the one it should be: its size or sha256 differs, so it is damaged or was exchanged. It was not loaded. Install it again or choose another model.`, path);
  }
  return read.bytes;
}

/** A file of any size. Throws the system's errors, and 'io' when it is shorter. */
export async function readWhole(path: string, size: number): Promise<Uint8Array> {
  const read = await readHashed(path, size);
  if (read === null) throw new MaskwrightError('io', `The file "${path}" changed while it was read. Try again.`, path);
  return read.bytes;
}

/** Null for a file of another size. */
async function readHashed(path: string, size: number): Promise<{ bytes: Uint8Array; sha256: string } | null> {
  await using file = await open(path);
  if ((await file.stat()).size !== size) return null;
  const bytes = Buffer.allocUnsafeSlow(size);
  const hash = createHash('sha256');
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK, size - at), at);
    if (bytesRead === 0) return null;
    hash.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return { bytes, sha256: hash.digest('hex') };
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ModelEntry, ModelFile } from '../models/catalogue.ts';

export type ModelBytes = Readonly<Record<ModelFile['role'], Uint8Array>>;

/**
 * Reads a model's files and compares them with the catalogue. What is returned is what was verified: the sessions are
 * made from these bytes, so a file exchanged afterwards is not loaded.
 * Throws 'model-missing' or 'model-hash' naming the file, 'model-invalid' when the catalogue lacks a role.
 */
export async function readModel(entry: ModelEntry, folder: string): Promise<ModelBytes> {
  const [encoder, decoder] = await Promise.all([readRole('encoder', entry, folder), readRole('decoder', entry, folder)]);
  return { encoder, decoder };
}

async function readRole(role: ModelFile['role'], entry: ModelEntry, folder: string): Promise<Uint8Array> {
  const file = entry.files.find((f) => f.role === role);
  if (file === undefined) throw new MaskwrightError('model-invalid', `The model "${entry.name}" has no ${role} in the list of models. Choose another model.`, entry.id);
  const path = join(folder, file.name);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new MaskwrightError('model-missing', `The model "${entry.name}" cannot be read: ${path}. Install it again or choose another model.`, path, { cause });
  }
  if (bytes.length !== file.bytes || createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
    throw new MaskwrightError('model-hash', `The model file ${path} is not the one it should be: its size or sha256 differs, so it is damaged or was exchanged. It was not loaded. Install it again or choose another model.`, path);
  }
  return bytes;
}

import { open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { isInside } from '../../images/inside.ts';
import { externalFiles } from './onnx-reader.ts';
import type { ByteSource, ExternalFile } from './onnx-reader.ts';

/** An ONNX file with the files beside it in which its weights lie. */
export interface GraphFiles {
  /** Its own, for people. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly external: readonly BesideFile[];
}

export interface BesideFile {
  /** As the graph names it. */
  readonly location: string;
  /** Resolved; inside the graph's folder. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * What belongs to an ONNX file. Files beside it are taken only from its own folder and those below: not by an absolute path,
 * not upward, not through a link that leads out, not from the network (onnx/docs/ExternalData.md allows relative paths only).
 * Throws 'model-invalid' naming the file that is asked for, 'model-missing' when it is not there, 'not-found' or the system's errors.
 */
export async function graphFiles(path: string): Promise<GraphFiles> {
  const name = basename(path);
  await using handle = await open(path).catch((cause: unknown) => {
    throw new MaskwrightError('not-found', `"${path}" cannot be read. Check the name and your rights.`, path, { cause });
  });
  const { size } = await handle.stat();
  const folder = await realpath(dirname(path));
  const external = await Promise.all((await externalFiles(fileSource(handle, size), name)).map((file) => beside(file, folder, name)));
  return { name, path, bytes: size, external };
}

/** A file that stays open for as long as it is read. */
const fileSource = (handle: FileHandle, size: number): ByteSource => ({
  size,
  read: async (at, length) => {
    const buffer = Buffer.allocUnsafe(Math.min(length, Math.max(0, size - at)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    return buffer.subarray(0, bytesRead);
  },
});

async function beside({ location, bytes }: ExternalFile, folder: string, name: string): Promise<BesideFile> {
  const shown = location.slice(0, 200);
  const refuse = (why: string): never => {
    throw new MaskwrightError('model-invalid', `"${name}" wants its weights from "${shown}", ${why}. Weights are only taken from files in the same folder. Choose another file.`, name);
  };
  // A colon makes a drive, a stream or an address of it; a backslash is a separator on one system and a letter on the others.
  if (location === '' || /[\0:\\]/.test(location) || location.startsWith('/')) refuse('which is no relative path');
  if (location.split('/').includes('..')) refuse('which leads out of its folder');
  const path = await realpath(join(folder, location)).catch((cause: unknown) => {
    throw new MaskwrightError('model-missing', `The weights of "${name}" are missing: there is no file "${shown}" beside it. Put it into the same folder and try again.`, name, { cause });
  });
  if (!isInside(folder, path)) refuse('which is a link that leads out of its folder');
  const found = await stat(path);
  if (!found.isFile()) refuse('which is no file');
  if (found.size < bytes) refuse(`of which it reads ${bytes} bytes, but there are ${found.size}: the file is not whole`);
  return { location, path, bytes: found.size };
}

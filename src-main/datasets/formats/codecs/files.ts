import type { Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import { isInside } from '../../../images/inside.ts';
import { scanFolder } from '../../../images/scan-folder.ts';
import { decodeHead, decodeText } from './text.ts';
import type { TextRun } from './text.ts';

/** Files of one data set: far more than any that is told apart by files. */
const MOST_FILES = 2_000_000;
/** Bytes of a text file that is read as a whole. */
const MOST_TEXT = 64 * 1024 * 1024;
/** Bytes at a file's beginning that show what it is. */
const HEAD = 64 * 1024;

interface ListRun {
  readonly signal: AbortSignal;
  readonly problem: (item: string, problem: Problem) => void;
}

/**
 * The files below a folder (absolute path) that have one of the extensions (lower case, with the dot), in natural order,
 * relative with forward slashes. Links are treated as scanFolder does: none leads out. What cannot be read is told.
 * Throws 'not-found', 'too-large' when there are millions, and 'cancelled'.
 */
export async function listFiles(folder: string, extensions: ReadonlySet<string> | undefined, { signal, problem }: ListRun): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const chunk of scanFolder(folder, { signal, ...(extensions === undefined ? {} : { extensions }) })) {
      files.push(...chunk.files);
      for (const found of chunk.problems) problem(found.item ?? folder, found);
      if (files.length > MOST_FILES) throw new MaskwrightError('too-large', `"${folder}" holds more than ${MOST_FILES} files. Import its folders one by one.`, folder);
    }
  } catch (error) {
    if (signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    throw error;
  }
  return files;
}

/** What is at a path, or null when nothing can be seen there. */
export const statOf = (path: string): Promise<Stats | null> => stat(path).catch(() => null);

/**
 * A text file as a whole, decoded as text.ts says. Throws 'too-large' above 64 MB, 'dataset-invalid' for what is not text
 * of its encoding, and the system's errors. `item` names the file for a person.
 */
export async function readText(file: string, item: string, run: TextRun): Promise<string> {
  // Opening a pipe would wait for whoever writes into it.
  if (!(await stat(file)).isFile()) throw new MaskwrightError('io', `"${item}" is not a regular file.`, item);
  await using handle = await open(file);
  const { size } = await handle.stat();
  if (size > MOST_TEXT) throw new MaskwrightError('too-large', `"${item}" has ${Math.round(size / 1024 ** 2)} MB. It is no annotation file of this format.`, item);
  return decodeText(await handle.readFile(), item, run);
}

/** The beginning of a text file, for finding out what it is: what cannot be decoded is replaced. Nothing of what is not a regular file. */
export async function readHead(file: string): Promise<string> {
  if (!(await stat(file)).isFile()) return '';
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
  return decodeHead(buffer.subarray(0, bytesRead));
}

/**
 * Where a path that a data set names lies: `path` relative to `folder` (absolute), with forward slashes, and the absolute
 * `file`. Null when it leads out of the folder, also through a link, or neither a file nor a folder is there.
 * @param base absolute path of the folder inside of it that the name is relative to
 */
export async function namedFile(folder: string, base: string, name: string): Promise<{ readonly path: string; readonly file: string } | null> {
  const slashed = name.replaceAll('\\', '/');
  if (slashed === '' || slashed.includes('\0')) return null;
  const file = resolve(base, slashed);
  const path = relative(folder, file);
  if (isAbsolute(path) || path.split(sep)[0] === '..') return null;
  try {
    const found = await stat(file);
    return (found.isFile() || found.isDirectory()) && isInside(await realpath(folder), await realpath(file)) ? { path: path.split(sep).join('/'), file } : null;
  } catch {
    return null;
  }
}

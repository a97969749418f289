import { opendir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { naturalKey } from '../projects/natural-order.ts';
import { IMAGE_EXTENSIONS } from './extensions.ts';
import { isInside } from './inside.ts';
import { isPassedOver } from './passed-over.ts';

/** Names found, and what had to be left out, since the chunk before. */
export interface ScanChunk {
  /** Relative to the scanned folder, with forward slashes, spelled exactly as the file system does. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Files a chunk; the last may have fewer. */
  readonly chunk?: number;
  /** In lower case, with the dot; those of pictures when absent. */
  readonly extensions?: ReadonlySet<string>;
}

const CHUNK = 500;
/** Directory entries fetched at once: the default of 32 makes 10,000 files slow. */
const READ_AHEAD = 1000;

/**
 * Lists the image files (or others) below a folder by their names' extensions, in natural order, folder by folder.
 * Hidden and system files and folders are skipped (passed-over.ts). A link to a file counts when it stays inside the folder; links to folders are
 * not followed, because what they show lies at its own place already, so no circle of links can hold the scan.
 * What cannot be read is named in `problems` and the rest goes on. Throws only when the folder itself cannot be read, or the signal's reason.
 */
export async function* scanFolder(root: string, options: ScanOptions): AsyncGenerator<ScanChunk> {
  const { signal, chunk = CHUNK, extensions = IMAGE_EXTENSIONS } = options;
  const realRoot = await realpath(root).catch((error: unknown) => {
    throw new MaskwrightError('not-found', `There is no folder “${root}”. It may have been moved, or its drive is not connected.`, root, { cause: error });
  });
  let files: string[] = [];
  let problems: Problem[] = [];
  /** What is still to visit, the next one last, so that files stand between folders where their names do. */
  const pending: Entry[] = [{ path: '', kind: 'folder' }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    signal.throwIfAborted();
    try {
      if (entry.kind === 'file' || (entry.kind === 'link' && (await leadsToFile(realRoot, entry.path)))) files.push(entry.path);
      if (entry.kind === 'folder') for (const inner of await listFolder(realRoot, entry.path, extensions, signal)) pending.push(inner);
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof MaskwrightError ? error : unreadableFolder(join(root, entry.path), error);
      if (entry.path === '') throw problem;
      problems.push(problem.toProblem());
    }
    if (files.length < chunk) continue;
    yield { files, problems };
    files = [];
    problems = [];
  }
  if (files.length > 0 || problems.length > 0) yield { files, problems };
}

interface Entry {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
}

/** What is to be visited in a folder, in natural order from the last to the first. */
async function listFolder(realRoot: string, folder: string, extensions: ReadonlySet<string>, signal: AbortSignal): Promise<Entry[]> {
  const entries: (Entry & { readonly key: string })[] = [];
  for await (const { name, kind } of namesIn(join(realRoot, folder))) {
    signal.throwIfAborted();
    if (isPassedOver(name) || (kind !== 'folder' && !extensions.has(extname(name).toLowerCase()))) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    entries.push({ path, kind, key: naturalKey(kind === 'folder' ? `${name}/` : name) });
  }
  return entries.sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
}

async function* namesIn(folder: string): AsyncGenerator<{ name: string; kind: Entry['kind'] }> {
  for await (const entry of await opendir(folder, { bufferSize: READ_AHEAD })) {
    if (entry.isFile()) yield { name: entry.name, kind: 'file' };
    else if (entry.isDirectory()) yield { name: entry.name, kind: 'folder' };
    else if (entry.isSymbolicLink()) yield { name: entry.name, kind: 'link' };
  }
}

/** Throws 'no-access' for a link out of the root and 'image-missing' for one that leads nowhere. */
async function leadsToFile(realRoot: string, path: string): Promise<boolean> {
  const link = join(realRoot, path);
  let target: string;
  try {
    target = await realpath(link);
  } catch (error) {
    throw new MaskwrightError('image-missing', `“${path}” is a link that leads nowhere. Mend or delete it.`, link, { cause: error });
  }
  if (!isInside(realRoot, target)) throw new MaskwrightError('no-access', `“${path}” is a link that leads out of the folder, so it is left out. Add the folder it leads to instead.`, link);
  return (await stat(target)).isFile();
}

function unreadableFolder(path: string, error: unknown): MaskwrightError {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return new MaskwrightError('no-access', `You have no right to read the folder “${path}”, so it is left out. Change its permissions and add it again.`, path, { cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return new MaskwrightError('not-found', `The folder “${path}” is gone. It may have been moved or deleted.`, path, { cause: error });
  return new MaskwrightError('io', `The folder “${path}” cannot be read (${code}), so it is left out. Check its drive and add it again.`, path, { cause: error });
}

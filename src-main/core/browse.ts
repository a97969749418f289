import { opendir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { DATASET_EXTENSIONS } from '../../src-shared/contract/datasets.ts';
import { MODEL_EXTENSIONS } from '../../src-shared/contract/models.ts';
import type { FolderListing } from '../../src-shared/contract/types.ts';
import { IMAGE_EXTENSIONS } from '../images/extensions.ts';

const MOST_ENTRIES = 5_000;
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** What the in-page file dialog shows of a folder: folders first, then projects, files of data sets and of models, and images; hidden names left out. */
export async function browse(path: string | null): Promise<FolderListing> {
  const home = homedir();
  // A path is typed as in a shell.
  const asked = path?.replace(/^~(?=$|[/\\])/, home) ?? home;
  const folder = await realpath(asked).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(asked, error);
  });
  const entries: FolderListing['entries'] = [];
  let imageCount = 0;
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      const kind = entry.isDirectory() ? 'folder' : kindOfFile(entry.name);
      if (kind === null) continue;
      if (kind === 'image') imageCount += 1;
      if (entries.length < MOST_ENTRIES) entries.push({ name: entry.name, path: join(folder, entry.name), kind });
    }
  } catch (error) {
    throw unreadable(folder, error as NodeJS.ErrnoException);
  }
  const rank = { folder: 0, project: 1, dataset: 2, model: 3, image: 4 };
  entries.sort((a, b) => rank[a.kind] - rank[b.kind] || byName.compare(a.name, b.name));
  const parent = dirname(folder);
  return { path: folder, parent: parent === folder ? null : parent, entries, imageCount, places: await places(home) };
}

function kindOfFile(name: string): Exclude<FolderListing['entries'][number]['kind'], 'folder'> | null {
  const extension = extname(name).toLowerCase();
  if (extension === '.mwproj') return 'project';
  if (DATASET_EXTENSIONS.includes(extension)) return 'dataset';
  if (MODEL_EXTENSIONS.includes(extension)) return 'model';
  return IMAGE_EXTENSIONS.has(extension) ? 'image' : null;
}

/** Those of a home folder that are there, and where the rest of the machine begins. */
async function places(home: string): Promise<FolderListing['places']> {
  const list = [home, join(home, 'Pictures'), join(home, 'Documents'), join(home, 'Desktop')].map((path) => ({ name: path === home ? 'Home' : basename(path), path }));
  const all = process.platform === 'win32' ? list : [...list, { name: 'Computer', path: '/' }];
  const there = await Promise.all(all.map(({ path }) => stat(path).then((found) => found.isDirectory(), () => false)));
  return all.filter((_, i) => there[i]);
}

function unreadable(path: string, error: NodeJS.ErrnoException): MaskwrightError {
  if (error.code === 'EACCES' || error.code === 'EPERM') return new MaskwrightError('no-access', `You have no right to read the folder “${path}”. Choose another, or change its permissions.`, path);
  if (error.code === 'ENOTDIR') return new MaskwrightError('not-found', `“${path}” is not a folder.`, path);
  return new MaskwrightError('not-found', `There is no folder “${path}”.`, path);
}

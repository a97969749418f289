import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DATASET_EXTENSIONS, isArchive } from '../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { sampleFolder } from './formats/codecs/folder-sample.ts';
import { READABLE, contentsOf, formatById, namesOf, resembledFormat } from './formats/registry.ts';
import type { DatasetFormat } from './formats/format.ts';

/** Archives have their data set at the top, in a folder, or in one of that ("annotations"). */
const MOST_LEVELS = 3;
const MOST_FOLDERS = 200;
const MOST_FILES = 50;

interface Found {
  readonly format: DatasetFormat;
  /** Absolute path of a file or folder. */
  readonly path: string;
}

/**
 * Finds the one data set in a folder that an archive was unpacked into: the folder itself, a file in it, or the same further
 * down, level by level; where a format is named that is not recognised, what is most likely meant. Throws 'dataset-invalid' when there is none, or several beside each other.
 * @param archive path of the archive, for a person @param id a format's id, or null for any
 */
export async function locateDataset(folder: string, archive: string, id: string | null): Promise<Found> {
  const formats = id === null ? READABLE : [formatById(id)];
  const name = basename(archive);
  let level = [folder];
  for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth++) {
    const found: Found[] = [];
    const below: string[] = [];
    for (const one of level) {
      const { inside, folders } = await lookInto(one, formats);
      found.push(...inside);
      below.push(...folders);
    }
    if (found.length > 1) {
      const whole = await asOne(found);
      if (whole !== null) return whole;
      const names = found.slice(0, 5).map(({ path }) => `"${relative(folder, path) || name}"`);
      throw new MaskwrightError('dataset-invalid', `"${name}" holds several data sets: ${names.join(', ')}${found.length > names.length ? ' and more' : ''}. Unpack it, and import them one by one.`, archive);
    }
    if (found[0] !== undefined) return found[0];
    level = below.slice(0, MOST_FOLDERS);
  }
  const sample = await sampleFolder(await withoutWrappers(folder));
  const resembled = await resembledFormat(sample, formats);
  if (resembled !== null) return { format: resembled, path: sample.folder };
  const named = id === null ? null : await asNamed(sample.folder, formatById(id));
  if (named !== null) return named;
  throw new MaskwrightError('dataset-invalid', `"${name}" holds no dataset that Maskwright knows: it looked for ${namesOf(formats)} and found ${contentsOf(sample)}.${id === null ? ' If it is one of them, name the format.' : ''}`, archive);
}

/** The folder that folders of one format (train, valid, test) lie in, where it looks like that format itself; else null. */
async function asOne(found: readonly Found[]): Promise<Found | null> {
  const [first] = found;
  if (first === undefined || first.format.form !== 'folder' || found.some(({ format, path }) => format !== first.format || dirname(path) !== dirname(first.path))) return null;
  const sample = await sampleFolder(dirname(first.path));
  return (await resembledFormat(sample, [first.format])) === null ? null : { format: first.format, path: sample.folder };
}

/** A person may name a format because it is not recognised: then what there is is read as such. Null when it is not clear what that is. */
async function asNamed(folder: string, format: DatasetFormat): Promise<Found | null> {
  const { files } = await namesIn(folder);
  if (format.form === 'folder') return { format, path: folder };
  const documents = files.filter(isDocument);
  return documents[0] !== undefined && documents.length === 1 ? { format, path: join(folder, documents[0]) } : null;
}

/** The innermost of folders that hold nothing but one folder. */
async function withoutWrappers(folder: string): Promise<string> {
  const { folders, files } = await namesIn(folder);
  const [only] = folders;
  return files.length === 0 && only !== undefined && folders.length === 1 ? withoutWrappers(join(folder, only)) : folder;
}

/** A folder that is a data set counts as a whole; else its files do, and what lies in its folders is looked at later. */
async function lookInto(folder: string, formats: readonly DatasetFormat[]): Promise<{ inside: Found[]; folders: string[] }> {
  const whole = await recognised(folder, formats);
  if (whole !== null) return { inside: [whole], folders: [] };
  const { folders, files } = await namesIn(folder);
  const inside: Found[] = [];
  for (const file of files.filter(isDocument).slice(0, MOST_FILES)) {
    const found = await recognised(join(folder, file), formats);
    if (found !== null) inside.push(found);
  }
  return { inside, folders: folders.map((name) => join(folder, name)) };
}

const isDocument = (name: string): boolean => DATASET_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension)) && !isArchive(name);

/** In one order on every system; hidden ones are left out. */
async function namesIn(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { folders: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name), files: entries.filter((entry) => entry.isFile()).map(({ name }) => name) };
}

async function recognised(path: string, formats: readonly DatasetFormat[]): Promise<Found | null> {
  for (const format of formats) if (await format.recognise(path)) return { format, path };
  return null;
}

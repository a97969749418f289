import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The contents of a folder, at any depth, as far as recognizing a format needs them. */
export interface FolderSample {
  /** Absolute path. */
  readonly folder: string;
  /** Regular files, relative with forward slashes, folder by folder, in order of their names: of each folder only the first ones. */
  readonly files: readonly string[];
  /** How many files there are by extension (lower case, with its point), of all folders looked into. */
  readonly counts: ReadonlyMap<string, number>;
}

/** In one folder. As the same names come first everywhere, images and their labels are sampled together. */
const MOST_FILES = 500;
const MOST_FOLDERS = 500;
const MOST_LEVELS = 6;

/** Looks into a folder (absolute path) without opening a file. Hidden names, links and what cannot be read are passed over. */
export async function sampleFolder(folder: string): Promise<FolderSample> {
  const files: string[] = [];
  const counts = new Map<string, number>();
  let level = [''];
  let seen = 0;
  for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
    const below: string[] = [];
    for (const inner of level) {
      if (++seen > MOST_FOLDERS) break;
      const entries = (await readdir(join(folder, inner), { withFileTypes: true }).catch(() => [])).filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
      for (const name of names) counts.set(extname(name).toLowerCase(), 1 + (counts.get(extname(name).toLowerCase()) ?? 0));
      const within = (name: string): string => (inner === '' ? name : `${inner}/${name}`);
      files.push(...names.slice(0, MOST_FILES).map(within));
      below.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => within(name)));
    }
    level = below;
  }
  return { folder, files, counts };
}

/** Some files of a sample with one of the extensions, spread over it: enough to see what they are. */
export function someOf({ files }: FolderSample, extension: string, most = 8): string[] {
  const found = files.filter((file) => file.toLowerCase().endsWith(extension));
  const step = Math.max(1, Math.floor(found.length / most));
  return found.filter((_, i) => i % step === 0).slice(0, most);
}

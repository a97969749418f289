import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, posix } from 'node:path';
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import { withoutExtension } from '../../safe-names.ts';
import { listFiles, readText } from '../codecs/files.ts';
import type { TextRun } from '../codecs/text.ts';
import { layoutOf } from '../parts/layout.ts';

/** Where the parts of one image are, relative to the dataset's folder, with forward slashes. */
export interface VocParts {
  /** The same for all parts: their path without extension and without the folders that are only layout. */
  readonly key: string;
  readonly xml: string | null;
  readonly classes: string | null;
  readonly objects: string | null;
  /** The split that ImageSets or a folder gives; null when neither does. */
  readonly split: string | null;
}

/** An image file: relative to the dataset's folder, and as a project names it. */
interface VocImage {
  readonly file: string;
  readonly path: string;
}

export interface VocLayout {
  readonly parts: readonly VocParts[];
  /** The image that an annotation of this key means; null when there is none, or several fit. @param filename as the XML has it */
  image(key: string, filename: string | null): (VocImage & { readonly by: 'file name' | 'own name' }) | null;
}

interface ListRun extends TextRun {
  readonly signal: AbortSignal;
  readonly problem: (item: string, problem: Problem) => void;
}

const FILES: ReadonlySet<string> = new Set(['.xml', '.txt']);
/** The folders of label images, and the lists of splits. */
const CLASS_FOLDER = /(?:^|\/)SegmentationClass(?:PNG)?\//i;
const OBJECT_FOLDER = /(?:^|\/)SegmentationObject(?:PNG)?\//i;
const LIST = /^(?:(.+)\/)?ImageSets\/(?:(?:Main|Segmentation|Layout|Action)\/)?([^/]+)\.txt$/i;

/**
 * Finds the parts of each image in a folder (absolute path): XML anywhere, label images in SegmentationClass and
 * SegmentationObject, images anywhere else. What lies under the same names is one image, whatever the folders are called that
 * keep images and annotations apart. Lists of ImageSets say splits, else a folder named train, valid or test does.
 */
export async function vocLayout(folder: string, run: ListRun): Promise<VocLayout> {
  return layoutOfFiles(folder, await listFiles(folder, FILES, run), await listFiles(folder, undefined, { ...run, problem: () => undefined }), run);
}

/** One XML file (absolute path) with the images beside it. */
export async function vocFile(path: string, run: ListRun): Promise<VocLayout> {
  const names = (await readdir(dirname(path), { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  return layoutOfFiles(dirname(path), [basename(path)], names.filter((name) => IMAGE_EXTENSIONS.has(extname(name).toLowerCase())), run);
}

interface Parts {
  xml: string | null;
  classes: string | null;
  objects: string | null;
  readonly split: string | null;
}

async function layoutOfFiles(folder: string, texts: readonly string[], pictures: readonly string[], run: ListRun): Promise<VocLayout> {
  const keys = new Map<string, Parts>();
  const add = (part: 'xml' | 'classes' | 'objects', file: string): void => {
    const { key, split } = layoutOf(file);
    const known = keys.get(key) ?? { xml: null, classes: null, objects: null, split };
    keys.set(key, known);
    if (known[part] === null) known[part] = file;
    else run.problem(file, { code: 'conflict', message: `"${file}" was left out: it is of the same image as "${known[part]}".`, item: file });
  };
  const images: string[] = [];
  for (const file of texts) if (file.toLowerCase().endsWith('.xml')) add('xml', file);
  for (const file of pictures) {
    const part = CLASS_FOLDER.test(file) ? 'classes' : OBJECT_FOLDER.test(file) ? 'objects' : null;
    if (part === null) images.push(file);
    else if (file.toLowerCase().endsWith('.png')) add(part, file);
  }
  const splits = await splitsIn(folder, texts, keys, run);
  return {
    parts: [...keys].map(([key, parts]) => ({ key, ...parts, split: splits.get(key) ?? parts.split })),
    image: imageFinder(images, keys),
  };
}

/** The split of each image: the lists whose whole lines name images (others say which images show a class). */
async function splitsIn(folder: string, files: readonly string[], keys: ReadonlyMap<string, unknown>, run: TextRun): Promise<ReadonlyMap<string, string>> {
  const splits = new Map<string, string>();
  const lists = files.flatMap((file) => {
    const [, prefix = '', name] = LIST.exec(file) ?? [];
    return name === undefined || name === 'default' ? [] : [{ file, prefix, name }];
  });
  // What has a split of its own is not in the one that joins two.
  for (const { file, prefix, name } of lists.toSorted((a, b) => Number(a.name === 'trainval') - Number(b.name === 'trainval'))) {
    for (const line of (await readText(join(folder, ...file.split('/')), file, run)).split(/\r\n|\r|\n/)) {
      const stem = line.trim().replace(/^"(.*)"$/, '$1');
      const key = stem === '' ? '' : layoutOf(`${prefix === '' ? '' : `${prefix}/`}${stem}.x`).key;
      if (keys.has(key) && !splits.has(key)) splits.set(key, name);
    }
  }
  return splits;
}

const found = (file: string, by: 'file name' | 'own name'): ReturnType<VocLayout['image']> => ({ file, path: withoutLayout(file), by });

function imageFinder(images: readonly string[], parts: ReadonlyMap<string, unknown>): VocLayout['image'] {
  const byKey = new Map<string, string[]>();
  for (const file of images) {
    const { key } = layoutOf(file);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [file]);
    else same.push(file);
  }
  return (key, filename) => {
    const named = filename?.replaceAll('\\', '/') ?? null;
    const own = onlyOf(byKey.get(key) ?? [], named);
    if (named === null) return own === null ? null : found(own, 'own name');
    const name = posix.basename(named);
    const namedKeys = new Set([posix.join(posix.dirname(key), name), ...(named.includes('/') ? [named] : [])].map((path) => layoutOf(path).key));
    for (const namedKey of namedKeys) {
      const file = (byKey.get(namedKey) ?? []).find((one) => posix.basename(one) === name);
      // Copied and augmented annotations name the image that they were made from, which has one of its own.
      if (file !== undefined && (namedKey === key || own === null || !parts.has(namedKey))) return found(file, 'file name');
    }
    return own === null ? null : found(own, 'own name');
  };
}

/** Among files that differ only by folder or extension, the one named like `named`; null when that does not decide. */
function onlyOf(files: readonly string[], named: string | null): string | null {
  if (files.length <= 1) return files[0] ?? null;
  const same = files.filter((file) => named !== null && extname(file).toLowerCase() === extname(named).toLowerCase());
  const outside = (same.length === 0 ? files : same).filter((file) => layoutOf(file).kind !== 'label');
  return outside.length === 1 ? (outside[0] ?? null) : null;
}

/** Without the folder of images at its beginning, which an export would put before it again. */
const withoutLayout = (file: string): string => (/^(JPEGImages|images?|imgs?)\//i.test(file) ? file.slice(file.indexOf('/') + 1) : file);

/** The folder of a label image's own legend, relative to the dataset's: the one around SegmentationClass. */
export const legendFolder = (file: string): string => withoutExtension(file).split('/').slice(0, -1).join('/').replace(/(?:^|\/)Segmentation(?:Class|Object)(?:PNG)?(?:\/.*)?$/i, '');

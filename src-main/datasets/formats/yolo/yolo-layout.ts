import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, posix, relative, sep } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import { listFiles, readText, statOf } from '../codecs/files.ts';
import type { TextRun } from '../codecs/text.ts';
import { parseYaml } from '../codecs/yaml.ts';
import type { YamlValue } from '../codecs/yaml.ts';
import { counted } from '../parts/counted.ts';
import { YoloPaths } from './yolo-paths.ts';
import { poseOf } from './yolo-pose.ts';
import type { Pose } from './yolo-pose.ts';

/** Where a YOLO data set's pictures are, and what its classes are called. */
export interface YoloDescription {
  /** By index. */
  readonly names: ReadonlyMap<number, string>;
  /** Absolute path of the folder that splits are relative to. */
  readonly root: string;
  /** Folders, or lists of pictures, of each split, as they are named; null when nothing says where they are. */
  readonly splits: ReadonlyMap<string, readonly string[]> | null;
  /** Null for data without keypoints. */
  readonly pose: Pose | null;
  /** The file that says all this, relative to the folder; null for none. */
  readonly file: string | null;
  /** How many classes it says there are; null where it does not. */
  readonly count: number | null;
}

export interface YoloPicture {
  /** Relative to the data set's folder, with forward slashes. */
  readonly place: string;
  /** As a project names it: within its split's folder. */
  readonly path: string;
  readonly file: string;
  readonly split: string | null;
}

/** Bytes of a data.yaml; LVIS's 1,203 names take 30 KB. */
const MOST_YAML = 1024 * 1024;
/** Keys of data.yaml that are no splits. */
const NO_SPLIT = new Set(['path', 'names', 'nc', 'download', 'kpt_shape', 'flip_idx', 'kpt_names', 'channels', 'yaml_file']);
const SPLITS = ['train', 'val', 'test'];
const OTHER_WORDS: Readonly<Record<string, string>> = { valid: 'val', validation: 'val', training: 'train', testing: 'test' };

/** Of a data.yaml (absolute path), or a folder that holds one, classes.txt or obj.names; null when there is none. */
export async function yoloDescription(path: string, run: TextRun): Promise<YoloDescription | null> {
  if (!(await stat(path)).isDirectory()) return fromYaml(path, run);
  const files = await readdir(path);
  for (const name of files.filter((file) => /\.ya?ml$/i.test(file)).toSorted(dataFirst)) {
    const found = await fromYaml(join(path, name), run);
    if (found !== null) return found;
  }
  for (const name of files.filter((file) => /\.data$/i.test(file)).toSorted()) {
    const found = await fromDarknet(path, name, files, run);
    if (found !== null) return found;
  }
  const list = await namesFile(path, files);
  return list === null ? null : { file: list, names: await namesIn(path, list, run), root: path, splits: null, pose: null, count: null };
}

const NAMES_FILE = /^(classes\.txt|.+\.names|_darknet\.labels)$/i;

/** The list of names in a folder, or the first in a folder of it (Roboflow's Darknet: train/_darknet.labels). */
async function namesFile(path: string, files: readonly string[]): Promise<string | null> {
  const [first] = files.filter((file) => NAMES_FILE.test(file)).toSorted();
  if (first !== undefined) return first;
  const folders = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).toSorted().slice(0, 50);
  for (const folder of folders) {
    const [inner] = (await readdir(join(path, folder)).catch(() => [])).filter((file) => NAMES_FILE.test(file)).toSorted();
    if (inner !== undefined) return `${folder}/${inner}`;
  }
  return null;
}

async function namesIn(path: string, file: string, run: TextRun): Promise<Map<number, string>> {
  const lines = (await readText(join(path, ...file.split('/')), file, run)).trim().split(/\r\n|\r|\n/);
  return new Map(lines.map((line, i) => [i, nameOf(line, i)]));
}

/** Darknet's obj.data (CVAT): names, and lists of the images of each split. Null when it names no list that is there. */
async function fromDarknet(path: string, file: string, files: readonly string[], run: TextRun): Promise<YoloDescription | null> {
  const entries = (await readText(join(path, file), file, run)).split(/\r\n|\r|\n/).flatMap((line) => {
    const [, key, value] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, posix.basename(value.replaceAll('\\', '/'))] as const];
  });
  const splits = new Map(entries.filter(([key, list]) => ['train', 'valid', 'val', 'test'].includes(key) && files.includes(list)).map(([key, list]) => [OTHER_WORDS[key] ?? key, [list]] as const));
  const named = entries.find(([key, list]) => key === 'names' && files.includes(list))?.[1] ?? (await namesFile(path, files));
  return splits.size === 0 || named === null ? null : { file, names: await namesIn(path, named, run), root: path, splits, pose: null, count: null };
}

const dataFirst = (a: string, b: string): number => Number(b === 'data.yaml') - Number(a === 'data.yaml') || (a < b ? -1 : 1);

async function fromYaml(file: string, run: TextRun): Promise<YoloDescription | null> {
  if ((await stat(file)).size > MOST_YAML) throw new MaskwrightError('too-large', `"${basename(file)}" is far too large for the description of a YOLO data set.`, file);
  const document = parseYaml(await readText(file, basename(file), run), basename(file));
  if (!isMap(document) || (!document.has('names') && !document.has('nc'))) return null;
  const splits = new Map<string, readonly string[]>();
  for (const [key, value] of document) {
    const places = (Array.isArray(value) ? value : [value]).filter((place) => typeof place === 'string');
    if (!NO_SPLIT.has(key) && places.length > 0) splits.set(OTHER_WORDS[key] ?? key, places);
  }
  const count = Number(document.get('nc') ?? Number.NaN);
  return { file: basename(file), names: namesOf(document, file), root: await rootOf(dirname(file), document.get('path')), splits: splits.size === 0 ? null : splits, pose: poseOf(document), count: Number.isInteger(count) ? count : null };
}

const isMap = (value: YamlValue | undefined): value is ReadonlyMap<string, YamlValue> => value instanceof Map;

function namesOf(document: ReadonlyMap<string, YamlValue>, file: string): ReadonlyMap<number, string> {
  const names = document.get('names');
  const entries: [unknown, YamlValue][] = isMap(names) ? [...names] : Array.isArray(names) ? names.map((name: YamlValue, i) => [i, name]) : Array.from({ length: Math.min(10_000, Number(document.get('nc')) || 0) }, (_, i) => [i, null]);
  return new Map(entries.map(([key, name]) => {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0) throw new MaskwrightError('dataset-invalid', `"${basename(file)}" cannot be used: "${String(key)}" is no index of a class. Number the names from 0.`, file);
    return [index, nameOf(name, index)];
  }));
}

/** Ultralytics' own words for a class without a name. */
const nameOf = (name: YamlValue, index: number): string => {
  const read = ClassName.safeParse(name);
  return read.success ? read.data : `class_${index}`;
};

/** `path` counts where it, or an end of it, leads into the dataset; what it was elsewhere (Ultralytics' datasets folder) is not here. */
async function rootOf(folder: string, path: YamlValue | undefined): Promise<string> {
  const named = typeof path === 'string' ? await new YoloPaths(folder).find(path, [folder]) : null;
  return named !== null && (await statOf(named.file))?.isDirectory() === true ? named.file : folder;
}

interface LayoutRun extends TextRun {
  readonly signal: AbortSignal;
  readonly problem: (item: string, problem: Problem) => void;
  readonly note: (text: string) => void;
}

/** The pictures of each split, or all below the folder. A picture belongs to the first split that has it. */
export async function yoloPictures(folder: string, { root, splits }: YoloDescription, run: LayoutRun): Promise<YoloPicture[]> {
  if (splits === null) return (await listFiles(folder, undefined, run)).map((place) => ({ place, path: withinSplit(place), file: join(folder, ...place.split('/')), split: splitIn(place) }));
  const pictures = new Map<string, YoloPicture>();
  for (const { split, path, file } of await placesOf(folder, root, splits, run)) {
    const isFolder = (await statOf(file))?.isDirectory() === true;
    const extension = extname(path).toLowerCase();
    if (!isFolder && extension !== '.txt' && !IMAGE_EXTENSIONS.has(extension)) run.problem(path, { code: 'dataset-invalid', message: `"${path}" of ${split} was left out: it is neither a folder, nor a list of images (.txt), nor an image.`, item: path });
    const found = isFolder ? await inFolder(folder, file, run) : extension === '.txt' ? await inList(folder, root, file, run) : IMAGE_EXTENSIONS.has(extension) ? [{ place: path, path: withinSplit(path), file }] : [];
    for (const picture of found) {
      const other = pictures.get(picture.place);
      if (other === undefined) pictures.set(picture.place, { ...picture, split });
      else if (other.split !== split) run.problem(picture.place, { code: 'conflict', message: `"${picture.place}" is in ${other.split} and in ${split}: it stays in ${other.split}.`, item: picture.place });
    }
  }
  return [...pictures.values()];
}

interface Place {
  readonly split: string;
  /** As the description has it. */
  readonly name: string;
  /** Relative to the data set's folder; and absolute. */
  readonly path: string;
  readonly file: string;
}

/**
 * Where the pictures of each split are, train first. Where there is no validation part, the training part often stands in
 * for it: a place that two splits name belongs to the one it is called after, else to the first.
 */
async function placesOf(folder: string, root: string, splits: ReadonlyMap<string, readonly string[]>, run: LayoutRun): Promise<Iterable<Place>> {
  const places = new Map<string, Place>();
  const paths = new YoloPaths(folder);
  for (const [split, names] of [...splits].toSorted(([a], [b]) => rank(a) - rank(b))) {
    for (const name of names) {
      // Roboflow's "../train/images" is meant without the dots, as Ultralytics reads it.
      const at = await paths.find(name, [root, folder]);
      const other = at === null ? undefined : places.get(at.path);
      if (at === null || (at.byEnd && other !== undefined && other.name !== name)) {
        if (SPLITS.includes(split)) run.problem(name, { code: 'not-found', message: `The ${split} part of the dataset was left out: "${name}" is not in its folder.`, item: name });
        continue;
      }
      if (at.byEnd && !name.startsWith('../')) run.note(`"${name}" (${split}) is not on this machine: "${at.path}" in the dataset's folder was read.`);
      if (other === undefined || basename(at.path) === split) places.set(at.path, { split, name, ...at });
    }
  }
  return places.values();
}

const rank = (split: string): number => (SPLITS.indexOf(split) + SPLITS.length + 1) % (SPLITS.length + 1);

type Unsplit = Omit<YoloPicture, 'split'>;

async function inFolder(folder: string, inner: string, run: LayoutRun): Promise<Unsplit[]> {
  const prefix = relative(folder, inner).split(sep).join('/');
  return (await listFiles(inner, undefined, run)).map((path) => ({ place: prefix === '' ? path : `${prefix}/${path}`, path: prefix === '' ? withinSplit(path) : path, file: join(inner, ...path.split('/')) }));
}

/** Lines of "./…" are relative to the list, others to it or to the dataset's root. */
async function inList(folder: string, root: string, list: string, run: LayoutRun): Promise<Unsplit[]> {
  const found: Unsplit[] = [];
  const paths = new YoloPaths(folder);
  const moved: [string, string][] = [];
  for (const line of (await readText(list, basename(list), run)).split(/\r\n|\r|\n/)) {
    const name = line.trim();
    if (name === '') continue;
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const at = await paths.find(name, [...new Set([dirname(list), root, folder])]);
    if (at?.byEnd === true) moved.push([name, at.path]);
    if (at === null) run.problem(name, { code: 'image-missing', message: `"${name}", which ${basename(list)} names, was left out: it is not in the dataset's folder.`, item: name });
    else found.push({ place: at.path, path: withinSplit(at.path), file: at.file });
  }
  const [first] = moved;
  if (first !== undefined) run.note(`${counted(moved.length, 'image')} of ${basename(list)} found by the end of the path, such as "${first[1]}" for "${first[0]}".`);
  return found;
}

const splitIn = (place: string): string | null => {
  const found = /^(?:images\/)?(train|val|valid|validation|test)(?:2017)?\//i.exec(place)?.[1]?.toLowerCase();
  return found === undefined ? null : (OTHER_WORDS[found] ?? found);
};

/** Without the folders that only are the layout. */
const withinSplit = (place: string): string =>
  place.replace(/^(?:images\/)?(?:(?:train|val|valid|validation|test)(?:2017)?\/)?(?:images\/)?/i, '') || place;

import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { statOf } from '../codecs/files.ts';
import { splitWord } from '../parts/split-sink.ts';
import { cocoContent } from './coco-kind.ts';

/** A file of a dataset in a folder. */
export interface SplitFile {
  /** Absolute. */
  readonly file: string;
  readonly split: string | null;
}

export interface CocoFiles {
  readonly taken: readonly SplitFile[];
  /** What else COCO's files are there, absolute paths, and why each is not read. */
  readonly passed: readonly { readonly file: string; readonly why: string }[];
  /** Absolute paths of files side by side of which none can be chosen: no splits, and several. */
  readonly unclear: readonly string[];
}

/** COCO's own kinds of files, by how their names begin, and what is said of those that are passed over. */
const KINDS = [
  { kind: 'instances', name: /^instances(?:[_-](.+))?$/i, why: '' },
  { kind: 'keypoints', name: /^person_keypoints(?:[_-](.+))?$/i, why: 'it describes the same objects again, with keypoints' },
  { kind: 'stuff', name: /^stuff(?:[_-](.+))?$/i, why: 'the objects are in another file' },
  { kind: 'no objects', name: /^captions(?:[_-](.+))?$/i, why: 'captions are not objects' },
  { kind: 'no objects', name: /^panoptic(?:[_-](.+))?$/i, why: 'it is a panoptic annotation; to read it, import the file itself' },
  { kind: 'no objects', name: /^image_info(?:[_-](.+))?$/i, why: 'it lists images without annotations' },
  { kind: 'no objects', name: /^labels[_-](.+)$/i, why: 'labels of whole images are not objects' },
] as const;
type Kind = (typeof KINDS)[number]['kind'] | 'plain';
/** Which files are the dataset, where several kinds are there: all of one kind. */
const PREFERRED: readonly Kind[] = ['instances', 'plain', 'keypoints', 'stuff'];

/** Names of files that hold all there is. */
const WHOLE = /^(_?annotations(\.coco)?|labels|results?|coco|all|data(set)?)$/i;
/** "default" is what CVAT, Datumaro and Maskwright call images of no split. */
const NO_SPLIT = 'default';
/** In a folder with more JSON files than this, as of LabelMe, only names that say what they are are looked into. */
const MOST_LOOKED_INTO = 50;
const MOST_FOLDERS = 50;

interface Candidate extends SplitFile {
  readonly kind: Kind;
  readonly why: string;
  /** The file's name says that it is a split, or another kind of annotations. */
  readonly named: boolean;
}

/**
 * COCO's files in a folder (absolute path): those in its folder "annotations" (COCO's own), else those in the folder itself,
 * else one in each folder of a split (Roboflow's SPLIT/_annotations.coco.json). In order of names.
 */
export async function cocoFiles(folder: string): Promise<CocoFiles> {
  for (const place of [join(folder, 'annotations'), folder]) {
    const found = chosen(await candidatesIn(place, folder), place !== folder);
    const beside = place === folder || found.taken.length === 0 ? [] : (await candidatesIn(folder, folder)).map(({ file }) => ({ file, why: 'the files in the folder annotations are the dataset' }));
    if (found.taken.length > 0 || found.unclear.length > 0) return { ...found, passed: [...found.passed, ...beside] };
  }
  const taken: SplitFile[] = [];
  const passed: CocoFiles['passed'][number][] = [];
  for (const split of (await namesIn(folder)).slice(0, MOST_FOLDERS)) {
    const found = chosen(await candidatesIn(join(folder, split), join(folder, split)), false);
    const [only, ...more] = found.taken;
    if (only !== undefined && more.length === 0 && (splitWord(split) === split || basename(only.file) === '_annotations.coco.json')) {
      taken.push({ file: only.file, split });
      passed.push(...found.passed);
    }
  }
  return { taken, passed, unclear: [] };
}

async function candidatesIn(place: string, folder: string): Promise<Candidate[]> {
  const names = (await namesIn(place)).filter((name) => name.toLowerCase().endsWith('.json') && !name.startsWith('.'));
  const found: Candidate[] = [];
  for (const name of names) {
    const candidate = await candidateOf(join(place, name), folder);
    if (names.length > MOST_LOOKED_INTO && !candidate.named) continue;
    const content = candidate.kind === 'no objects' ? 'objects' : (await statOf(candidate.file))?.isFile() === true ? await cocoContent(candidate.file) : null;
    if (content === 'objects' || (content === null && candidate.kind !== 'plain')) found.push(candidate);
    else if (content === 'segments') found.push({ ...candidate, kind: 'no objects', why: 'it is a panoptic annotation; to read it, import the file itself' });
  }
  return found;
}

async function candidateOf(file: string, folder: string): Promise<Candidate> {
  const name = basename(file).replace(/\.json$/i, '');
  for (const { kind, name: pattern, why } of KINDS) {
    const match = pattern.exec(name);
    if (match !== null) return { file, kind, why, split: match[1] === undefined || match[1] === NO_SPLIT ? null : match[1], named: true };
  }
  const folders = await Promise.all([join(folder, name), join(folder, 'images', name)].map(statOf));
  const split = name !== NO_SPLIT && folders.some((found) => found?.isDirectory() === true) && !['images', 'annotations', 'data'].includes(name) ? name : splitWord(name);
  return { file, kind: 'plain', why: 'the objects are in another file', split, named: split !== null || name === '_annotations.coco' };
}

/** @param isAnnotations whether the files lie in a folder for nothing else, where any name is a split's */
function chosen(candidates: readonly Candidate[], isAnnotations: boolean): CocoFiles {
  const kind = PREFERRED.find((each) => candidates.some((candidate) => candidate.kind === each));
  const all = candidates.filter((candidate) => candidate.kind === kind);
  const splits = isAnnotations && kind === 'plain' && all.length > 1 ? all.map((one) => ({ ...one, split: one.split ?? namedSplit(one.file) })) : all;
  const isSplit = splits.some(({ split }) => split !== null);
  if (!isSplit && splits.length > 1) return { taken: [], passed: [], unclear: splits.map(({ file }) => file) };
  const taken = new Map<string | null, Candidate>();
  const passed = candidates.filter((candidate) => candidate.kind !== kind).map(({ file, why }) => ({ file, why }));
  for (const candidate of splits) {
    const { file, split } = candidate;
    const before = taken.get(split);
    if (kind === 'plain' && split === null && isSplit) passed.push({ file, why: 'other files are the splits' });
    else if (before === undefined) taken.set(split, candidate);
    else passed.push({ file, why: `${basename(before.file)} is this split already` });
  }
  return { taken: [...taken.values()].map(({ file, split }) => ({ file, split })), passed: passed.toSorted((a, b) => (a.file < b.file ? -1 : 1)), unclear: [] };
}

function namedSplit(file: string): string | null {
  const name = basename(file).replace(/\.json$/i, '');
  return name === NO_SPLIT || WHOLE.test(name) ? null : name;
}

/** The one annotation file that results (absolute path) belong to: in their folder, or in the one above. Throws 'dataset-invalid' for none or several. */
export async function annotationFileOf(results: string): Promise<string> {
  for (const folder of [dirname(results), dirname(dirname(results))]) {
    const [only, ...more] = (await cocoFiles(folder)).taken;
    if (only !== undefined && more.length === 0) return only.file;
  }
  throw new MaskwrightError('dataset-invalid', `"${basename(results)}" is a list of COCO results, which needs the annotation file with its images. Put that file, and no other, next to it.`, results);
}

/** A file of a folder, for a person. */
export const within = (folder: string, file: string): string => relative(folder, file).split(sep).join('/');

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort();

import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { ClassId } from '../../../../src-shared/domain/schema.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetClass, DatasetFacts, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { listFiles, readHead, readText } from '../codecs/files.ts';
import { someOf } from '../codecs/folder-sample.ts';
import type { FolderSample } from '../codecs/folder-sample.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, DatasetSink, ReadBack, ReadRun, WriteRun, WriteSummary } from '../format.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { layoutOf } from '../parts/layout.ts';
import { rotatedBack, rotatedBox } from '../parts/rotated-box.ts';
import { ImagePaths } from '../parts/split-sink.ts';
import { forEachImage, inPaintingOrder, itemOf, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

/** Four corners, a class, and in most versions whether it is difficult: 0, 1, or 2 for what is to be ignored. */
const ROW = /^((?:-?\d+(?:\.\d+)?(?:e-?\d+)?\s+){8})(\S+)(?:\s+([0-2]))?\s*$/i;
const HEAD = /^(imagesource|gsd|acquisition dates)\s*:\s*(.*)$/i;

/** DOTA's text files of rotated boxes, one an image, in a folder labelTxt beside images (https://captain-whu.github.io/DOTA/dataset.html). */
export const dota: DatasetFormat<typeof Options> = {
  id: 'dota',
  name: FORMAT_NAMES.dota,
  form: 'folder',
  options: Options,
  recognise: async (path) => !(await stat(path)).isDirectory() && extname(path).toLowerCase() === '.txt' && looksLikeDota(await readHead(path)),
  resembles,
  read,
  write,
  keeps: () => new Set<Beside>([...KEPT_SPLITS, 'emptyImages', 'own.dota']),
  readBack,
};

const looksLikeDota = (head: string): boolean => {
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.filter((line) => !HEAD.test(line)).slice(0, -1);
  const [first] = lines;
  return first !== undefined && (lines.some((line) => /^(imagesource|gsd)\s*:/i.test(line)) || ROW.test(first)) && rows.every((row) => ROW.test(row));
};

async function resembles(sample: FolderSample): Promise<boolean> {
  for (const file of someOf(sample, '.txt')) if (looksLikeDota(await readHead(join(sample.folder, file)))) return true;
  return false;
}

async function read(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : join(path, '..');
  const files = isFolder ? await listFiles(path, new Set(['.txt']), { signal: run.signal, problem: sink.problem.bind(sink) }) : [basename(path)];
  const images = await listFiles(folder, IMAGE_EXTENSIONS, { signal: run.signal, problem: () => undefined });
  const byKey = Map.groupBy(images, (image) => layoutOf(image).key);
  const classes = new ClassesTold(sink);
  const paths = new ImagePaths();
  let taken = 0;
  for (const [i, file] of files.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const text = await readText(join(folder, ...file.split('/')), file, run);
    if (looksLikeDota(text) || (text.trim() === '' && isLabelFile(file))) {
      taken++;
      await readFile(file, text, byKey.get(layoutOf(plainLayout(file)).key) ?? [], { folder, sink, run, classes, paths });
    }
    run.progress(i + 1, files.length);
  }
  if (taken === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no DOTA annotations: no text file in it has rows of four corners and a class.`, path);
}

const isLabelFile = (file: string): boolean => /(^|\/)labeltxt[^/]*\//i.test(`/${file}`);
/** DOTA 1.5 and 2.0 call the folder labelTxt-v1.5 and so on. */
const plainLayout = (file: string): string => file.replace(/(^|\/)labeltxt[^/]*\//i, '$1labels/');

interface Reading {
  /** Absolute path of the dataset. */
  readonly folder: string;
  readonly sink: DatasetSink;
  readonly run: ReadRun;
  readonly classes: ClassesTold;
  readonly paths: ImagePaths;
}

/** @param images that may be the file's, relative to the dataset */
async function readFile(file: string, text: string, images: readonly string[], { folder, sink, run, classes, paths }: Reading): Promise<void> {
  const [image] = images;
  if (images.length > 1) return sink.problem(file, { code: 'conflict', message: `"${file}" was left out: several images could be meant: ${images.slice(0, 3).join(', ')}.`, item: file });
  const own: Record<string, string> = {};
  const lines = text.split(/\r\n|\r|\n/);
  const rows: { readonly points: number[]; readonly name: string; readonly difficult: string | undefined }[] = [];
  for (const [i, line] of lines.entries()) {
    const head = HEAD.exec(line);
    const row = ROW.exec(line);
    if (head !== null) own[(head[1] ?? '').toLowerCase()] = head[2] ?? '';
    else if (row !== null) rows.push({ points: (row[1] ?? '').trim().split(/\s+/).map(Number), name: row[2] ?? '', difficult: row[3] });
    else if (line.trim() !== '') sink.problem(`${file}, line ${i + 1}`, { code: 'dataset-invalid', message: `Line ${i + 1} of "${file}" was left out: it is not eight numbers, a class, and 0, 1 or 2.`, item: `${file}, line ${i + 1}` });
  }
  const { split, key } = layoutOf(image ?? plainLayout(file));
  const place = image === undefined ? null : join(folder, ...image.split('/'));
  const size = place === null ? null : await run.sizeOf(place);
  const path = `${split !== null && key.startsWith(`${split}/`) ? key.slice(split.length + 1) : key}${extname(image ?? '')}`;
  sink.image({ key: file, path: paths.of(path, split, place), file: place, width: size?.width ?? null, height: size?.height ?? null, split, extras: Object.keys(own).length === 0 ? {} : { own: { dota: own } } });
  for (const { points, name, difficult } of rows) {
    sink.instance({ image: file, class: classes.key(name), shape: { kind: 'polygon', parts: [{ outer: points, holes: [] }] }, extras: { ...(difficult === '1' ? { difficult: true as const } : {}), ...(difficult === '2' ? { own: { dota: { difficult: 2 } } } : {}) } });
  }
}

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const words = classWords(source.classes());
  const names = new SafeNames();
  const folders = new Map<string | null, string>([[null, '']]);
  const splits = new SafeNames();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const folder = folders.get(image.split) ?? `${splits.take((image.split ?? '').replaceAll('/', '_'), '')}/`;
    folders.set(image.split, folder);
    const stem = withoutExtension(names.take(`${folder}images/${withoutExtension(name)}`, '.txt')).slice(`${folder}images/`.length);
    const rows = inPaintingOrder(instances).flatMap((instance) => {
      const word = instance.class === null ? undefined : words.get(instance.class);
      if (word === undefined) tally.unlabelled++;
      return word === undefined ? [] : rowOf(instance, word, image, tally);
    });
    const head = Object.entries(image.extras.own?.['dota'] ?? {}).map(([key, value]) => `${key}:${String(value)}\n`);
    await out.write(`${folder}labelTxt/${stem}.txt`, (sink) => sink.write([...head, ...rows].join('')));
    if (options.copyImages) await copyPicture(out, `${folder}images/${stem}${pictureExtension(name)}`, image, tally);
    tally.images++;
  });
  return tally.summary();
}

/** Nothing for what covers no pixel, which has then been reported. */
function rowOf(instance: DatasetInstance, word: string, image: SizedImage, tally: WriteTally): string[] {
  const corners = rotatedBox(instance.shape, image.height, image.width);
  if (corners === null) {
    tally.leaveOut(itemOf(instance, image), new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, itemOf(instance, image)));
    return [];
  }
  tally.instances++;
  const difficult = instance.extras.difficult === true ? 1 : Number(instance.extras.own?.['dota']?.['difficult'] === 2) * 2;
  return [`${[...corners, word, difficult].join(' ')}\n`];
}

/** A class is one word there; no two become the same. */
function classWords(classes: Iterable<DatasetClass>): Map<ClassId, string> {
  const taken = new Set<string>();
  return new Map([...classes].map(({ id, name }) => {
    const word = name.replaceAll(/\s+/g, '_');
    let free = word;
    for (let n = 2; taken.has(free); n++) free = `${word}_${n}`;
    taken.add(free);
    return [id, free];
  }));
}

const KEPT = new Set(['difficult'] as const);

function readBack({ shape, extras, class: cls }: DatasetInstance, image: SizedImage, _options: Options, facts: DatasetFacts): ReadBack {
  const back = rotatedBack(shape, image, rotatedBox(shape, image.height, image.width));
  if (back.written !== true) return back;
  const word = cls === null ? undefined : classWords(facts.classes.values()).get(cls);
  const name = cls === null ? undefined : facts.classes.get(cls)?.name;
  return { ...back, reasons: [...back.reasons, ...(word === name ? [] : [`its class is written as “${word ?? ''}”`]), ...extrasLost(extras, KEPT, 'dota')] };
}


import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { forEachColumnRun } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { withoutExtension } from '../../safe-names.ts';
import { listFiles, namedFile, readText, statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { decodePng } from '../codecs/png.ts';
import { indicesOf, vocLabels } from './voc-labels.ts';
import type { VocLabels } from './voc-labels.ts';
import { VOID } from './voc-palette.ts';
import { imageExtras, objectExtras } from './voc-xml.ts';
import { childOf, childrenOf, parseXml, textOf } from '../codecs/xml.ts';
import type { XmlElement } from '../codecs/xml.ts';

const XML = new Set(['.xml']);
const PNG = new Set(['.png']);
/** Bytes of a label picture's file. */
const MOST_PNG = 256 * 1024 * 1024;

const isVoc = async (folder: string): Promise<boolean> =>
  (await statOf(join(folder, 'Annotations')))?.isDirectory() === true || (await statOf(join(folder, 'SegmentationClass')))?.isDirectory() === true;

/** The folder that has the parts of VOC: the given one, or the only one in it that does (VOCdevkit/VOC2012). */
export async function vocFolder(path: string): Promise<string> {
  if (await isVoc(path)) return path;
  for (const outer of [path, join(path, 'VOCdevkit')]) {
    const inner: string[] = [];
    for (const entry of await readdir(outer, { withFileTypes: true }).catch(() => [])) if (entry.isDirectory() && (await isVoc(join(outer, entry.name)))) inner.push(join(outer, entry.name));
    if (inner.length === 1 && inner[0] !== undefined) return inner[0];
  }
  return path;
}

/**
 * Reads Pascal VOC (its development kit's document): boxes of Annotations, which count pixels from 1 and hold the last
 * one; masks of SegmentationObject, whose number k is the k-th object of the picture's XML, with their classes from
 * SegmentationClass; splits from ImageSets. Pixels of 255 (void) belong to nothing. Also a folder of such XML files
 * beside their pictures (labelImg), or one file.
 */
export async function readVoc(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? await vocFolder(path) : dirname(path);
  const list = { signal: run.signal, problem: sink.problem.bind(sink) };
  const listed = async (inner: string, extensions: ReadonlySet<string>): Promise<Map<string, string>> =>
    (await statOf(join(folder, inner)))?.isDirectory() === true ? new Map((await listFiles(join(folder, inner), extensions, list)).map((file) => [withoutExtension(file), `${inner}/${file}`])) : new Map();
  const annotations = isFolder ? await listed('Annotations', XML) : new Map([[withoutExtension(basename(path)), basename(path)]]);
  const classes = isFolder ? await listed('SegmentationClass', PNG) : new Map<string, string>();
  const objects = isFolder ? await listed('SegmentationObject', PNG) : new Map<string, string>();
  if (annotations.size + classes.size + objects.size === 0) for (const file of await listFiles(folder, XML, list)) annotations.set(withoutExtension(file), file);
  const stems = [...new Set([...annotations.keys(), ...classes.keys(), ...objects.keys()])];
  if (stems.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no Pascal VOC annotations: there are no XML files in it.`, path);
  const reader = new VocReader(folder, await vocLabels(folder), await splitsIn(folder, new Set(stems)), sink, run);
  for (const [i, stem] of stems.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    await reader.picture({ stem, xml: annotations.get(stem) ?? null, classes: classes.get(stem) ?? null, objects: objects.get(stem) ?? null });
    run.progress(i + 1, stems.length);
  }
}

/** The split of each picture: the lists whose whole lines name pictures (others say which pictures show a class). */
async function splitsIn(folder: string, stems: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const splits = new Map<string, string>();
  for (const set of ['Main', 'Segmentation', 'Layout']) {
    const inner = join(folder, 'ImageSets', set);
    const names = (await readdir(inner).catch(() => [])).filter((name) => name.toLowerCase().endsWith('.txt')).map((name) => name.slice(0, -4));
    // What has a split of its own is not in the one that joins two.
    for (const name of names.toSorted((a, b) => Number(a === 'trainval') - Number(b === 'trainval') || (a < b ? -1 : 1))) {
      if (name === 'default') continue;
      for (const line of (await readText(join(inner, `${name}.txt`), `${name}.txt`)).split(/\r\n|\r|\n/)) {
        const stem = line.trim().replace(/^"(.*)"$/, '$1');
        if (stems.has(stem) && !splits.has(stem)) splits.set(stem, name);
      }
    }
  }
  return splits;
}

/** Where the parts of one picture are, relative to the data set's folder. */
interface Parts {
  readonly stem: string;
  readonly xml: string | null;
  readonly classes: string | null;
  readonly objects: string | null;
}

interface Found {
  readonly class: string | null;
  readonly shape: Shape | null;
  readonly extras: Extras;
}

class VocReader {
  readonly #folder: string;
  readonly #labels: VocLabels;
  readonly #splits: ReadonlyMap<string, string>;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();

  constructor(folder: string, labels: VocLabels, splits: ReadonlyMap<string, string>, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#labels = labels;
    this.#splits = splits;
    this.#sink = sink;
    this.#run = run;
    if (labels.own) for (const [index, name] of labels.names) this.#class(name, index);
  }

  #class(name: string, index?: number): void {
    if (this.#classes.has(name)) return;
    this.#classes.add(name);
    this.#sink.class({ key: name, name, ...(index === undefined ? {} : { extras: { own: { voc: { index } } } }) });
  }

  async picture(parts: Parts): Promise<void> {
    const { stem } = parts;
    const item = parts.xml ?? parts.objects ?? parts.classes ?? stem;
    try {
      const annotation = parts.xml === null ? null : this.#annotation(await readText(join(this.#folder, parts.xml), parts.xml), parts.xml);
      const place = await this.#place(stem, parts.xml, annotation === null ? null : textOf(annotation, 'filename'));
      const objects = annotation === null ? [] : childrenOf(annotation, 'object').map((object, i) => this.#object(object, `${item}, object ${i + 1}`));
      const sizeElement = annotation === null ? null : childOf(annotation, 'size');
      const size = sizeElement === null ? null : sizeOf(sizeElement);
      const masks = await this.#masks(parts, size, objects);
      const [height, width] = size ?? masks.find(({ shape }) => shape?.kind === 'mask')?.size ?? (place.file === null ? null : await this.#sizeIn(place.file)) ?? [null, null];
      this.#sink.image({ key: stem, ...place, width, height, split: this.#splits.get(stem) ?? null, ...(annotation === null ? {} : { extras: imageExtras(annotation) }) });
      for (const { class: cls, shape, extras } of masks) if (shape !== null) this.#sink.instance({ image: stem, class: cls, shape, extras });
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      this.#sink.problem(item, { code: error.code, message: `"${item}" was left out: ${error.message}`, item });
    }
  }

  async #sizeIn(file: string): Promise<readonly [number, number] | null> {
    const found = await this.#run.sizeOf(file);
    return found === null ? null : [found.height, found.width];
  }

  #annotation(text: string, path: string): XmlElement {
    const root = parseXml(text, path);
    if (root.name === 'annotation') return root;
    throw new MaskwrightError('dataset-invalid', `it is no Pascal VOC annotation, its element is <${root.name}>.`, path);
  }

  async #place(stem: string, xml: string | null, filename: string | null): Promise<{ path: string; file: string | null }> {
    const named = filename?.replaceAll('\\', '/') ?? null;
    const path = named === null ? null : named.includes('/') ? named : posix.join(posix.dirname(stem), named);
    for (const base of [join(this.#folder, 'JPEGImages'), join(this.#folder, dirname(xml ?? ''))]) {
      // What the XML says of the file's name is often from before it was renamed.
      for (const name of [...(path === null ? [] : [path, posix.basename(path)]), ...['.jpg', '.png', '.jpeg', '.JPG', '.bmp', '.webp', '.tif'].map((extension) => `${stem}${extension}`)]) {
        const found = await namedFile(this.#folder, base, name);
        if (found !== null) return { path: name, file: found.file };
      }
    }
    return { path: path ?? `${stem}.jpg`, file: null };
  }

  #object(object: XmlElement, item: string): Found {
    const name = ClassName.safeParse(textOf(object, 'name') ?? '');
    if (name.success) this.#class(name.data);
    const box = childOf(object, 'bndbox');
    const [xmin, ymin, xmax, ymax] = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => Number((box === null ? null : textOf(box, side)) ?? Number.NaN));
    const isPossible = [xmin, ymin, xmax, ymax].every((side) => side !== undefined && Math.abs(side) <= 1e7);
    let shape: Shape | null = null;
    if (isPossible && xmin !== undefined && ymin !== undefined && xmax !== undefined && ymax !== undefined && xmax >= xmin && ymax >= ymin) shape = { kind: 'box', box: { x: xmin - 1, y: ymin - 1, width: xmax - xmin + 1, height: ymax - ymin + 1 } };
    else this.#sink.problem(item, { code: 'dataset-invalid', message: `The box of ${item} was left out: its sides are missing or impossible.`, item });
    return { class: name.success ? name.data : null, shape, extras: objectExtras(object) };
  }

  /** The objects with their masks, then masks that no object has. */
  async #masks(parts: Parts, size: readonly [number, number] | null, objects: readonly Found[]): Promise<(Found & { size?: readonly [number, number] })[]> {
    const classes = parts.classes === null ? null : await this.#labelled(parts.classes, size, this.#labels.colours);
    const numbers = parts.objects === null ? null : await this.#labelled(parts.objects, size, null);
    const out: (Found & { size?: readonly [number, number] })[] = [...objects];
    for (const [number, mask] of (numbers ?? classes)?.masks ?? []) {
      if (number === VOID) continue;
      const index = numbers === null ? number : classes === null ? null : mostUnder(mask, classes.map);
      const name = index === null ? null : this.#name(index);
      const object = numbers === null ? undefined : objects[number - 1];
      const shape = maskShape(mask);
      if (object !== undefined && (name === null || object.class === name)) out[number - 1] = { ...object, shape, size: mask.size };
      else {
        if (name !== null) this.#class(name);
        out.push({ class: name, shape, extras: {}, size: mask.size });
      }
    }
    return out;
  }

  #name(index: number): string | null {
    return index === 0 || index === VOID ? null : (this.#labels.names.get(index) ?? `class ${index}`);
  }

  async #labelled(path: string, size: readonly [number, number] | null, colours: ReadonlyMap<number, number> | null): Promise<{ map: Uint16Array; masks: Map<number, Rle> }> {
    const file = join(this.#folder, path);
    if ((await stat(file)).size > MOST_PNG) throw new MaskwrightError('too-large', `"${path}" is far too large for a label picture.`, path);
    const picture = decodePng(await readFile(file), path);
    if (size !== null && (picture.height !== size[0] || picture.width !== size[1])) throw new MaskwrightError('dataset-invalid', `"${path}" has ${picture.width} × ${picture.height} pixels, its picture ${size[1]} × ${size[0]}.`, path);
    // Objects are numbers; only a picture of colours has to be translated.
    const map = indicesOf(picture, colours ?? (picture.kind === 'indexed' ? new Map() : this.#labels.colours));
    return { map, masks: masksOfLabels(map, picture.height, picture.width) };
  }
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= 65_535;

function sizeOf(size: XmlElement): readonly [number, number] | null {
  const [height = 0, width = 0] = [Number(textOf(size, 'height')), Number(textOf(size, 'width'))];
  return isSide(height) && isSide(width) ? [height, width] : null;
}

/** The number that most pixels under a mask have, of those that mean a class; null when none has. */
function mostUnder(mask: Rle, map: Uint16Array): number | null {
  const counts = new Map<number, number>();
  const width = mask.size[1];
  forEachColumnRun(mask, (x, top, bottom) => {
    for (let y = top, at = top * width + x; y < bottom; y++, at += width) counts.set(map[at] ?? 0, 1 + (counts.get(map[at] ?? 0) ?? 0));
  });
  const [best] = [...counts].filter(([index]) => index !== 0 && index !== VOID).toSorted((a, b) => b[1] - a[1] || a[0] - b[0]);
  return best?.[0] ?? null;
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { forEachColumnRun, rleBox } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { readText, statOf } from '../codecs/files.ts';
import { decodePng } from '../codecs/png.ts';
import type { PngPicture } from '../codecs/png.ts';
import { childOf, childrenOf, parseXml, textOf } from '../codecs/xml.ts';
import type { XmlElement } from '../codecs/xml.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { counted } from '../parts/counted.ts';
import { classIndices, objectNumbers, vocLabels } from './voc-labels.ts';
import type { VocLabels } from './voc-labels.ts';
import { vocShape } from './voc-object.ts';
import { VOID } from './voc-palette.ts';
import { legendFolder, vocFile, vocLayout } from './voc-parts.ts';
import type { VocLayout, VocParts } from './voc-parts.ts';
import { imageExtras, objectExtras } from './voc-xml.ts';

/** Bytes of a label image's file. */
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
 * one; polygons and rotated boxes of programs that add them; masks of SegmentationObject, whose number k is the k-th object of the
 * image's XML, with their classes from SegmentationClass; splits from ImageSets or folders. Pixels of 255 (void) belong to nothing.
 * Also a folder of such XML files under other names or beside their images (labelImg, Roboflow), or one file.
 */
export async function readVoc(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? await vocFolder(path) : dirname(path);
  const list = { signal: run.signal, encoding: run.encoding, problem: sink.problem.bind(sink) };
  const layout = isFolder ? await vocLayout(folder, list) : await vocFile(path, list);
  if (layout.parts.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no Pascal VOC annotations: there are no XML files in it.`, path);
  const reader = new VocReader(folder, layout, sink, run);
  for (const [i, parts] of layout.parts.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    await reader.image(parts);
    run.progress(i + 1, layout.parts.length);
  }
  reader.notes();
}

interface Found {
  readonly class: string | null;
  readonly shape: Shape | null;
  readonly extras: Extras;
}

class VocReader {
  readonly #folder: string;
  readonly #layout: VocLayout;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();
  readonly #labels = new Map<string, VocLabels>();
  readonly #nameless = new Set<number>();
  #byOwnName = 0;
  #rotated = 0;
  #unnamed = 0;

  constructor(folder: string, layout: VocLayout, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#layout = layout;
    this.#sink = sink;
    this.#run = run;
  }

  #class(name: string, index?: number): void {
    if (this.#classes.has(name)) return;
    this.#classes.add(name);
    this.#sink.class({ key: name, name, ...(index === undefined ? {} : { extras: { own: { voc: { index } } } }) });
  }

  /** Passes an image with its objects to the sink. One whose XML cannot be read is reported and left out; a bad label image leaves out only itself. */
  async image(parts: VocParts): Promise<void> {
    const item = parts.xml ?? parts.objects ?? parts.classes ?? parts.key;
    try {
      const annotation = parts.xml === null ? null : this.#annotation(await readText(join(this.#folder, ...parts.xml.split('/')), parts.xml, this.#run), parts.xml);
      const place = this.#place(parts, annotation === null ? null : textOf(annotation, 'filename'));
      const labels = await this.#legend(parts);
      const objects = annotation === null ? [] : childrenOf(annotation, 'object').map((object, i) => this.#object(object, `${item}, object ${i + 1}`));
      const sizeElement = annotation === null ? null : childOf(annotation, 'size');
      const size = sizeElement === null ? null : sizeOf(sizeElement);
      const masks = await this.#masks(parts, labels, size, objects);
      const [height, width] = size ?? masks.find(({ shape }) => shape?.kind === 'mask')?.size ?? (place.file === null ? null : await this.#sizeIn(place.file)) ?? [null, null];
      this.#sink.image({ key: parts.key, ...place, width, height, split: parts.split, ...(annotation === null ? {} : { extras: imageExtras(annotation) }) });
      for (const { class: cls, shape, extras } of masks) {
        if (shape === null) continue;
        if (cls === null) this.#unnamed++;
        this.#sink.instance({ image: parts.key, class: cls, shape, extras });
      }
    } catch (error) {
      this.#leaveOut(item, error);
    }
  }

  /** What was chosen or derived, once all is read. */
  notes(): void {
    if (this.#byOwnName > 0) this.#sink.note(`${counted(this.#byOwnName, 'image')} found by the XML's own name, because <filename> names no image or one with an XML of its own.`);
    if (this.#rotated > 0) this.#sink.note(`${counted(this.#rotated, 'rotated box became a polygon', 'rotated boxes became polygons')} of four corners.`);
    if (this.#nameless.size > 0) this.#sink.note(`${counted(this.#nameless.size, 'index', 'indices')} of SegmentationClass without a name became ${[...this.#nameless].toSorted((a, b) => a - b).slice(0, 5).map((index) => `"class ${index}"`).join(', ')}${this.#nameless.size > 5 ? ' and so on' : ''}.`);
    if (this.#unnamed > 0) this.#sink.note(`${counted(this.#unnamed, 'object')} without a class name came in without a class.`);
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

  #place({ key }: VocParts, filename: string | null): { path: string; file: string | null } {
    const found = this.#layout.image(key, filename);
    if (found !== null) {
      if (found.by === 'own name' && filename !== null) this.#byOwnName++;
      return { path: found.path, file: join(this.#folder, ...found.file.split('/')) };
    }
    const named = filename?.replaceAll('\\', '/') ?? '';
    return { path: named === '' ? `${key}.jpg` : named.includes('/') ? named : posix.join(posix.dirname(key), named), file: null };
  }

  /** What the numbers of an image's masks mean; the classes of a legend are passed on once. */
  async #legend(parts: VocParts): Promise<VocLabels> {
    const file = parts.classes ?? parts.objects ?? parts.xml ?? '';
    const inner = legendFolder(file);
    const known = this.#labels.get(inner);
    if (known !== undefined) return known;
    const near = await vocLabels(join(this.#folder, ...inner.split('/')), this.#run);
    const labels = near.own || inner === '' ? near : await vocLabels(this.#folder, this.#run);
    this.#labels.set(inner, labels);
    if (labels.own) for (const [index, name] of labels.names) this.#class(name, index);
    return labels;
  }

  #object(object: XmlElement, item: string): Found {
    const name = ClassName.safeParse(textOf(object, 'name') ?? '');
    if (name.success) this.#class(name.data);
    const { shape, lost, rotated } = vocShape(object);
    if (rotated) this.#rotated++;
    if (lost !== null) this.#sink.problem(item, { code: 'dataset-invalid', message: shape === null ? `The box of ${item} was left out: ${lost}.` : `Not all of ${item} came in: ${lost}.`, item });
    return { class: name.success ? name.data : null, shape, extras: objectExtras(object) };
  }

  /** The objects with their masks, then masks that no object has. */
  async #masks(parts: VocParts, labels: VocLabels, size: readonly [number, number] | null, objects: readonly Found[]): Promise<(Found & { size?: readonly [number, number] })[]> {
    const classes = parts.classes === null ? null : await this.#labelled(parts.classes, size, (picture) => classIndices(picture, labels));
    const numbers = parts.objects === null ? null : await this.#labelled(parts.objects, size, (picture) => objectNumbers(picture, parts.objects ?? ''));
    const out: (Found & { size?: readonly [number, number] })[] = [...objects];
    const masks = [...((numbers ?? classes)?.masks ?? [])].filter(([number]) => number !== VOID).map(([number, mask]) => {
      const index = numbers === null ? number : classes === null ? null : mostUnder(mask, classes.map);
      return { number, mask, name: index === null ? null : this.#name(index, labels) };
    });
    const left = new Set(numbers === null ? [] : objects.keys());
    const give = (at: number, mask: Rle): boolean => {
      const object = objects[at];
      if (object === undefined || !left.delete(at)) return false;
      out[at] = { ...object, shape: maskShape(mask), size: mask.size };
      return true;
    };
    const fits = (at: number, mask: Rle, name: string | null): boolean => left.has(at) && (name === null || objects[at]?.class === name) && liesIn(mask, objects[at]?.shape ?? null);
    // Datumaro numbers masks regardless of objects that have none, so a number counts only if the mask is inside the box.
    const others = masks.filter(({ number, mask, name }) => !fits(number - 1, mask, name) || !give(number - 1, mask));
    for (const { mask, name } of others) {
      if (name !== null && give([...left].find((at) => fits(at, mask, name)) ?? -1, mask)) continue;
      if (name !== null) this.#class(name);
      out.push({ class: name, shape: maskShape(mask), extras: {}, size: mask.size });
    }
    return out;
  }

  #name(index: number, { names }: VocLabels): string | null {
    if (index === 0 || index === VOID) return null;
    if (!names.has(index)) this.#nameless.add(index);
    return names.get(index) ?? `class ${index}`;
  }

  /** Null for a label image that cannot be used, which is then told. */
  async #labelled(path: string, size: readonly [number, number] | null, numbersOf: (picture: PngPicture) => Uint16Array): Promise<{ map: Uint16Array; masks: Map<number, Rle> } | null> {
    try {
      const file = join(this.#folder, ...path.split('/'));
      if ((await stat(file)).size > MOST_PNG) throw new MaskwrightError('too-large', 'it is far too large for a label image.', path);
      const picture = decodePng(await readFile(file), path);
      if (size !== null && (picture.height !== size[0] || picture.width !== size[1])) throw new MaskwrightError('dataset-invalid', `it has ${picture.width} × ${picture.height} pixels, its image ${size[1]} × ${size[0]}.`, path);
      const map = numbersOf(picture);
      return { map, masks: masksOfLabels(map, picture.height, picture.width) };
    } catch (error) {
      this.#leaveOut(path, error);
      return null;
    }
  }

  #leaveOut(item: string, error: unknown): void {
    if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
    this.#sink.problem(item, { code: error.code, message: `"${item}" was left out: ${error.message}`, item });
  }
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= 65_535;

function sizeOf(size: XmlElement): readonly [number, number] | null {
  const [height = 0, width = 0] = [Number(textOf(size, 'height')), Number(textOf(size, 'width'))];
  return isSide(height) && isSide(width) ? [height, width] : null;
}

/** Whether a mask may be that of an object with this box: at least half of its own box lies there. What is no box does not say. */
function liesIn(mask: Rle, shape: Shape | null): boolean {
  if (shape?.kind !== 'box') return true;
  const [own, { x, y, width, height }] = [rleBox(mask), shape.box];
  const across = Math.min(own.x + own.width, x + width) - Math.max(own.x, x);
  const down = Math.min(own.y + own.height, y + height) - Math.max(own.y, y);
  return across > 0 && down > 0 && across * down >= (own.width * own.height) / 2;
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

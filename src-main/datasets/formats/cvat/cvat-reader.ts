import { basename } from 'node:path';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, Colour, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Box, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import type { DatasetSink, FormatRun } from '../format.ts';
import { fromRowRuns } from '../codecs/row-runs.ts';
import { millionths, turnedBoxRing } from '../parts/turned-box.ts';
import { childOf, childrenOf, textOf } from '../codecs/xml.ts';
import type { XmlElement } from '../codecs/xml.ts';
import { readXmlChildren } from '../codecs/xml-children.ts';

/** Of an image: what is written apart. The rest is kept. */
const IMAGE_FIELDS = new Set(['id', 'name', 'subset', 'width', 'height']);
const SHAPE_FIELDS = new Set(['label', 'occluded', 'z_order', 'group_id', 'points', 'xtl', 'ytl', 'xbr', 'ybr', 'rle', 'left', 'top', 'width', 'height']);
/** Said of the whole image, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['tag', 'attribute']);
const LONG_NAME = 'a class has a name of 1 to 200 characters';
/** CVAT's name for no subset. */
const NO_SUBSET = 'default';

/**
 * Reads CVAT for images 1.1 (https://docs.cvat.ai/docs/manual/advanced/xml_format/): one XML file, image by image. Polygons, masks
 * and boxes become shapes, a turned box a polygon of its corners. Everything else is kept as `own.cvat` and written
 * back: of the data set its `meta`, of a class its type and attributes, of an image its number and what Maskwright does
 * not draw, which is told.
 */
export async function readCvat(path: string, sink: DatasetSink, run: FormatRun): Promise<void> {
  const reader = new CvatReader(path, sink);
  await readXmlChildren(path, 'annotations', (element) => reader.child(element), (start, why) => reader.broken(start, why), run);
}

class CvatReader {
  readonly #file: string;
  readonly #sink: DatasetSink;
  /** By label, the kinds of its attributes by name. */
  readonly #labels = new Map<string, ReadonlyMap<string, string>>();
  #images = 0;

  constructor(path: string, sink: DatasetSink) {
    this.#file = basename(path);
    this.#sink = sink;
  }

  child(element: XmlElement): void {
    if (element.name === 'meta') this.#meta(element);
    else if (element.name === 'image') this.#image(element);
    else if (element.name === 'track') throw new MaskwrightError('dataset-invalid', `"${this.#file}" is CVAT for video, which names no pictures. Export it from CVAT as “CVAT for images”.`, this.#file);
  }

  broken(start: string, why: string): void {
    this.#leaveOut(`${this.#file}, ${start}`, why);
  }

  #meta(meta: XmlElement): void {
    const labels = meta.children.map((of) => childOf(of, 'labels')).find((found) => found !== null) ?? null;
    for (const label of labels === null ? [] : childrenOf(labels, 'label')) this.#label(label);
    const kept = meta.children.map((of) => draft({ ...of, children: of.children.map((child) => (child === labels ? { ...child, children: childrenOf(child, 'label').filter(isPartOfSkeleton) } : child)) }));
    this.#sink.extras({ own: { cvat: { meta: kept } } });
  }

  #label(label: XmlElement): void {
    const name = textOf(label, 'name');
    // Points of a skeleton, whose names may be the same in several: they stay in the meta.
    if (name === null || isPartOfSkeleton(label)) return;
    if (this.#labels.has(name)) return this.#leaveOut(`label "${name}"`, 'there is another of this name');
    if (!ClassName.safeParse(name).success) return this.#leaveOut(`label "${name.slice(0, 40)}…"`, LONG_NAME);
    const attributes = childrenOf(childOf(label, 'attributes') ?? label, 'attribute');
    this.#labels.set(name, new Map(attributes.map((attribute) => [textOf(attribute, 'name') ?? '', textOf(attribute, 'input_type') ?? ''])));
    const colour = Colour.safeParse(textOf(label, 'color')?.toLowerCase());
    const kept = label.children.filter((child) => child.name !== 'name' && child.name !== 'color').map(draft);
    this.#sink.class({ key: name, name, ...(colour.success ? { colour: colour.data } : {}), ...(kept.length > 0 ? { extras: { own: { cvat: { label: kept } } } } : {}) });
  }

  #image({ attributes, children }: XmlElement): void {
    const { id = '', name = '', subset, width, height } = attributes;
    const item = name === '' ? `image ${id}` : name.slice(0, 4096);
    const size = [Number(height), Number(width)] as const;
    if (name === '' || name.length > 4096 || !size.every((side) => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE)) return this.#leaveOut(item, name === '' ? 'it has no name' : name.length > 4096 ? 'its name is too long' : `its size ${width} × ${height} is impossible`);
    const key = String(this.#images++);
    const shapes: [XmlElement, Shape][] = [];
    const others: XmlElement[] = [];
    for (const [i, child] of children.entries()) {
      try {
        const shape = shapeOf(child, ...size);
        if (shape === null) others.push(child);
        else shapes.push([child, shape]);
        if (shape === null && !NOT_REGIONS.has(child.name)) this.#tell(`${item}, annotation ${i + 1}`, `${item}, annotation ${i + 1} is a ${child.name}, which is not shown here. It is kept, and written back to CVAT files.`);
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#leaveOut(`${item}, annotation ${i + 1} (${child.name})`, toProblem(error).message);
      }
    }
    const number = Number(id);
    const own = {
      ...(id !== '' && Number.isInteger(number) ? { id: number } : {}),
      ...Object.fromEntries(Object.entries(attributes).filter(([field]) => !IMAGE_FIELDS.has(field))),
      ...(others.length > 0 ? { shapes: others.map(draft) } : {}),
    };
    this.#sink.image({ key, path: name.replaceAll('\\', '/'), file: null, width: size[1], height: size[0], split: subset === undefined || subset === '' || subset.toLowerCase() === NO_SUBSET ? null : subset, extras: { own: { cvat: own } } });
    for (const [element, shape] of shapes) this.#instance(key, item, element, shape);
  }

  #instance(image: string, item: string, element: XmlElement, shape: Shape): void {
    const { label = '', occluded, z_order, group_id } = element.attributes;
    const kinds = this.#labels.get(label);
    if (kinds === undefined && label !== '') {
      if (!ClassName.safeParse(label).success) return this.#leaveOut(`${item}, ${element.name} "${label.slice(0, 40)}…"`, LONG_NAME);
      // Some programs write no meta.
      this.#labels.set(label, new Map());
      this.#sink.class({ key: label, name: label });
    }
    const attributes = Object.fromEntries(childrenOf(element, 'attribute').map(({ attributes: { name = '' }, text }): [string, Scalar] => [name, valueOf(text, kinds?.get(name))]));
    const group = Number(group_id ?? 0);
    const own = Object.fromEntries(Object.entries(element.attributes).filter(([field]) => !SHAPE_FIELDS.has(field)));
    const extras: Extras = {
      ...extrasOf(attributes, ['occluded']), ...(occluded === '1' ? { occluded: true } : {}), ...(Number.isInteger(group) && group !== 0 ? { group } : {}),
      ...(Object.keys(own).length > 0 ? { own: { cvat: own } } : {}),
    };
    const z = Number(z_order ?? 0);
    this.#sink.instance({ image, class: label === '' ? null : label, shape, ...(Number.isInteger(z) ? { z } : {}), extras });
  }

  #leaveOut(item: string, why: string): void {
    this.#tell(item, `${item} was left out: ${why.replace(/\.$/, '')}.`);
  }

  #tell(item: string, message: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message, item });
  }
}

const isPartOfSkeleton = (label: XmlElement): boolean => childOf(label, 'parent') !== null;

/** An element as it is kept, and written back as an XmlDraft. */
type KeptElement = { name: string; attributes?: Record<string, string>; content?: string | KeptElement[] };

const draft = ({ name, attributes, children, text }: XmlElement): KeptElement => ({
  name,
  ...(Object.keys(attributes).length > 0 ? { attributes: { ...attributes } } : {}),
  ...(children.length > 0 ? { content: children.map(draft) } : text === '' ? {} : { content: text }),
});

/** A text as what the attribute holds, where it can be written back as it was. */
function valueOf(text: string, kind: string | undefined): Scalar {
  if (kind === 'checkbox' && (text === 'true' || text === 'false')) return text === 'true';
  if (kind === 'number' && text !== '' && String(Number(text)) === text) return Number(text);
  return text;
}

/** Null for what is no region. Throws 'dataset-invalid' for what cannot be one. */
function shapeOf({ name, attributes }: XmlElement, height: number, width: number): Shape | null {
  switch (name) {
    case 'polygon':
      return { kind: 'polygon', parts: [{ outer: ringOf(attributes['points'] ?? ''), holes: [] }] };
    case 'mask':
      return maskShape(fromRowRuns({ counts: countsOf(attributes['rle'] ?? ''), window: windowOf(attributes) }, height, width));
    case 'box':
      return boxOf(attributes);
    default:
      return null;
  }
}

function ringOf(points: string): Ring {
  const ring = points.split(';').flatMap((point) => point.split(',')).map(pixel);
  if (ring.length % 2 !== 0 || ring.length < 6) throw new MaskwrightError('dataset-invalid', 'its points are no pairs of numbers, or fewer than three');
  return ring;
}

function boxOf(attributes: XmlElement['attributes']): Shape {
  const [left, top, right, bottom] = ['xtl', 'ytl', 'xbr', 'ybr'].map((field) => pixel(attributes[field] ?? '')) as [number, number, number, number];
  const box: Box = { x: left, y: top, width: millionths(right - left), height: millionths(bottom - top) };
  if (box.width < 0 || box.height < 0) throw new MaskwrightError('dataset-invalid', 'its right or lower side lies before the other');
  const degrees = Number(attributes['rotation'] ?? 0);
  if (!Number.isFinite(degrees)) throw new MaskwrightError('dataset-invalid', `its rotation “${attributes['rotation']}” is no number`);
  return degrees === 0 ? { kind: 'box', box } : { kind: 'polygon', parts: [{ outer: turnedBoxRing(box, degrees, 'centre'), holes: [] }] };
}

function windowOf(attributes: XmlElement['attributes']): Box {
  const [x, y, width, height] = ['left', 'top', 'width', 'height'].map((field) => whole(attributes[field] ?? '', MAX_SIDE)) as [number, number, number, number];
  return { x, y, width, height };
}

const countsOf = (rle: string): Uint32Array => Uint32Array.from(rle.split(','), (count) => whole(count, 0xffff_ffff));

function pixel(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(Math.abs(value) <= 1e7)) throw new MaskwrightError('dataset-invalid', `“${text.slice(0, 40)}” is no coordinate`);
  return value;
}

function whole(text: string, most: number): number {
  const value = Number(text);
  // Number takes what is blank for 0.
  if (!Number.isInteger(value) || value < 0 || value > most || (value === 0 && text.trim() === '')) throw new MaskwrightError('dataset-invalid', `“${text.slice(0, 40)}” is no number of pixels`);
  return value;
}

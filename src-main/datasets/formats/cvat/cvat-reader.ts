import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, Colour, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { statOf } from '../codecs/files.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { Forgiven } from '../parts/forgiven.ts';
import { ImagePaths, splitPlaces, SplitSink, SplitsTold } from '../parts/split-sink.ts';
import type { DatasetSink, FormatRun } from '../format.ts';
import { childOf, childrenOf, textOf } from '../codecs/xml.ts';
import type { XmlElement } from '../codecs/xml.ts';
import type { TextRun } from '../codecs/text.ts';
import { readXmlChildren } from '../codecs/xml-children.ts';
import { cvatFiles } from './cvat-files.ts';
import { cvatShape } from './cvat-shape.ts';

/** Of an image: what is written apart. The rest is kept. */
const IMAGE_FIELDS = new Set(['id', 'name', 'subset', 'width', 'height']);
const SHAPE_FIELDS = new Set(['label', 'occluded', 'z_order', 'group_id', 'points', 'xtl', 'ytl', 'xbr', 'ybr', 'rle', 'left', 'top', 'width', 'height', 'cx', 'cy', 'rx', 'ry']);
/** Said of the whole image, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['tag', 'attribute']);
const LONG_NAME = 'a class has a name of 1 to 200 characters';
/** Limit for painting orders and groups: far beyond any real one, so that sums stay exact. */
const MOST_WHOLE = 2 ** 31;
/** CVAT's name for no subset. */
const NO_SUBSET = 'default';

/**
 * Reads CVAT for images 1.1 (https://docs.cvat.ai/docs/manual/advanced/xml_format/): an XML file, image by image, or all of a
 * folder. Polygons, masks, boxes and ellipses become shapes, a turned box a polygon of its corners. Everything else is
 * kept as `own.cvat` and written back: of the data set its `meta`, of a class its type and attributes, of an image its
 * number and what Maskwright does not draw, which is reported. The image of a project's subset lies at images/SUBSET/NAME.
 */
export async function readCvat(path: string, sink: DatasetSink, run: FormatRun & TextRun): Promise<void> {
  const isFolder = (await statOf(path))?.isDirectory() === true;
  const files = isFolder ? await cvatFiles(path) : [{ file: path, split: null }];
  if (files.length === 0) throw new MaskwrightError('dataset-invalid', `"${path}" holds no XML file of CVAT for images.`, path);
  const root = isFolder ? path : dirname(path);
  const told = new SplitsTold();
  for (const [i, { file, split }] of files.entries()) {
    const part = files.length === 1 && split === null ? sink : new SplitSink(sink, basename(file), split, splitPlaces(root, root, split), told);
    const reader = new CvatReader(file, root, part);
    await readXmlChildren(file, 'annotations', (element) => reader.child(element), (start, why) => reader.broken(start, why), { ...run, progress: (done, total) => run.progress(i + (total === null || total === 0 ? 0 : done / total), files.length) });
    reader.end();
  }
}

class CvatReader {
  readonly #file: string;
  readonly #sink: DatasetSink;
  /** By label, the kinds of its attributes by name. */
  readonly #labels = new Map<string, ReadonlyMap<string, string>>();
  readonly #root: string;
  readonly #paths = new ImagePaths();
  readonly #forgiven = new Forgiven();
  #images = 0;

  constructor(path: string, root: string, sink: DatasetSink) {
    this.#file = basename(path);
    this.#root = root;
    this.#sink = sink;
  }

  end(): void {
    this.#forgiven.tell(this.#sink);
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
    if (name === '' || name.length > 4096) return this.#leaveOut(item, name === '' ? 'it has no name' : 'its name is too long');
    const size = this.#size(height, width);
    const key = String(this.#images++);
    const shapes: [XmlElement, Shape][] = [];
    const others: XmlElement[] = [];
    for (const [i, child] of children.entries()) {
      try {
        const shape = cvatShape(child, size);
        if (shape === null) others.push(child);
        else shapes.push([child, shape]);
        if (shape === null && !NOT_REGIONS.has(child.name)) this.#tell(`${item}, annotation ${i + 1}`, `${item}, annotation ${i + 1} is of the type ${child.name}, which is not shown here. It is kept, and written back to CVAT files.`);
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#leaveOut(`${item}, annotation ${i + 1} (${child.name})`, toProblem(error).message);
      }
    }
    const number = Number(id);
    const own = {
      ...(id !== '' && Number.isSafeInteger(number) ? { id: number } : {}),
      ...Object.fromEntries(Object.entries(attributes).filter(([field]) => !IMAGE_FIELDS.has(field))),
      ...(others.length > 0 ? { shapes: others.map(draft) } : {}),
    };
    const split = subset === undefined || subset === '' || subset.toLowerCase() === NO_SUBSET ? null : subset;
    const path = name.replaceAll('\\', '/');
    const file = subset === undefined || subset === '' ? null : this.#picture(subset, path);
    this.#sink.image({ key, path: this.#paths.of(path, split, file), file, width: size?.[1] ?? null, height: size?.[0] ?? null, split, extras: { own: { cvat: own } } });
    for (const [element, shape] of shapes) this.#instance(key, item, element, shape);
  }

  /** [height, width], or null where the file does not say it. */
  #size(height: string | undefined, width: string | undefined): readonly [number, number] | null {
    const size = [Number(height), Number(width)] as const;
    if (size.every((side) => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE)) return size;
    this.#forgiven.add('image', `its size is missing or not from 1 to ${MAX_SIDE} pixels, so that of the file was used`);
    return null;
  }

  /** As the archive of a project has them: the same name in two subsets is two images. Null where there is none. */
  #picture(subset: string, path: string): string | null {
    if (isAbsolute(path) || [subset, path].some((part) => part.includes('\0') || part.split(/[\\/]/).includes('..'))) return null;
    return [join(this.#root, 'images', subset, path), join(this.#root, subset, path)].find((file) => existsSync(file)) ?? null;
  }

  /** A whole number that a project can hold; undefined and counted for all else. */
  #whole(field: string, value: string | undefined): number | undefined {
    if (value === undefined || value === '') return undefined;
    const read = Number(value);
    if (Number.isInteger(read) && Math.abs(read) <= MOST_WHOLE) return read;
    this.#forgiven.ignored('annotation', field, 'is not a usable whole number');
    return undefined;
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
    const group = this.#whole('group_id', group_id) ?? 0;
    const { cx, cy, rx, ry } = element.attributes;
    // So that it is written back as the ellipse that it was.
    const ellipse = element.name === 'ellipse' ? { ellipse: [cx, cy, rx, ry].map(Number) } : {};
    const own = { ...Object.fromEntries(Object.entries(element.attributes).filter(([field]) => !SHAPE_FIELDS.has(field))), ...ellipse };
    const extras: Extras = {
      ...extrasOf(attributes, ['occluded']), ...(this.#forgiven.flag('annotation', 'occluded', occluded) ? { occluded: true } : {}), ...(group === 0 ? {} : { group }),
      ...(Object.keys(own).length > 0 ? { own: { cvat: own } } : {}),
    };
    this.#sink.instance({ image, class: label === '' ? null : label, shape, z: this.#whole('z_order', z_order) ?? 0, extras });
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

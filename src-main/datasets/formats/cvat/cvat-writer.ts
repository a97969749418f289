import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { Extras } from '../../extras.ts';
import { pauses } from '../../pauses.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { attributesOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { CocoIds } from '../coco/coco-ids.ts';
import type { WriteRun, WriteSummary } from '../format.ts';
import { isEllipseRing } from '../parts/ellipse.ts';
import { groupNumbers } from '../parts/group-numbers.ts';
import { isNothing, plainShape } from '../parts/plain-shape.ts';
import { toRowRuns } from '../codecs/row-runs.ts';
import { millionths, turnedRingBox } from '../parts/turned-box.ts';
import { forEachImage, itemOf, WriteTally } from '../parts/writing.ts';
import { writableText, writeXml } from '../codecs/xml.ts';
import type { XmlDraft } from '../codecs/xml.ts';

/** Kept elements, as the reader keeps them. */
const Kept: z.ZodType<XmlDraft> = z.lazy(() => z.strictObject({ name: z.string(), attributes: z.record(z.string(), z.string()).exactOptional(), content: z.union([z.string(), z.array(Kept)]).exactOptional() }));

/** An ellipse as the reader keeps it: its center and half-axes. */
const Axes = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** By name, whether the attribute is a yes or no. */
type Attributes = Map<string, boolean>;

/**
 * Writes CVAT for images 1.1 as annotations.xml: labels with their colours and every attribute that an object has, then
 * the images in the project's order, with what was kept of a CVAT file that was imported. Left out and reported: images
 * of unknown size, masks that cover no pixel. Left out and counted: instances without a class.
 */
export async function writeCvat(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const names = labelNames(source.classes());
  const used = new Map<number, Attributes>();
  const pause = pauses(run.signal);
  for (const image of source.images(filter)) {
    for (const instance of source.instances(image.id)) collect(used, instance);
    await pause();
  }
  const ids = new CocoIds([...source.images('all')].map(({ id, extras }) => [id, own(extras)['id']]));
  await out.write('annotations.xml', async (sink) => {
    await sink.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n');
    await sink.write(writeXml(meta(source, names, used), '  '));
    await forEachImage(source, filter, tally, async (image, name, instances) => {
      tally.images++;
      const groups = groupNumbers(instances);
      const shapes = instances.flatMap((instance) => shapeDraft(instance, image, names, groups, tally) ?? []);
      const { id, shapes: others, ...rest } = own(image.extras);
      await sink.write(writeXml({
        name: 'image',
        attributes: { id: ids.of(image.id, id), name, ...(image.split === null ? {} : { subset: image.split }), width: image.width, height: image.height, ...texts(rest) },
        content: [...shapes, ...kept(others)],
      }, '  '));
    });
    await sink.write('</annotations>\n');
  });
  return tally.summary();
}

/** Each class's name as XML can hold it; no two alike. */
function labelNames(classes: readonly DatasetClass[]): Map<number, string> {
  const taken = new Set<string>();
  return new Map(classes.map(({ id, name }) => {
    const wanted = writableText(name) || 'unnamed';
    let label = wanted;
    for (let n = 2; taken.has(label); n++) label = `${wanted} (${n})`;
    taken.add(label);
    return [id, label];
  }));
}

function collect(used: Map<number, Attributes>, { class: cls, extras }: DatasetInstance): void {
  if (cls === null) return;
  const attributes = Object.entries(attributesOf(extras, ['occluded']));
  if (attributes.length === 0) return;
  const known: Attributes = used.get(cls) ?? new Map();
  used.set(cls, known);
  for (const [name, value] of attributes) known.set(name, typeof value === 'boolean' && known.get(name) !== false);
}

function meta(source: DatasetSource, names: ReadonlyMap<number, string>, used: ReadonlyMap<number, Attributes>): XmlDraft {
  const labels = source.classes().map((cls) => label(cls, names.get(cls.id) ?? '', used.get(cls.id) ?? new Map()));
  const before = kept(own(source.extras())['meta']);
  const holder = before.findIndex(({ content }) => typeof content === 'object' && content.some(({ name }) => name === 'labels'));
  if (holder === -1) return { name: 'meta', content: [{ name: 'task', content: [{ name: 'labels', content: labels }] }, ...before] };
  return { name: 'meta', content: before.map((of, i) => (i !== holder || typeof of.content !== 'object' ? of : { ...of, content: of.content.map((child) => (child.name === 'labels' ? { ...child, content: [...labels, ...contentOf(child)] } : child)) })) };
}

const contentOf = ({ content }: XmlDraft): readonly XmlDraft[] => (typeof content === 'object' ? content : []);

/** The input types of the attributes that CVAT's own label declares, by name. */
export function declaredTypes({ extras }: DatasetClass): ReadonlyMap<string, string> {
  const defined = kept(own(extras)['label']).find((child) => child.name === 'attributes');
  const fields = (defined === undefined ? [] : contentOf(defined)).map((attribute) => new Map(contentOf(attribute).map(({ name, content }) => [name, String(content ?? '')])));
  return new Map(fields.map((field) => [field.get('name') ?? '', field.get('input_type') ?? '']));
}

function label({ colour, extras }: DatasetClass, name: string, used: Attributes): XmlDraft {
  const before = kept(own(extras)['label']);
  const defined = before.find((child) => child.name === 'attributes');
  const known = new Set((defined === undefined ? [] : contentOf(defined)).flatMap(contentOf).filter((field) => field.name === 'name').map(({ content }) => content));
  const attributes = [...(defined === undefined ? [] : contentOf(defined)), ...[...used].filter(([attribute]) => !known.has(writableText(attribute))).map(([attribute, yesOrNo]) => definition(attribute, yesOrNo))];
  const rest = before.some((child) => child.name === 'type') ? before : [{ name: 'type', content: 'any' }, ...before];
  return { name: 'label', content: [{ name: 'name', content: name }, { name: 'color', content: colour }, ...rest.filter((child) => child !== defined), { name: 'attributes', content: attributes }] };
}

const definition = (name: string, yesOrNo: boolean): XmlDraft => ({
  name: 'attribute',
  content: [
    { name: 'name', content: writableText(name) }, { name: 'mutable', content: 'False' }, { name: 'input_type', content: yesOrNo ? 'checkbox' : 'text' },
    { name: 'default_value', content: yesOrNo ? 'false' : '' }, { name: 'values', content: yesOrNo ? 'false' : '' },
  ].map(({ name: field, content }) => (content === '' ? { name: field } : { name: field, content })),
});

/** Null when it cannot be written, which has then been told or counted. */
function shapeDraft(instance: DatasetInstance, image: SizedImage, names: ReadonlyMap<number, string>, groups: ReadonlyMap<number | string, number>, tally: WriteTally): XmlDraft | null {
  const { extras, provenance } = instance;
  const name = instance.class === null ? undefined : names.get(instance.class);
  if (name === undefined) {
    tally.unlabelled++;
    return null;
  }
  try {
    const { source = provenance.source === 'model' ? 'semi-auto' : 'manual', rotation, ...rest } = texts(own(extras));
    const geometry = geometryDraft(instance, image, rotation, own(extras)['ellipse']);
    const group = extras.group === undefined ? undefined : groups.get(extras.group);
    tally.instances++;
    return {
      name: geometry.name,
      attributes: {
        label: name, source, occluded: extras.occluded ? 1 : 0, ...geometry.attributes, z_order: instance.z, ...(group === undefined ? {} : { group_id: group }), ...rest,
      },
      content: Object.entries(attributesOf(extras, ['occluded'])).map(([attribute, value]) => attributeDraft(attribute, value)),
    };
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    tally.leaveOut(itemOf(instance, image), error);
    return null;
  }
}

function attributeDraft(name: string, value: Scalar): XmlDraft {
  const text = writableText(String(value ?? ''));
  return { name: 'attribute', attributes: { name: writableText(name) }, ...(text === '' ? {} : { content: text }) };
}

function geometryDraft(instance: DatasetInstance, image: SizedImage, rotation: string | undefined, ellipse: unknown): { name: string; attributes: Record<string, string | number> } {
  const shape = plainShape(instance.shape, image.height, image.width);
  if (isNothing(shape)) throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, itemOf(instance, image));
  if (shape.kind === 'mask') {
    const { counts, window } = toRowRuns(shape.rle);
    return { name: 'mask', attributes: { rle: counts.join(', '), left: window.x, top: window.y, width: window.width, height: window.height } };
  }
  const degrees = Number(rotation ?? 0);
  const axes = Axes.safeParse(ellipse);
  if (axes.success && shape.kind === 'ring') {
    const [cx, cy, rx, ry] = axes.data;
    if (isEllipseRing(shape.ring, { cx, cy, rx, ry }, degrees)) return { name: 'ellipse', attributes: { cx, cy, rx, ry, ...(rotation === undefined ? {} : { rotation }) } };
  }
  const box = shape.kind === 'box' ? shape.box : degrees === 0 ? null : turnedRingBox(shape.ring, degrees, 'centre');
  if (box === null && shape.kind === 'ring') {
    const points = Array.from({ length: shape.ring.length / 2 }, (_, i) => `${shape.ring[2 * i]},${shape.ring[2 * i + 1]}`);
    return { name: 'polygon', attributes: { points: points.join(';') } };
  }
  const { x, y, width, height } = box ?? { x: 0, y: 0, width: 0, height: 0 };
  return { name: 'box', attributes: { xtl: millionths(x), ytl: millionths(y), xbr: millionths(x + width), ybr: millionths(y + height), ...(shape.kind === 'ring' && rotation !== undefined ? { rotation } : {}) } };
}

const own = (extras: Extras): Readonly<Record<string, unknown>> => extras.own?.['cvat'] ?? {};
const kept = (value: unknown): readonly XmlDraft[] => z.array(Kept).catch([]).parse(value);
/** Attributes of elements, which are texts. */
const texts = (fields: Readonly<Record<string, unknown>>): Record<string, string> => Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

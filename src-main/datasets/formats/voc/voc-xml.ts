import { z } from 'zod';
import type { Extras } from '../../extras.ts';
import { childrenOf, childOf, textOf, writableText } from '../codecs/xml.ts';
import type { XmlDraft, XmlElement } from '../codecs/xml.ts';

/** What VOC's XML says beside names and boxes, kept as `own.voc` and written back. */

/** An element as JSON. */
interface Kept {
  name: string;
  attributes?: Record<string, string> | undefined;
  text?: string | undefined;
  children?: Kept[] | undefined;
}
const KeptElement: z.ZodType<Kept> = z.lazy(() => z.object({ name: z.string(), attributes: z.record(z.string(), z.string()).optional(), text: z.string().optional(), children: z.array(KeptElement).optional() }));
const KeptElements = z.array(KeptElement);

function kept({ name, attributes, children, text }: XmlElement): Kept {
  return { name, ...(Object.keys(attributes).length === 0 ? {} : { attributes: { ...attributes } }), ...(children.length > 0 ? { children: children.map(kept) } : text === '' ? {} : { text }) };
}

const draft = ({ name, attributes, children, text }: Kept): XmlDraft => ({
  name, ...(attributes === undefined ? {} : { attributes }), ...(children !== undefined ? { content: children.map(draft) } : text !== undefined ? { content: text } : {}),
});

const own = (elements: readonly XmlElement[]): Extras => (elements.length === 0 ? {} : { own: { voc: { elements: elements.map(kept) as unknown as z.core.util.JSONType } } });

/** What was kept of an image or instance, to be written. */
export function keptElements(extras: Extras): XmlDraft[] {
  const read = KeptElements.safeParse(extras.own?.['voc']?.['elements']);
  return read.success ? read.data.map(draft) : [];
}

const isSet = (element: XmlElement, name: string): boolean => ['1', 'true', 'True'].includes(textOf(element, name) ?? '');

const OF_IMAGE = new Set(['filename', 'path', 'size', 'segmented', 'object']);
/** Of <annotation>. A `path` is of someone's machine. */
export const imageExtras = (annotation: XmlElement): Extras => own(annotation.children.filter(({ name }) => !OF_IMAGE.has(name)));

/** Shapes are not kept beside the shape that is edited; `type` says which one roLabelImg drew. */
const OF_OBJECT = new Set(['name', 'bndbox', 'truncated', 'occluded', 'difficult', 'attributes', 'polygon', 'robndbox']);
/** Of <object>. */
export function objectExtras(object: XmlElement): Extras {
  const attributes = childrenOf(childOf(object, 'attributes') ?? object, 'attribute').map((attribute) => [textOf(attribute, 'name') ?? '', textOf(attribute, 'value') ?? ''] as const).filter(([name]) => name !== '');
  return {
    ...(attributes.length > 0 ? { attributes: Object.fromEntries(attributes) } : {}),
    ...(isSet(object, 'truncated') ? { truncated: true } : {}),
    ...(isSet(object, 'occluded') ? { occluded: true } : {}),
    ...(isSet(object, 'difficult') ? { difficult: true } : {}),
    ...own(object.children.filter(({ name }) => !OF_OBJECT.has(name) && !(name === 'type' && childOf(object, 'robndbox') !== null))),
  };
}

const flag = (value: true | undefined): number => (value === true ? 1 : 0);

export interface VocBox {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** An <object>; `box` counts pixels from 1 and holds the last one. */
export function objectDraft(name: string, box: VocBox, extras: Extras): XmlDraft {
  const elements = keptElements(extras);
  const attributes = Object.entries(extras.attributes ?? {}).map(([key, value]) => [writableText(key), writableText(String(value ?? ''))] as const).filter(([key]) => key !== '');
  return {
    name: 'object',
    content: [
      { name: 'name', content: name },
      elements.find((element) => element.name === 'pose') ?? { name: 'pose', content: 'Unspecified' },
      { name: 'truncated', content: flag(extras.truncated) },
      { name: 'occluded', content: flag(extras.occluded) },
      { name: 'difficult', content: flag(extras.difficult) },
      { name: 'bndbox', content: [{ name: 'xmin', content: box.xmin }, { name: 'ymin', content: box.ymin }, { name: 'xmax', content: box.xmax }, { name: 'ymax', content: box.ymax }] },
      ...(attributes.length === 0 ? [] : [{ name: 'attributes', content: attributes.map(([key, value]) => ({ name: 'attribute', content: [{ name: 'name', content: key }, { name: 'value', content: value }] })) }]),
      ...elements.filter((element) => element.name !== 'pose'),
    ],
  };
}

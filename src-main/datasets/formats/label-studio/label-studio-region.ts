import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { decodeBrush } from './brush-rle.ts';
import { millionths, turnedBoxRing } from '../parts/turned-box.ts';

type Json = z.core.util.JSONType;

export const Row = z.looseObject({
  id: z.string().optional(),
  type: z.string(),
  value: z.looseObject({}).optional(),
  from_name: z.string().optional(),
  original_width: z.int().min(1).max(MAX_SIDE).nullish(),
  original_height: z.int().min(1).max(MAX_SIDE).nullish(),
  image_rotation: z.number().nullish(),
});
export type Row = z.infer<typeof Row>;

export type RegionKind = 'brush' | 'polygon' | 'rectangle';
/** Label Studio's types of results with a shape; "labels" goes with any of them. */
const KINDS: Readonly<Record<string, RegionKind>> = { brush: 'brush', brushlabels: 'brush', polygon: 'polygon', polygonlabels: 'polygon', rectangle: 'rectangle', rectanglelabels: 'rectangle' };
const percent = z.number().gte(-1e6).lte(1e6);
/** Checked by hand, as there are many. */
const Brush = z.object({ rle: z.custom<number[]>((bytes) => Array.isArray(bytes) && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256), 'it is no list of bytes') });
const Polygon = z.object({ points: z.array(z.tuple([percent, percent])).min(3) });
const Rectangle = z.object({ x: percent, y: percent, width: percent.nonnegative(), height: percent.nonnegative(), rotation: z.number().optional() });
const SHAPE_FIELDS = new Set(['format', 'rle', 'points', 'x', 'y', 'width', 'height', 'rotation']);

/** What one id of a list of results is: a shape, its labels, and answers that belong to it. */
export interface Region {
  readonly kind: RegionKind;
  readonly shape: Shape;
  /** The first is the class. */
  readonly labels: readonly string[];
  readonly extras: Extras;
}

/** Null when none of the rows (of one id) has a shape that Maskwright draws. Throws 'dataset-invalid' when it cannot be one. @param size of the picture */
export function regionOf(rows: readonly Row[], size: { readonly width: number; readonly height: number } | null): Region | null {
  const row = rows.find(({ type }) => type in KINDS) ?? rows.find(({ type, value }) => type === 'labels' && (Array.isArray(value?.['rle']) || Array.isArray(value?.['points'])));
  if (row === undefined) return null;
  if (size === null) throw new MaskwrightError('dataset-invalid', 'the size of its picture is neither given nor to be seen, and its coordinates are percents');
  if (row.image_rotation) throw new MaskwrightError('dataset-invalid', `it was drawn on the picture turned by ${row.image_rotation}°`);
  const { original_width: width = size.width, original_height: height = size.height } = row;
  if (width !== null && height !== null && (width !== size.width || height !== size.height)) throw new MaskwrightError('dataset-invalid', `it is for a picture of ${width} × ${height} pixels, and others are for ${size.width} × ${size.height}`);
  const value = row.value ?? {};
  const kind = KINDS[row.type] ?? (Array.isArray(value['rle']) ? 'brush' : 'polygon');
  const labelled = rows.find(({ type }) => type.endsWith('labels'));
  const { success, data } = z.array(z.string()).safeParse(labelled?.value?.[labelled.type]);
  const labels = success ? data : [];
  return { kind, shape: shapeOf(kind, value, size), labels, extras: extrasOfRegion(row, rows, labelled, labels) };
}

function shapeOf(kind: RegionKind, value: object, { width, height }: { readonly width: number; readonly height: number }): Shape {
  const across = (part: number): number => millionths((part * width) / 100);
  const down = (part: number): number => millionths((part * height) / 100);
  switch (kind) {
    case 'brush':
      return maskShape(decodeBrush(Uint8Array.from(checked(Brush, value).rle), height, width));
    case 'polygon':
      return { kind: 'polygon', parts: [{ outer: checked(Polygon, value).points.flatMap(([x, y]) => [across(x), down(y)]), holes: [] }] };
    case 'rectangle': {
      const { rotation = 0, ...read } = checked(Rectangle, value);
      const box = { x: across(read.x), y: down(read.y), width: across(read.width), height: down(read.height) };
      // Its corner stays where it is (labelstud.io, image object detection: rotation).
      return rotation === 0 ? { kind: 'box', box } : { kind: 'polygon', parts: [{ outer: turnedBoxRing(box, rotation, 'corner'), holes: [] }] };
    }
  }
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new MaskwrightError('dataset-invalid', `${issue?.path.join('.') || 'its value'}: ${issue?.message ?? 'it is impossible'}`);
}

const Meta = z.strictObject({ text: z.tuple([z.string()]) });

function extrasOfRegion(row: Row, rows: readonly Row[], labelled: Row | undefined, labels: readonly string[]): Extras {
  const { value = {}, original_width: _w, original_height: _h, image_rotation: _r, score, meta, ...rest } = row;
  const attributes: Record<string, Scalar> = {};
  const others: Row[] = [];
  for (const other of rows) {
    if (other === row || other.type.endsWith('labels')) continue;
    const answer = answerOf(other);
    if (answer === undefined || other.from_name === undefined || Object.hasOwn(attributes, other.from_name)) others.push(other);
    else Object.defineProperty(attributes, other.from_name, { value: answer, enumerable: true, configurable: true, writable: true });
  }
  const { group, ...named } = attributes;
  const keptValue = Object.entries(value).filter(([field]) => !SHAPE_FIELDS.has(field) && !field.endsWith('labels'));
  const { rotation } = value;
  const described = Meta.safeParse(meta);
  const isGroup = typeof group === 'number' ? Number.isInteger(group) : typeof group === 'string';
  const own = {
    ...rest, ...(labelled !== undefined && labelled !== row && labelled.type === 'labels' ? { labels_from: labelled.from_name ?? 'labels' } : {}), ...(labels.length > 1 ? { labels: [...labels] } : {}), ...(typeof rotation === 'number' && rotation !== 0 ? { rotation } : {}), ...(keptValue.length > 0 ? { value: Object.fromEntries(keptValue) } : {}),
    ...(meta === undefined || described.success ? {} : { meta }), ...(others.length > 0 ? { results: others } : {}),
  };
  return {
    ...extrasOf(isGroup || group === undefined ? named : attributes, ['score', 'description']), ...(isGroup ? { group: group as number | string } : {}),
    ...(typeof score === 'number' ? { score } : {}), ...(described.success ? { description: described.data.text[0] } : {}), own: { 'label-studio': own as Record<string, Json> },
  };
}

/** What a per-region question was answered, where it is one value; undefined for all else, which is kept as it is. */
function answerOf({ type, value = {} }: Row): Scalar | undefined {
  const of = value[type === 'textarea' ? 'text' : type];
  const [only, ...more] = Array.isArray(of) ? (of as unknown[]) : [];
  switch (type) {
    case 'number':
      return typeof of === 'number' ? of : undefined;
    case 'textarea':
      if (!Array.isArray(of)) return undefined;
      return of.length === 0 ? null : typeof only === 'string' && more.length === 0 ? only : undefined;
    case 'choices':
      // Yes and no, as they are written from here; other choices may be one of many.
      return more.length === 0 && (only === 'true' || only === 'false') ? only === 'true' : undefined;
    default:
      return undefined;
  }
}

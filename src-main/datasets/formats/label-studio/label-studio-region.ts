import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { decodeBrush } from './brush-rle.ts';
import { ellipseRing } from '../parts/ellipse.ts';
import type { Ellipse } from '../parts/ellipse.ts';
import { fieldsOf, numeral } from '../parts/forgiven.ts';
import type { Forgiven } from '../parts/forgiven.ts';
import { millionths, turnedBoxRing } from '../parts/turned-box.ts';

/** One result of an annotation. */
export interface Row {
  readonly id?: string;
  readonly type: string;
  readonly value?: Readonly<Record<string, unknown>>;
  readonly from_name?: string;
  readonly to_name?: string;
  readonly original_width?: number;
  readonly original_height?: number;
  readonly image_rotation?: number;
  readonly score?: number;
  readonly [more: string]: unknown;
}

const side = z.int().min(1).max(MAX_SIDE);
const word = z.string().max(500);
/** What notes call the rows of results. */
const ROWS = 'result';

/** A result as a file has it; null where it has no type. Other fields that cannot be are ignored and counted. */
export function rowOf(value: unknown, forgiven: Forgiven): Row | null {
  const fields = fieldsOf(value);
  if (fields === null || typeof fields['type'] !== 'string') return null;
  const { type, id, value: inner, from_name, to_name, original_width, original_height, image_rotation, score, ...rest } = fields;
  const size = (field: string, given: unknown): number | undefined => forgiven.field(ROWS, field, forgiven.number(ROWS, field, given), side);
  const read = {
    id: forgiven.field(ROWS, 'id', typeof id === 'number' ? String(id) : id, word), value: fieldsOf(inner) ?? undefined,
    from_name: forgiven.field(ROWS, 'from_name', from_name, word), to_name: forgiven.field(ROWS, 'to_name', to_name, word),
    original_width: size('original_width', original_width), original_height: size('original_height', original_height),
    image_rotation: forgiven.number(ROWS, 'image_rotation', image_rotation), score: forgiven.number(ROWS, 'score', score),
  };
  return { type, ...Object.fromEntries(Object.entries(read).filter(([, field]) => field !== undefined)), ...forgiven.kept(ROWS, rest) };
}

export type RegionKind = 'brush' | 'polygon' | 'rectangle' | 'ellipse';
/** Label Studio's types of results with a shape; "labels" goes with any of them. */
const KINDS: Readonly<Record<string, RegionKind>> = {
  brush: 'brush', brushlabels: 'brush', polygon: 'polygon', polygonlabels: 'polygon', rectangle: 'rectangle', rectanglelabels: 'rectangle', ellipse: 'ellipse', ellipselabels: 'ellipse',
};
const percent = z.preprocess(numeral, z.number().gte(-1e6).lte(1e6));
const length = z.preprocess(numeral, z.number().nonnegative().lte(1e6));
const rotation = z.preprocess((value) => (value === null ? undefined : numeral(value) ?? value), z.number().gte(-1e6).lte(1e6).optional());
/** Checked by hand, as there are many. */
const Brush = z.object({ rle: z.custom<number[]>((bytes) => Array.isArray(bytes) && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256), 'it is no list of bytes') });
const Polygon = z.object({ points: z.array(z.tuple([percent, percent])).min(3) });
const Rectangle = z.object({ x: percent, y: percent, width: length, height: length, rotation });
const Oval = z.object({ x: percent, y: percent, radiusX: length, radiusY: length, rotation });
const SHAPE_FIELDS = new Set(['format', 'rle', 'points', 'x', 'y', 'width', 'height', 'radiusX', 'radiusY', 'rotation']);

/** Whether a result has a shape that Maskwright draws. */
export const isDrawn = ({ type, value }: Row): boolean => Object.hasOwn(KINDS, type) || (type === 'labels' && (Array.isArray(value?.['rle']) || Array.isArray(value?.['points'])));

/** What one id of a list of results is: a shape, its labels, and answers that belong to it. */
export interface Region {
  readonly kind: RegionKind;
  readonly shape: Shape;
  /** The first is the class. */
  readonly labels: readonly string[];
  readonly extras: Extras;
}

/** Null when none of the rows (of one id) has a shape that Maskwright draws. Throws 'dataset-invalid' when it cannot be one. @param size of the picture */
export function regionOf(rows: readonly Row[], size: { readonly width: number; readonly height: number } | null, forgiven: Forgiven): Region | null {
  const row = rows.find(({ type }) => Object.hasOwn(KINDS, type)) ?? rows.find(isDrawn);
  if (row === undefined) return null;
  if (size === null) throw new MaskwrightError('dataset-invalid', 'the size of its image is neither given nor to be seen, and its coordinates are percents');
  if (row.image_rotation) throw new MaskwrightError('dataset-invalid', `it was drawn on the image turned by ${row.image_rotation}°`);
  const { original_width: width = size.width, original_height: height = size.height } = row;
  if (width !== size.width || height !== size.height) throw new MaskwrightError('dataset-invalid', `it is for an image of ${width} × ${height} pixels, and others are for ${size.width} × ${size.height}`);
  const value = row.value ?? {};
  const kind = KINDS[row.type] ?? (Array.isArray(value['rle']) ? 'brush' : 'polygon');
  const labelled = rows.find(({ type }) => type.endsWith('labels'));
  const labels = labelsOf(labelled?.value?.[labelled.type], forgiven);
  return { kind, shape: shapeOf(kind, value, size), labels, extras: extrasOfRegion(row, rows, labelled, labels, forgiven) };
}

function labelsOf(value: unknown, forgiven: Forgiven): string[] {
  if (value === undefined || value === null) return [];
  const labels = (Array.isArray(value) ? value : [value]).flatMap((label) => (typeof label === 'string' || typeof label === 'number' ? [String(label)] : []));
  if (labels.length === 0 && !(Array.isArray(value) && value.length === 0)) forgiven.add('region', 'its label is not text, so it has no class');
  return labels;
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
      const { rotation: degrees = 0, ...read } = checked(Rectangle, value);
      const box = { x: across(read.x), y: down(read.y), width: across(read.width), height: down(read.height) };
      // Its corner stays where it is (labelstud.io, image object detection: rotation).
      return degrees === 0 ? { kind: 'box', box } : { kind: 'polygon', parts: [{ outer: turnedBoxRing(box, degrees, 'corner'), holes: [] }] };
    }
    case 'ellipse': {
      const { rotation: degrees = 0, ...read } = checked(Oval, value);
      const ellipse = ellipseOf([read.x, read.y, read.radiusX, read.radiusY], { width, height });
      if (ellipse.rx <= 0 || ellipse.ry <= 0) throw new MaskwrightError('dataset-invalid', 'its radii must be larger than 0');
      return { kind: 'polygon', parts: [{ outer: ellipseRing(ellipse, degrees), holes: [] }] };
    }
  }
}

/** @param percents center and radiuses, across and down, in percents of the image */
export const ellipseOf = ([x, y, rx, ry]: readonly [number, number, number, number], { width, height }: { readonly width: number; readonly height: number }): Ellipse =>
  ({ cx: (x * width) / 100, cy: (y * height) / 100, rx: (rx * width) / 100, ry: (ry * height) / 100 });

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new MaskwrightError('dataset-invalid', `${issue?.path.join('.') || 'its value'}: ${issue?.message ?? 'it is impossible'}`);
}

const Meta = z.strictObject({ text: z.tuple([z.string()]) });

function extrasOfRegion(row: Row, rows: readonly Row[], labelled: Row | undefined, labels: readonly string[], forgiven: Forgiven): Extras {
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
  const degrees = numeral(value['rotation']) ?? 0;
  // So that it is written back as the ellipse that it was.
  const oval = row.type.startsWith('ellipse') ? { ellipse: ['x', 'y', 'radiusX', 'radiusY'].map((field) => numeral(value[field]) ?? 0) } : {};
  const described = Meta.safeParse(meta);
  const isGroup = typeof group === 'number' ? Number.isSafeInteger(group) : typeof group === 'string' && group.length <= 500;
  const own = {
    ...rest, ...(labelled !== undefined && labelled !== row && labelled.type === 'labels' ? { labels_from: labelled.from_name ?? 'labels' } : {}), ...(labels.length > 1 ? { labels: [...labels] } : {}), ...(degrees === 0 ? {} : { rotation: degrees }), ...oval, ...(keptValue.length > 0 ? { value: Object.fromEntries(keptValue) } : {}),
    ...(meta === undefined || described.success ? {} : { meta }), ...(others.length > 0 ? { results: others } : {}),
  };
  return {
    ...extrasOf(isGroup || group === undefined ? named : attributes, ['score', 'description']), ...(isGroup ? { group: group as number | string } : {}),
    ...(score === undefined ? {} : { score }), ...(described.success ? { description: described.data.text[0] } : {}), own: { 'label-studio': forgiven.kept('region', own) },
  };
}

/** What a per-region question was answered, where it is one value; undefined for all else, which is kept as it is. */
function answerOf({ type, value = {} }: Row): Scalar | undefined {
  const of = value[type === 'textarea' ? 'text' : type];
  const [only, ...more] = Array.isArray(of) ? (of as unknown[]) : [];
  switch (type) {
    case 'number':
      return Number.isFinite(of) ? (of as number) : undefined;
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

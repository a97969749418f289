import type { ImageAspect, ImageDifference, InstanceAspect, InstanceDifference } from '../../../src-shared/contract/snapshots.ts';
import type { Box, ClassId, Shape } from '../../../src-shared/domain/schema.ts';
import { rleIou } from '../../../src-shared/geometry/rle-algebra.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../src-shared/geometry/shape.ts';
import type { Extras } from '../extras.ts';
import type { DatasetImage, DatasetInstance } from '../source.ts';

/** From this IoU on two instances that are known by no common id are taken for the same one, as COCO's evaluation does. */
const SAME_FROM = 0.5;

export interface ComparedSide {
  readonly image: DatasetImage;
  readonly instances: readonly DatasetInstance[];
}

/** How the two sides are related. */
export interface Relation {
  /** Both are states of one project: the same id is the same instance and the same class. Else names and shapes decide. */
  readonly sameProject: boolean;
  readonly classBefore: (id: ClassId | null) => string | null;
  readonly classAfter: (id: ClassId | null) => string | null;
}

/**
 * What is different about an image; null when nothing is. Instances are matched by id in one project, and what is left by the
 * best IoU from 0.5 on (greedily, the best pair first). In two projects shapes count as the same when they cover the same
 * pixels, and painting order is not compared, because importing numbers it afresh.
 */
export function compareImage(before: ComparedSide | null, after: ComparedSide | null, relation: Relation): ImageDifference | null {
  const path = after?.image.path ?? before?.image.path ?? '';
  const sides = { path, before: before === null ? null : sideOf(before.image), after: after === null ? null : sideOf(after.image) };
  const { classBefore, classAfter } = relation;
  const removed = (instance: DatasetInstance): InstanceDifference => ({ before: { instance: instance.id, class: classBefore(instance.class), shape: instance.shape }, after: null, aspects: [], iou: null });
  const added = (instance: DatasetInstance): InstanceDifference => ({ before: null, after: { instance: instance.id, class: classAfter(instance.class), shape: instance.shape }, aspects: [], iou: null });
  if (before === null || after === null) return { ...sides, aspects: [], instances: [...(before?.instances ?? []).map(removed), ...(after?.instances ?? []).map(added)] };

  const masks = new Masks(before.image, after.image);
  const matches = match(before.instances, after.instances, relation, masks);
  const instances = [
    ...matches.pairs.flatMap(([a, b]) => compareInstances(a, b, relation, masks) ?? []),
    ...matches.before.map(removed),
    ...matches.after.map(added),
  ];
  const aspects = imageAspects(before.image, after.image);
  return instances.length === 0 && aspects.length === 0 ? null : { ...sides, aspects, instances };
}

const sideOf = ({ id, split, status, width, height }: DatasetImage): NonNullable<ImageDifference['before']> => ({ image: id, split, status, width, height });

function imageAspects(a: DatasetImage, b: DatasetImage): ImageAspect[] {
  const aspects: ImageAspect[] = [];
  if (a.split !== b.split) aspects.push('split');
  if (a.status !== b.status) aspects.push('status');
  // A size that was not known is no other size.
  if (a.width !== null && b.width !== null && (a.width !== b.width || a.height !== b.height)) aspects.push('size');
  if (!sameExtras(a.extras, b.extras)) aspects.push('attributes');
  return aspects;
}

function compareInstances(a: DatasetInstance, b: DatasetInstance, { sameProject, classBefore, classAfter }: Relation, masks: Masks): InstanceDifference | null {
  const names = { before: classBefore(a.class), after: classAfter(b.class) };
  const aspects: InstanceAspect[] = [];
  if (sameProject ? a.class !== b.class : names.before !== names.after) aspects.push('class');
  let iou: number | null = null;
  if (!sameShape(a.shape, b.shape)) {
    iou = masks.iou(a, b);
    if (sameProject || iou !== 1) aspects.push('shape');
  }
  if (sameProject && a.z !== b.z) aspects.push('order');
  if (!sameExtras(a.extras, b.extras)) aspects.push('attributes');
  if (aspects.length === 0) return null;
  return { before: { instance: a.id, class: names.before, shape: a.shape }, after: { instance: b.id, class: names.after, shape: b.shape }, aspects, iou: aspects.includes('shape') ? iou : null };
}

function sameShape(a: Shape, b: Shape): boolean {
  if (a.kind === 'mask' && b.kind === 'mask') return a.size[0] === b.size[0] && a.size[1] === b.size[1] && Buffer.compare(a.counts, b.counts) === 0;
  if (a.kind === 'polygon' && b.kind === 'polygon') return JSON.stringify(a.parts) === JSON.stringify(b.parts);
  if (a.kind === 'box' && b.kind === 'box') return a.box.x === b.box.x && a.box.y === b.box.y && a.box.width === b.box.width && a.box.height === b.box.height;
  return false;
}

/** What only one format knows is left out: it is how a thing was written, not what it is. */
const sameExtras = (a: Extras, b: Extras): boolean => canonical(a) === canonical(b);

const canonical = (extras: Extras): string =>
  JSON.stringify({ ...extras, own: undefined }, (_, inner: unknown) => (inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));

interface Matches {
  readonly pairs: (readonly [DatasetInstance, DatasetInstance])[];
  /** Those that have no other. */
  readonly before: readonly DatasetInstance[];
  readonly after: readonly DatasetInstance[];
}

function match(before: readonly DatasetInstance[], after: readonly DatasetInstance[], relation: Relation, masks: Masks): Matches {
  const pairs: Matches['pairs'] = [];
  const leftAfter = new Set(after);
  const leftBefore = new Set(before);
  if (relation.sameProject) {
    const byId = new Map(after.map((instance) => [instance.id, instance]));
    for (const a of before) {
      const b = byId.get(a.id);
      if (b === undefined) continue;
      pairs.push([a, b]);
      leftBefore.delete(a);
      leftAfter.delete(b);
    }
  }
  for (const { a, b } of overlapping([...leftBefore], [...leftAfter], relation, masks)) {
    if (!leftBefore.has(a) || !leftAfter.has(b)) continue;
    pairs.push([a, b]);
    leftBefore.delete(a);
    leftAfter.delete(b);
  }
  return { pairs, before: [...leftBefore], after: [...leftAfter] };
}

/** Pairs that may be the same instance, the likeliest first: by IoU, then those of the same class, then in the order that they come in. */
function overlapping(before: readonly DatasetInstance[], after: readonly DatasetInstance[], { classBefore, classAfter }: Relation, masks: Masks): { a: DatasetInstance; b: DatasetInstance }[] {
  const found: { a: DatasetInstance; b: DatasetInstance; iou: number; sameClass: boolean }[] = [];
  for (const a of before) {
    for (const b of after) {
      // The masks' IoU cannot reach what their boxes' does not.
      if (boxesOverlap(a.box, b.box) === 0) continue;
      const iou = sameShape(a.shape, b.shape) ? 1 : masks.iou(a, b);
      if (iou !== null && iou >= SAME_FROM) found.push({ a, b, iou, sameClass: classBefore(a.class) === classAfter(b.class) });
    }
  }
  return found.sort((p, q) => q.iou - p.iou || Number(q.sameClass) - Number(p.sameClass));
}

/** Pixels that two boxes share. */
const boxesOverlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

/** Masks of an image's instances, each made once. */
class Masks {
  readonly #made = new Map<DatasetInstance, Rle | null>();
  readonly #before: DatasetImage;
  readonly #after: DatasetImage;

  constructor(before: DatasetImage, after: DatasetImage) {
    this.#before = before;
    this.#after = after;
  }

  /** Null where the picture's size is not known, or is another one before and after. */
  iou(a: DatasetInstance, b: DatasetInstance): number | null {
    const one = this.#mask(a, this.#before);
    const other = this.#mask(b, this.#after);
    if (one === null || other === null || one.size[0] !== other.size[0] || one.size[1] !== other.size[1]) return null;
    return rleIou(one, other);
  }

  #mask(instance: DatasetInstance, { width, height }: DatasetImage): Rle | null {
    const known = this.#made.get(instance);
    if (known !== undefined) return known;
    const mask = width === null || height === null ? null : shapeToRle(instance.shape, height, width);
    this.#made.set(instance, mask);
    return mask;
  }
}

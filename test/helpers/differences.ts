import { isDeepStrictEqual } from 'node:util';
import type { Extras } from '../../src-main/datasets/extras.ts';
import type { DatasetInstance } from '../../src-main/datasets/source.ts';
import type { Ring, Shape } from '../../src-shared/domain/schema.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import type { MemorySource } from './dataset-source.ts';

/**
 * What of a data set is not in another that is to be the same: straight from the data, knowing nothing of formats. Images are
 * known by their paths without extension, instances by their pixels. Splits and numbers of things do not count.
 */
export function differences(before: MemorySource, after: MemorySource): string[] {
  const found = new Set<string>();
  const named = new Map(after.labels.map((label) => [label.name, label]));
  for (const { name, colour, extras } of before.labels) {
    const back = named.get(name);
    if (back === undefined) found.add('a class');
    else {
      if (back.colour !== colour) found.add('colour');
      if (back.extras.supercategory !== extras.supercategory) found.add('supercategory');
      if (!ownKept(extras, back.extras)) found.add('own of a class');
    }
  }
  if (!ownKept(before.own, after.own)) found.add('own of the data set');
  for (const image of before.pictures) {
    const back = after.pictures.find(({ path }) => stem(path) === stem(image.path));
    if (back === undefined) found.add('an image');
    else {
      if (!isDeepStrictEqual(back.extras.attributes ?? {}, image.extras.attributes ?? {})) found.add('attributes of an image');
      if (!ownKept(image.extras, back.extras)) found.add('own of an image');
      const size = [image.height ?? 0, image.width ?? 0] as const;
      const [old, read] = [drawn(before.instances(image.id), names(before), size), drawn(after.instances(back.id), names(after), size)];
      for (const difference of among(old, read)) found.add(difference);
    }
  }
  return [...found].toSorted();
}

const names = (source: MemorySource): Map<number, string> => new Map(source.labels.map(({ id, name }) => [id, name]));

const stem = (path: string): string => path.replace(/\.[^./]*$/, '');

/** Numbers within a file, which every file gives anew. */
const NUMBERS = new Set(['id', 'value', 'index']);
const fieldsOf = (fields: object | undefined): Record<string, unknown> => Object.fromEntries(Object.entries(fields ?? {}).filter(([key]) => !NUMBERS.has(key)));
const ownKept = (before: Extras, after: Extras): boolean =>
  Object.entries(before.own ?? {}).every(([id, fields]) => Object.entries(fieldsOf(fields)).every(([key, value]) => isDeepStrictEqual(value, after.own?.[id]?.[key])));

interface Drawn {
  readonly instance: DatasetInstance;
  readonly label: string | null;
  readonly mask: Rle;
}

const drawn = (instances: readonly DatasetInstance[], names: ReadonlyMap<number, string>, size: readonly [number, number]): Drawn[] =>
  instances.toSorted((a, b) => a.z - b.z || a.id - b.id).map((instance) => ({ instance, label: instance.class === null ? null : (names.get(instance.class) ?? null), mask: shapeToRle(instance.shape, ...size) }));

function among(before: readonly Drawn[], after: readonly Drawn[]): string[] {
  const found: string[] = before.length === after.length ? [] : ['the number of instances'];
  const left = [...after];
  const pairs = before.map((old) => {
    const best = left.toSorted((a, b) => rleIou(old.mask, b.mask) - rleIou(old.mask, a.mask))[0];
    if (best !== undefined) left.splice(left.indexOf(best), 1);
    return { old, back: best };
  });
  for (const { old, back } of pairs) {
    if (back === undefined) continue;
    if (rleIou(old.mask, back.mask) !== 1) found.push('pixels');
    if (!cornersKept(old.instance.shape, back.instance.shape)) found.push('corners');
    if (old.label !== back.label) found.push('the class');
    const { own: _a, ...fields } = old.instance.extras;
    const { own: _b, ...read } = back.instance.extras;
    for (const [name, value] of Object.entries(fields)) if (!isDeepStrictEqual(value, (read as Record<string, unknown>)[name])) found.push(name);
    if (!ownKept(old.instance.extras, back.instance.extras)) found.push('own of an instance');
  }
  for (const [i, below] of pairs.entries()) {
    for (const above of pairs.slice(i + 1)) {
      if (rleIou(below.old.mask, above.old.mask) === 0 || below.back === undefined || above.back === undefined) continue;
      if (after.indexOf(below.back) > after.indexOf(above.back)) found.push('painting order');
    }
  }
  return found;
}

const rings = (shape: Shape): Ring[] => (shape.kind === 'polygon' ? shape.parts.flatMap(({ outer, holes }) => [outer, ...holes]) : shape.kind === 'box' ? [[shape.box.x, shape.box.y, shape.box.width, shape.box.height]] : []);

/** What was drawn as corners has them, to a thousandth of a pixel. */
function cornersKept(before: Shape, after: Shape): boolean {
  if (before.kind === 'mask') return true;
  const [a, b] = [rings(before), rings(after)];
  return before.kind === after.kind && a.length === b.length && a.every((ring, i) => ring.length === b[i]?.length && ring.every((value, k) => Math.abs(value - (b[i]?.[k] ?? 0)) < 1e-3));
}

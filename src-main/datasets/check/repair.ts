import type { RuleId } from '../../../src-shared/contract/check.ts';
import { Shape } from '../../../src-shared/domain/schema.ts';
import { flipRegions } from '../../../src-shared/geometry/regions.ts';
import { rleArea } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../../src-shared/geometry/shape.ts';
import { clipParts, isEmpty, isOutside, reachOutside } from './outside.ts';
import { MOST_RUNS } from './found.ts';
import { islandsOf, pinholesOf } from './shape-rules.ts';

/** The rules for which CHECK_RULES says that there is a repair. */
export type RepairableRule = Extract<RuleId, 'island' | 'pinhole' | 'outside' | 'empty'>;

/** What an instance becomes: another shape, nothing at all, or (null) what it is. */
export type Repair = { readonly shape: Shape } | 'remove' | null;

/**
 * How one instance on an image of width × height pixels is put right by a rule with these thresholds; null where the rule finds
 * nothing. Polygons stay polygons where leaving out parts or holes does it, else (outlines that cross themselves) they
 * become masks. Throws 'bad-request' for a damaged mask.
 */
export function repairOf(rule: RepairableRule, thresholds: Readonly<Record<string, number>>, shape: Shape, width: number, height: number): Repair {
  if (shape.kind === 'mask' && (shape.size[0] !== height || shape.size[1] !== width)) return null;
  const mask = shapeToRle(shape, height, width);
  if (rule === 'empty') return isEmpty(rleArea(mask), reachOutside(shape, width, height)) ? 'remove' : null;
  if (rule === 'outside') {
    const area = rleArea(mask);
    if (!isOutside(area, reachOutside(shape, width, height), thresholds)) return null;
    return area === 0 ? 'remove' : inside(shape, width, height);
  }
  if (shape.kind === 'box' || mask.counts.length > MOST_RUNS) return null;
  const area = thresholds['area'] ?? 0;
  const repaired = rule === 'island' ? withoutIslands(mask, area) : withoutPinholes(mask, area);
  if (repaired === mask) return null;
  return kept(shape.kind === 'polygon' ? simpler(rule, shape.parts, repaired, area) : maskShape(repaired));
}

/** Islands as islandsOf has them. The mask itself when there are none. */
const withoutIslands = (mask: Rle, area: number): Rle => flipRegions(mask, true, 8, (regions) => marked(regions, islandsOf(regions, area)));
const withoutPinholes = (mask: Rle, area: number): Rle => flipRegions(mask, false, 4, (regions) => marked(regions, pinholesOf(regions, area)));

function marked<T>(all: readonly T[], chosen: readonly T[]): boolean[] {
  const set = new Set(chosen);
  return all.map((one) => set.has(one));
}

function inside(shape: Shape, width: number, height: number): Repair {
  if (shape.kind === 'mask') return null;
  if (shape.kind === 'polygon') return kept({ kind: 'polygon', parts: clipParts(shape.parts, width, height) });
  const { x, y, width: boxWidth, height: boxHeight } = shape.box;
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return kept({ kind: 'box', box: { x: left, y: top, width: Math.min(width, x + boxWidth) - left, height: Math.min(height, y + boxHeight) - top } });
}

/** Without the parts, or the holes, that are too small, when that gives the very pixels wanted. */
function simpler(rule: 'island' | 'pinhole', parts: Extract<Shape, { kind: 'polygon' }>['parts'], wanted: Rle, area: number): Shape {
  const [height, width] = wanted.size;
  const pixels = (ring: number[]): number => rleArea(shapeToRle({ kind: 'polygon', parts: [{ outer: ring, holes: [] }] }, height, width));
  const sizes = parts.map(({ outer }) => pixels(outer));
  const largest = sizes.indexOf(Math.max(...sizes));
  const left = rule === 'island'
    ? parts.filter((_, i) => i === largest || (sizes[i] ?? 0) >= area)
    : parts.map(({ outer, holes }) => ({ outer, holes: holes.filter((hole) => pixels(hole) >= area) }));
  const polygon: Shape = { kind: 'polygon', parts: left };
  return sameMask(shapeToRle(polygon, height, width), wanted) ? polygon : maskShape(wanted);
}

const sameMask = (a: Rle, b: Rle): boolean => a.counts.length === b.counts.length && a.counts.every((count, i) => count === b.counts[i]);

/** A shape that the project can hold: cutting a ring of the most corners that it may have can give it more. */
const kept = (shape: Shape): Repair => (Shape.safeParse(shape).success ? { shape } : null);

import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { ellipseRing, isEllipseRing } from '../parts/ellipse.ts';
import type { Ellipse } from '../parts/ellipse.ts';
import { numeral } from '../parts/forgiven.ts';
import { outlineRings } from '../parts/outlines.ts';

/** `shape_attributes` of a region. */
export type ViaShape = Readonly<Record<string, unknown>> & { readonly name: string };

/** Shapes without an area. */
export const WITHOUT_AREA: ReadonlySet<string> = new Set(['point', 'polyline', 'line']);

const FARTHEST = 1e7;
const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

/** A region's shape in pixels; circles and ellipses become polygons. Throws 'dataset-invalid' with the reason. */
export function shapeFrom(said: Readonly<Record<string, unknown>>): Shape {
  switch (said['name']) {
    case 'rect': {
      const [x, y, width, height] = numbers(said, ['x', 'y', 'width', 'height']);
      return { kind: 'box', box: { x: Math.min(x, x + width), y: Math.min(y, y + height), width: Math.abs(width), height: Math.abs(height) } };
    }
    case 'polygon': {
      const [xs, ys] = [said['all_points_x'], said['all_points_y']];
      if (!Array.isArray(xs) || !Array.isArray(ys) || xs.length !== ys.length || xs.length < 3) throw invalid('it has no three corners');
      const ring = xs.flatMap((x: unknown, i) => [numeral(x), numeral(ys[i])]);
      if (!ring.every((of) => of !== undefined && Math.abs(of) <= FARTHEST)) throw invalid('its corners are not numbers');
      return { kind: 'polygon', parts: [{ outer: withoutLast(ring as Ring), holes: [] }] };
    }
    case 'circle':
    case 'ellipse': {
      const { ellipse, degrees } = ellipseOf(said);
      return { kind: 'polygon', parts: [{ outer: ellipseRing(ellipse, degrees), holes: [] }] };
    }
    default:
      throw invalid(`regions of the shape "${String(said['name']).slice(0, 40)}" are unknown`);
  }
}

/** Some versions write the first corner again as the last one. */
const withoutLast = (ring: Ring): Ring => (ring.length > 6 && ring[0] === ring.at(-2) && ring[1] === ring.at(-1) ? ring.slice(0, -2) : ring);

function ellipseOf(said: Readonly<Record<string, unknown>>): { ellipse: Ellipse; degrees: number } {
  if (said['name'] === 'circle') {
    const [cx, cy, r] = numbers(said, ['cx', 'cy', 'r']);
    return { ellipse: { cx, cy, rx: Math.abs(r), ry: Math.abs(r) }, degrees: 0 };
  }
  const [cx, cy, rx, ry] = numbers(said, ['cx', 'cy', 'rx', 'ry']);
  // In radians, clockwise on the screen (VIA 2.0.5 and later; none before).
  return { ellipse: { cx, cy, rx: Math.abs(rx), ry: Math.abs(ry) }, degrees: ((numeral(said['theta']) ?? 0) * 180) / Math.PI };
}

function numbers<const Names extends readonly string[]>(said: Readonly<Record<string, unknown>>, names: Names): { -readonly [K in keyof Names]: number } {
  return names.map((name) => {
    const value = numeral(said[name]);
    if (value === undefined || Math.abs(value) > FARTHEST) throw invalid(`its "${name}" is not a possible number`);
    return value;
  }) as { -readonly [K in keyof Names]: number };
}

/** What a shape is in VIA: several polygons for several parts, holes joined to the outline. @param mask its pixels @param drawn as it was imported */
export function viaShapes(shape: Shape, mask: Rle, drawn: unknown): ViaShape[] {
  const kept = keptEllipse(shape, drawn);
  if (kept !== null) return [kept];
  if (shape.kind === 'box') {
    const { x, y, width, height } = shape.box;
    return [{ name: 'rect', x, y, width, height }];
  }
  return outlineRings(shape, mask).map((ring) => ({ name: 'polygon', all_points_x: ring.filter((_, i) => i % 2 === 0), all_points_y: ring.filter((_, i) => i % 2 === 1) }));
}

/** The circle or ellipse that a polygon came from, as long as nobody changed it. */
function keptEllipse(shape: Shape, drawn: unknown): ViaShape | null {
  if (shape.kind !== 'polygon' || shape.parts.length !== 1 || typeof drawn !== 'object' || drawn === null || !('name' in drawn) || (drawn.name !== 'circle' && drawn.name !== 'ellipse')) return null;
  try {
    const { ellipse, degrees } = ellipseOf(drawn as ViaShape);
    return isEllipseRing(shape.parts[0]?.outer ?? [], ellipse, degrees) ? (drawn as ViaShape) : null;
  } catch {
    return null;
  }
}

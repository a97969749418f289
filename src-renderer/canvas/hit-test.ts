import type { ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import type { Instance, InstanceId, PolygonPart, Shape } from '../../src-shared/domain/schema.ts';
import { rleContains, type Rle } from '../../src-shared/geometry/rle.ts';
import { maskRle } from '../../src-shared/geometry/shape.ts';

/** Unpacked when first needed; null for damaged run lengths, whose instance is shown, and hit, by its box. */
const unpacked = new WeakMap<Shape, Rle | null>();

/** An instance this many times smaller than one above it is what a click on both means. */
const SMALL_PART = 4;

/**
 * The instance under an image point, by its shape and not its box; null on empty ground.
 * The topmost (largest z, then newest) wins, with one exception: fills are translucent, so a small object shows
 * through a large one that lies over it, and it could be reached in no other way. A hit whose area is at most a quarter
 * of the one chosen so far therefore takes its place.
 */
export function hitTest(instances: readonly Instance[], hidden: ReadonlySet<InstanceId>, point: ImagePoint): InstanceId | null {
  const hits = instances
    .filter((instance) => !hidden.has(instance.id) && inBox(instance, point) && shapeContains(instance.shape, point))
    .sort((a, b) => b.z - a.z || b.id - a.id);
  let chosen: Instance | null = null;
  for (const hit of hits) if (!chosen || hit.area * SMALL_PART <= chosen.area) chosen = hit;
  return chosen?.id ?? null;
}

function inBox({ box }: Instance, { x, y }: ImagePoint): boolean {
  return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
}

/** Whether a shape has the pixel under an image point; a damaged mask is taken to have all. */
export function shapeContains(shape: Shape, point: ImagePoint): boolean {
  switch (shape.kind) {
    case 'mask': {
      const rle = rleOf(shape);
      return rle ? rleContains(rle, point.x, point.y) : true;
    }
    case 'polygon':
      return shape.parts.some((part) => partContains(part, point));
    case 'box':
      return true;
  }
}

function rleOf(shape: Extract<Shape, { kind: 'mask' }>): Rle | null {
  const known = unpacked.get(shape);
  if (known !== undefined) return known;
  let rle: Rle | null = null;
  try {
    rle = maskRle(shape);
  } catch {
    // Damaged: remembered as null.
  }
  unpacked.set(shape, rle);
  return rle;
}

/** Even-odd over the outer ring and the holes together. */
function partContains(part: PolygonPart, { x, y }: ImagePoint): boolean {
  let inside = false;
  for (const ring of [part.outer, ...part.holes]) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const xi = ring[i] ?? 0, yi = ring[i + 1] ?? 0, xj = ring[j] ?? 0, yj = ring[j + 1] ?? 0;
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

import type { Size } from '../canvas/viewport.ts';
import type { Box } from '../../src-shared/domain/schema.ts';

/** Where in the stage the candidate bar lies: along its top or bottom, or upright at one side. */
export type BarPlace = 'bottom' | 'top' | 'left' | 'right';

/** CSS pixels between the bar and the stage's edges, as in shell.css. */
const GAP = { along: 18, side: 5 };

/** What the bar should not lie over, in CSS pixels of the canvas. */
export interface Shown {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The prompt's box, the candidate's box. */
  readonly boxes: readonly Box[];
  readonly image: Box;
}

export interface BarSizes {
  readonly flat: Size;
  readonly upright: Size;
}

const PLACES: readonly BarPlace[] = ['bottom', 'top', 'right', 'left'];

/**
 * Where the bar hides least of what is being labeled: clicks before masks, masks before the rest of the image. So it
 * lies beside the image where there is room. It changes its place only for a better one, to lie still under the pointer.
 */
export function barPlace(now: BarPlace, shown: Shown, canvas: Size, sizes: BarSizes): BarPlace {
  const costs = new Map(PLACES.map((place) => [place, cost(boxAt(place, canvas, sizes), shown, canvas)]));
  return PLACES.reduce((best, place) => (isLess(costs.get(place) ?? [], costs.get(best) ?? []) ? place : best), now);
}

function boxAt(place: BarPlace, canvas: Size, { flat, upright }: BarSizes): Box {
  if (place === 'top' || place === 'bottom') return { x: (canvas.width - flat.width) / 2, y: place === 'top' ? GAP.along : canvas.height - GAP.along - flat.height, ...flat };
  return { x: place === 'left' ? GAP.side : canvas.width - GAP.side - upright.width, y: (canvas.height - upright.height) / 2, ...upright };
}

/** What counts most first. */
function cost(bar: Box, { points, boxes, image }: Shown, canvas: Size): number[] {
  return [
    bar.x < 0 || bar.y < 0 || bar.x + bar.width > canvas.width || bar.y + bar.height > canvas.height ? 1 : 0,
    points.filter((p) => p.x >= bar.x && p.x <= bar.x + bar.width && p.y >= bar.y && p.y <= bar.y + bar.height).length,
    boxes.reduce((sum, box) => sum + shared(bar, box), 0),
    shared(bar, image) > 0 ? 1 : 0,
  ];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const first = a.findIndex((value, i) => value !== b[i]);
  return first >= 0 && (a[first] ?? 0) < (b[first] ?? 0);
}

const shared = (a: Box, b: Box): number => overlap(a.x, a.width, b.x, b.width) * overlap(a.y, a.height, b.y, b.height);
const overlap = (a: number, aLength: number, b: number, bLength: number): number => Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b));

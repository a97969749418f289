import type { Size } from '../canvas/viewport.ts';
import type { Box } from '../../src-shared/domain/schema.ts';

/** The end of the canvas at which the candidate bar lies. */
export type BarSide = 'bottom' | 'top';

/** CSS pixels between the bar and the canvas' edge, as in shell.css. */
const BAR_GAP = 18;

/** What the bar should not lie over, in CSS pixels of the canvas. */
export interface Shown {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The prompt's box, the candidate's box. */
  readonly boxes: readonly Box[];
}

/**
 * Where the bar hides least of what is being labeled: clicks before masks. It changes its place only for a better one,
 * so that it lies still under the pointer.
 */
export function barSide(now: BarSide, shown: Shown, canvas: Size, bar: Size): BarSide {
  const other = now === 'bottom' ? 'top' : 'bottom';
  const [here, there] = [hidden(barBox(now, canvas, bar), shown), hidden(barBox(other, canvas, bar), shown)];
  const better = there.points < here.points || (there.points === here.points && there.area < here.area);
  return better ? other : now;
}

function barBox(side: BarSide, canvas: Size, bar: Size): Box {
  return { x: (canvas.width - bar.width) / 2, y: side === 'top' ? BAR_GAP : canvas.height - BAR_GAP - bar.height, ...bar };
}

function hidden(bar: Box, { points, boxes }: Shown): { points: number; area: number } {
  return {
    points: points.filter((p) => p.x >= bar.x && p.x <= bar.x + bar.width && p.y >= bar.y && p.y <= bar.y + bar.height).length,
    area: boxes.reduce((sum, box) => sum + overlap(bar.x, bar.width, box.x, box.width) * overlap(bar.y, bar.height, box.y, box.height), 0),
  };
}

const overlap = (a: number, aLength: number, b: number, bLength: number): number => Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b));

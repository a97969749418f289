import { imagePoint, screenPoint, type ImagePoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Viewport } from './types.ts';
import { clamp, toScreen, type Size } from './viewport.ts';

/** The crosshair that the arrow keys move: it stands on the centres of image pixels. */

/** CSS pixels that a step is at least, so that it can be seen however far the image is zoomed out. */
const SHORTEST_STEP = 2;
/** CSS pixels that the crosshair keeps from the canvas' edges: the image moves instead. */
const MARGIN = 24;

/** @returns how far one step goes: whole image pixels, one when that can be seen at this zoom. */
export function stepLength(zoom: number): number {
  return Math.max(1, Math.ceil(SHORTEST_STEP / zoom));
}

/** The centre of the image pixel at `point`, or of the nearest one of the image. */
export function pixelCentre(point: ImagePoint, image: Size): ImagePoint {
  return imagePoint(clamp(Math.floor(point.x), 0, image.width - 1) + 0.5, clamp(Math.floor(point.y), 0, image.height - 1) + 0.5);
}

/** The crosshair after `dx` and `dy` steps; it does not leave the image. */
export function moveCrosshair(at: ImagePoint, image: Size, zoom: number, dx: number, dy: number): ImagePoint {
  const length = stepLength(zoom);
  return pixelCentre(imagePoint(at.x + dx * length, at.y + dy * length), image);
}

function offEdge(value: number, side: number): number {
  return clamp(value, Math.min(MARGIN, side / 2), Math.max(side - MARGIN, side / 2));
}

/** @returns by how many CSS pixels the image must be moved for `point` to be well in sight. */
export function panIntoSight(view: Viewport, canvas: Size, point: ImagePoint): ScreenPoint {
  const { x, y } = toScreen(view, canvas, point);
  return screenPoint(offEdge(x, canvas.width) - x, offEdge(y, canvas.height) - y);
}

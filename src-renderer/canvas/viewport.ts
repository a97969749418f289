import { imagePoint, screenPoint, type ImagePoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Box } from '../../src-shared/domain/schema.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import type { Viewport } from './types.ts';

/** Pure arithmetic of the view: nothing here touches the page. Sizes are CSS pixels unless named otherwise. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** From this many CSS pixels per image pixel on, pixels are drawn as squares. */
export const SQUARES_ZOOM = 4;
/** From this many CSS pixels per image pixel on, a faint grid separates the pixels. */
export const GRID_ZOOM = 14;

const FARTHEST_IN = 64;
const MARGIN = 36;

export function toScreen(view: Viewport, canvas: Size, point: ImagePoint): ScreenPoint {
  return screenPoint((point.x - view.centre.x) * view.zoom + canvas.width / 2, (point.y - view.centre.y) * view.zoom + canvas.height / 2);
}

export function toImage(view: Viewport, canvas: Size, point: ScreenPoint): ImagePoint {
  return imagePoint((point.x - canvas.width / 2) / view.zoom + view.centre.x, (point.y - canvas.height / 2) / view.zoom + view.centre.y);
}

/** The transform all layers paint with. `ratio` is device pixels per CSS pixel. */
export function deviceTransform(view: Viewport, canvas: Size, ratio: number): DeviceTransform {
  const scale = view.zoom * ratio;
  return {
    scale,
    x: Math.round((canvas.width * ratio) / 2 - view.centre.x * scale),
    y: Math.round((canvas.height * ratio) / 2 - view.centre.y * scale),
  };
}

/** The zoom at which `content` fills the canvas but for a margin that shrinks with small canvases. */
function fittingZoom(canvas: Size, content: Size): number {
  const margin = Math.min(MARGIN, canvas.width * 0.06, canvas.height * 0.06);
  return Math.min(
    Math.max(1, canvas.width - 2 * margin) / Math.max(1, content.width),
    Math.max(1, canvas.height - 2 * margin) / Math.max(1, content.height),
  );
}

/** How far one can zoom out (a quarter of the fitted picture, but always to 100 %) and in. */
export function zoomLimits(canvas: Size, image: Size): { readonly min: number; readonly max: number } {
  return { min: Math.min(1, fittingZoom(canvas, image) / 4), max: FARTHEST_IN };
}

/**
 * The nearest view in which the image cannot get lost: the canvas' centre stays over the image,
 * and the zoom within its limits.
 */
export function clampView(view: Viewport, canvas: Size, image: Size): Viewport {
  const { min, max } = zoomLimits(canvas, image);
  return {
    zoom: clamp(view.zoom, min, max),
    centre: imagePoint(clamp(view.centre.x, 0, image.width), clamp(view.centre.y, 0, image.height)),
  };
}

export function fitView(canvas: Size, image: Size): Viewport {
  return clampView({ zoom: fittingZoom(canvas, image), centre: imagePoint(image.width / 2, image.height / 2) }, canvas, image);
}

/** Shows `box` (image pixels) as large as it fits. */
export function fillBoxView(canvas: Size, image: Size, box: Box): Viewport {
  return clampView({ zoom: fittingZoom(canvas, box), centre: imagePoint(box.x + box.width / 2, box.y + box.height / 2) }, canvas, image);
}

/** Shows `box` with room around it; a tiny one is not blown up until its surroundings are lost. */
export function fitBoxView(canvas: Size, image: Size, box: Box): Viewport {
  const view = fillBoxView(canvas, image, box);
  const most = Math.max(GRID_ZOOM, fittingZoom(canvas, image));
  return clampView({ ...view, zoom: Math.min(view.zoom / 1.3, most) }, canvas, image);
}

/** Changes the zoom, within its limits, so that what is under `at` stays there as far as the clamping allows. */
export function zoomAt(view: Viewport, canvas: Size, image: Size, zoom: number, at: ScreenPoint): Viewport {
  const { min, max } = zoomLimits(canvas, image);
  const next = clamp(zoom, min, max);
  const under = toImage(view, canvas, at);
  return clampView(
    { zoom: next, centre: imagePoint(under.x - (at.x - canvas.width / 2) / next, under.y - (at.y - canvas.height / 2) / next) },
    canvas,
    image,
  );
}

/** Moves the image by (dx, dy) CSS pixels. */
export function panBy(view: Viewport, canvas: Size, image: Size, dx: number, dy: number): Viewport {
  return clampView({ zoom: view.zoom, centre: imagePoint(view.centre.x - dx / view.zoom, view.centre.y - dy / view.zoom) }, canvas, image);
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

export function sameView(a: Viewport, b: Viewport): boolean {
  return a.zoom === b.zoom && a.centre.x === b.centre.x && a.centre.y === b.centre.y;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

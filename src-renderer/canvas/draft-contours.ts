import type { Box } from '../../src-shared/domain/schema.ts';
import { maskToParts } from '../../src-shared/geometry/contours.ts';
import { RunWriter } from '../../src-shared/geometry/run-writer.ts';
import type { Upscaler } from '../../src-shared/sam/upscale.ts';
import { sampleSigns } from './draft-samples.ts';
import type { Rect } from './pyramid.ts';

/** Outlines of a candidate, from its logits, for the part of the image in view. Pure; rings are flat [x0, y0, …] in image pixels. */

let links = new Int32Array(0);

/** The part of `rect` that can hold inside pixels, in whole image pixels; null when there is none. */
export function wholePixels(rect: Rect, box: Box | null): Rect | null {
  if (!box) return null;
  const left = Math.floor(Math.max(rect.left, box.x));
  const top = Math.floor(Math.max(rect.top, box.y));
  const right = Math.ceil(Math.min(rect.right, box.x + box.width));
  const bottom = Math.ceil(Math.min(rect.bottom, box.y + box.height));
  return right > left && bottom > top ? { left, top, right, bottom } : null;
}

/** Along the edges of the pixels that are inside (logit > 0): what accepting will give, exactly. `rect` has whole sides. */
export function pixelContours(upscaler: Upscaler, logits: Float32Array, rect: Rect): number[][] {
  const columns = rect.right - rect.left;
  const rows = rect.bottom - rect.top;
  const samples = sampleSigns(upscaler, logits, { x: rect.left, y: rect.top, stepX: 1, stepY: 1, columns, rows });
  // Run lengths go down columns, the samples along rows; so this is the mask with x and y exchanged.
  const runs = new RunWriter();
  let from = 0;
  for (let i = 1; i <= columns * rows; i++) {
    const inside = (samples[from] as number) > 0;
    if (i < columns * rows && (samples[i] as number) > 0 === inside) continue;
    runs.add(inside, i - from);
    from = i;
  }
  const parts = maskToParts({ size: [columns, rows], counts: runs.finish() });
  const rings = parts.flatMap((part) => [part.outer, ...part.holes]);
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) [ring[i], ring[i + 1]] = [(ring[i + 1] ?? 0) + rect.left, (ring[i] ?? 0) + rect.top];
  }
  return rings;
}

/**
 * Where the logits cross zero, by marching squares (Lorensen & Cline's marching cubes in the plane) with linear
 * interpolation on a grid of `step` image pixels. For views in which an image pixel is smaller than a screen pixel.
 * Outside of `rect` counts as outside the mask, so that every ring is closed.
 */
export function smoothContours(upscaler: Upscaler, logits: Float32Array, rect: Rect, step: number): number[][] {
  const columns = Math.max(1, Math.ceil((rect.right - rect.left) / step));
  const rows = Math.max(1, Math.ceil((rect.bottom - rect.top) / step));
  const stepX = (rect.right - rect.left) / columns;
  const stepY = (rect.bottom - rect.top) / rows;
  const samples = sampleSigns(upscaler, logits, { x: rect.left, y: rect.top, stepX, stepY, columns, rows });
  const x = (i: number): number => Math.min(rect.right, Math.max(rect.left, rect.left + (i - 0.5) * stepX));
  const y = (j: number): number => Math.min(rect.bottom, Math.max(rect.top, rect.top + (j - 0.5) * stepY));
  return traceGrid(samples, columns, rows, x, y);
}

const OUTSIDE = -1;
const NONE = -1;

/**
 * Links the zero crossings of `samples` (columns × rows, with a frame of outside samples around) into closed rings.
 * `x(i)`, `y(j)` place grid lines, 0 being the frame's first. A crossing is named by its grid edge: 2·node for the edge
 * to the right of a node, 2·node + 1 for the one below it. Each cell links its crossings so that the inside lies to the right
 * of the way; where two corners touch, they are kept apart.
 */
function traceGrid(samples: Float32Array, columns: number, rows: number, x: (i: number) => number, y: (j: number) => number): number[][] {
  const width = columns + 2;
  const height = rows + 2;
  const size = width * height * 2;
  if (links.length < size) links = new Int32Array(size);
  const next = links;
  const value = (i: number, j: number): number =>
    i === 0 || j === 0 || i > columns || j > rows ? OUTSIDE : (samples[(j - 1) * columns + i - 1] as number);
  const starts: number[] = [];
  const link = (from: number, to: number): void => {
    next[from] = to;
    starts.push(from);
  };
  for (let j = 0; j + 1 < height; j++) {
    let topLeft = value(0, j) > 0;
    let bottomLeft = value(0, j + 1) > 0;
    for (let i = 0; i + 1 < width; i++) {
      const topRight = value(i + 1, j) > 0;
      const bottomRight = value(i + 1, j + 1) > 0;
      const kind = (topLeft ? 1 : 0) | (topRight ? 2 : 0) | (bottomRight ? 4 : 0) | (bottomLeft ? 8 : 0);
      topLeft = topRight;
      bottomLeft = bottomRight;
      if (kind === 0 || kind === 15) continue;
      const top = 2 * (j * width + i);
      const left = top + 1;
      const right = top + 3;
      const bottom = top + 2 * width;
      switch (kind) {
        case 1: link(top, left); break;
        case 2: link(right, top); break;
        case 3: link(right, left); break;
        case 4: link(bottom, right); break;
        case 5: link(top, left); link(bottom, right); break;
        case 6: link(bottom, top); break;
        case 7: link(bottom, left); break;
        case 8: link(left, bottom); break;
        case 9: link(top, bottom); break;
        case 10: link(right, top); link(left, bottom); break;
        case 11: link(right, bottom); break;
        case 12: link(left, right); break;
        case 13: link(top, right); break;
        default: link(left, top);
      }
    }
  }
  const rings: number[][] = [];
  for (const start of starts) {
    if (next[start] === NONE) continue;
    const ring: number[] = [];
    for (let at = start; next[at] !== NONE; ) {
      const node = at >> 1;
      const i = node % width;
      const j = (node - i) / width;
      const here = value(i, j);
      if (at % 2 === 0) ring.push(x(i) + (x(i + 1) - x(i)) * (here / (here - value(i + 1, j))), y(j));
      else ring.push(x(i), y(j) + (y(j + 1) - y(j)) * (here / (here - value(i, j + 1))));
      const following = next[at] as number;
      next[at] = NONE;
      at = following;
    }
    if (ring.length >= 6) rings.push(ring);
  }
  return rings;
}

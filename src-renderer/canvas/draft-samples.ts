import type { Upscaler } from '../../src-shared/sam/upscale.ts';

/** Sample (i, j) stands for the image pixel that contains (x + (i + ½)·stepX, y + (j + ½)·stepY). */
export interface SampleGrid {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
}

/** Samples to a side of the blocks that are looked at as a whole. */
const BLOCK = 32;
/** Low-resolution logits to either side of a point that its upscaled value can depend on (see sam/upscale.ts). */
const REACH = 2;
/** What stands for a logit whose value does not matter because no contour passes near it. */
const FAR_INSIDE = 1;
const FAR_OUTSIDE = -1;

let samples = new Float32Array(0);
let strip = new Float32Array(0);

/**
 * Upscaled logits on a grid, row-major, exact wherever the sign changes nearby. Upscaled values are weighted means of
 * logits, so where all logits around a block have one sign, so has the block, and upscaling it is left out: the cost
 * follows the outline, not the area. The array is reused by the next call.
 */
export function sampleSigns(upscaler: Upscaler, logits: Float32Array, grid: SampleGrid): Float32Array {
  const { columns, rows } = grid;
  if (samples.length < columns * rows) samples = new Float32Array(columns * rows);
  for (let top = 0; top < rows; top += BLOCK) {
    const height = Math.min(BLOCK, rows - top);
    let mixedFrom = -1;
    for (let left = 0; left < columns; left += BLOCK) {
      const width = Math.min(BLOCK, columns - left);
      const far = commonSign(upscaler, logits, grid, left, top, width, height);
      if (far === null) {
        if (mixedFrom < 0) mixedFrom = left;
        continue;
      }
      if (mixedFrom >= 0) upscale(upscaler, logits, grid, mixedFrom, top, left - mixedFrom, height);
      mixedFrom = -1;
      for (let row = top; row < top + height; row++) samples.fill(far, row * columns + left, row * columns + left + width);
    }
    if (mixedFrom >= 0) upscale(upscaler, logits, grid, mixedFrom, top, columns - mixedFrom, height);
  }
  return samples;
}

function upscale(upscaler: Upscaler, logits: Float32Array, grid: SampleGrid, left: number, top: number, width: number, height: number): void {
  if (strip.length < width * height) strip = new Float32Array(width * height);
  upscaler.sample(logits, grid.x + left * grid.stepX, grid.y + top * grid.stepY, grid.stepX, grid.stepY, width, height, strip);
  for (let row = 0; row < height; row++) samples.set(strip.subarray(row * width, (row + 1) * width), (top + row) * grid.columns + left);
}

/** FAR_INSIDE or FAR_OUTSIDE when all logits that the block can depend on have that sign, else null. */
function commonSign(upscaler: Upscaler, logits: Float32Array, grid: SampleGrid, left: number, top: number, width: number, height: number): number | null {
  const { lowRes, frame, inputWidth, inputHeight, imageWidth, imageHeight } = upscaler.frame;
  const across = (inputWidth / imageWidth) * (lowRes / frame);
  const down = (inputHeight / imageHeight) * (lowRes / frame);
  const index = (value: number): number => Math.min(lowRes - 1, Math.max(0, value));
  const x0 = index(Math.floor((grid.x + left * grid.stepX) * across - 0.5) - REACH);
  const x1 = index(Math.ceil((grid.x + (left + width) * grid.stepX) * across - 0.5) + REACH);
  const y0 = index(Math.floor((grid.y + top * grid.stepY) * down - 0.5) - REACH);
  const y1 = index(Math.ceil((grid.y + (top + height) * grid.stepY) * down - 0.5) + REACH);
  const inside = (logits[y0 * lowRes + x0] as number) > 0;
  for (let y = y0; y <= y1; y++) {
    for (let i = y * lowRes + x0; i <= y * lowRes + x1; i++) if ((logits[i] as number) > 0 !== inside) return null;
  }
  return inside ? FAR_INSIDE : FAR_OUTSIDE;
}

import { erodeColumn, newErodedColumn } from './erode.ts';
import type { Grid } from './place-shape.ts';
import type { SpanTable } from './span-table.ts';

/** RGBA with premultiplied alpha, row-major. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** A band along the inside of a shape's edge, outermost first; the last of a style takes all that remains (width Infinity). */
export interface Band {
  /** Device pixels. */
  readonly width: number;
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** 0 to 1. */
  readonly alpha: number;
}

/** Coverage along one column, as differences: what begins at a row is added, what ends is taken away. */
let changes: Float32Array[] = [];
const eroded = newErodedColumn();

/** How far beyond the view a shape must be known for its bands to be right inside the view. */
export function bandReach(bands: readonly Band[]): number {
  let reach = 1;
  for (const band of bands) if (band.width !== Infinity) reach += Math.ceil(band.width);
  return reach;
}

/** Blends a placed shape over the surface (source over): each band over the part of the shape at its distance from the edge. */
export function paintShape(surface: Surface, grid: Grid, table: SpanTable, bands: readonly Band[]): void {
  if (table.empty) return;
  const { width, height } = surface;
  if (changes.length < bands.length || (changes[0]?.length ?? 0) < height + 2) {
    changes = bands.map(() => new Float32Array(height + 2));
  }
  const weight = 1 / grid.perPixel;
  const from = Math.max(0, Math.floor(table.first * weight));
  const to = Math.min(width, Math.ceil((table.first + table.columns) * weight));
  for (let x = from; x < to; x++) {
    let low = height;
    let high = 0;
    for (let column = x * grid.perPixel; column < (x + 1) * grid.perPixel; column++) {
      const start = table.start(column);
      const end = table.end(column);
      if (start === end) continue;
      const outer = changes[0] as Float32Array;
      for (let i = start; i < end; i++) cover(outer, table.top(i), table.bottom(i), weight, height);
      low = Math.min(low, Math.max(0, Math.floor(table.top(start))));
      high = Math.max(high, Math.min(height, Math.ceil(table.bottom(end - 1))));
      let radius = 0;
      for (let band = 1; band < bands.length; band++) {
        radius += (bands[band - 1] as Band).width;
        erodeColumn(table, column, radius, grid.perPixel, grid.crisp, eroded);
        const inner = changes[band] as Float32Array;
        for (let i = 0; i < eroded.count; i++) cover(inner, eroded.bounds[i * 2] as number, eroded.bounds[i * 2 + 1] as number, weight, height);
      }
    }
    if (low < high) blendColumn(surface, x, low, high, bands);
  }
}

/** Adds the span [top, bottom) with fractional ends to a column's differences. */
function cover(column: Float32Array, top: number, bottom: number, weight: number, height: number): void {
  if (bottom <= 0 || top >= height) return;
  edge(column, Math.max(0, top), weight);
  edge(column, Math.min(height, bottom), -weight);
}

function edge(column: Float32Array, at: number, weight: number): void {
  const row = Math.floor(at);
  const fraction = at - row;
  column[row] = (column[row] as number) + weight * (1 - fraction);
  column[row + 1] = (column[row + 1] as number) + weight * fraction;
}

const covered = new Float32Array(8);

/** Sums the differences up, blends, and leaves them zero for the next column. */
function blendColumn(surface: Surface, x: number, low: number, high: number, bands: readonly Band[]): void {
  const { pixels, width } = surface;
  const n = bands.length;
  covered.fill(0);
  let at = (low * width + x) * 4;
  for (let y = low; y < high; y++, at += width * 4) {
    for (let band = 0; band < n; band++) {
      const column = changes[band] as Float32Array;
      covered[band] = (covered[band] as number) + (column[y] as number);
      column[y] = 0;
    }
    let red = 0, green = 0, blue = 0, alpha = 0;
    for (let band = 0; band < n; band++) {
      const share = ((covered[band] as number) - (covered[band + 1] as number)) * (bands[band] as Band).alpha;
      if (share <= 0.002) continue;
      red += share * (bands[band] as Band).red;
      green += share * (bands[band] as Band).green;
      blue += share * (bands[band] as Band).blue;
      alpha += share;
    }
    if (alpha === 0) continue;
    const rest = 1 - alpha;
    pixels[at] = red + (pixels[at] as number) * rest;
    pixels[at + 1] = green + (pixels[at + 1] as number) * rest;
    pixels[at + 2] = blue + (pixels[at + 2] as number) * rest;
    pixels[at + 3] = alpha * 255 + (pixels[at + 3] as number) * rest;
  }
  for (let band = 0; band < n; band++) (changes[band] as Float32Array).fill(0, high, high + 2);
}

/** Premultiplied to straight alpha, in place: the form ImageData has. */
export function unpremultiply(pixels: Uint8ClampedArray): void {
  for (let i = 3; i < pixels.length; i += 4) {
    const alpha = pixels[i] as number;
    if (alpha === 0 || alpha === 255) continue;
    const factor = 255 / alpha;
    pixels[i - 3] = (pixels[i - 3] as number) * factor;
    pixels[i - 2] = (pixels[i - 2] as number) * factor;
    pixels[i - 1] = (pixels[i - 1] as number) * factor;
  }
}

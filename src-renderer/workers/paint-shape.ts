import { erodeColumn, newErodedColumn } from './erode.ts';
import type { Grid } from './place-shape.ts';
import type { SpanTable } from './span-table.ts';

/**
 * RGBA with premultiplied alpha, packed as ImageData has it (red in the lowest byte), column after column: shapes come
 * as vertical spans, and this way a span is one stretch of memory.
 */
export interface Surface {
  readonly width: number;
  readonly height: number;
  readonly columns: Uint32Array;
}

/** Whole device pixels: columns left ≤ x < right, rows top ≤ y < bottom. */
export interface Clip {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const wholeOf = ({ width, height }: Surface): Clip => ({ left: 0, top: 0, right: width, bottom: height });

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

export function newSurface(width: number, height: number): Surface {
  return { width, height, columns: new Uint32Array(width * height) };
}

/** How far beyond the view a shape must be known for its bands to be right inside the view. */
export function bandReach(bands: readonly Band[]): number {
  let reach = 1;
  for (const band of bands) if (band.width !== Infinity) reach += Math.ceil(band.width);
  return reach;
}

/** The most bands a style has. */
const BANDS = 3;
const NOTHING: Band = { width: Infinity, red: 0, green: 0, blue: 0, alpha: 0 };
/** Shares of a pixel below this are rounding. */
const LEAST_SHARE = 0.002;

/**
 * Coverage along one column, as differences: what begins at a row is added, what ends is taken away. The first is that
 * of the shape, the others of the shape without its outer bands.
 */
let changes: readonly [Float32Array, Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0), new Float32Array(0)];
const eroded = newErodedColumn();

/**
 * Blends a placed shape over the surface (source over): each of at most three bands over the part of the shape at its
 * distance from the edge. One that `replaces` lets nothing of what was painted before it show through. Inside the clip every
 * pixel is what it would be without one.
 */
export function paintShape(surface: Surface, grid: Grid, table: SpanTable, bands: readonly Band[], replaces = false, clip: Clip = wholeOf(surface)): void {
  if (table.empty) return;
  const { height } = surface;
  if (changes[0].length < height + 2) changes = [new Float32Array(height + 2), new Float32Array(height + 2), new Float32Array(height + 2)];
  const weight = 1 / grid.perPixel;
  const from = Math.max(clip.left, Math.floor(table.first * weight));
  const to = Math.min(clip.right, Math.ceil((table.first + table.columns) * weight));
  for (let x = from; x < to; x++) {
    let low = height;
    let high = 0;
    for (let column = x * grid.perPixel; column < (x + 1) * grid.perPixel; column++) {
      const start = table.start(column);
      const end = table.end(column);
      if (start === end) continue;
      for (let i = start; i < end; i++) cover(changes[0], table.top(i), table.bottom(i), weight, height);
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
    if (low < high) blendColumn(surface, x, low, high, bands, replaces, clip);
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

/** Sums the differences up, blends each stretch of even coverage, and leaves the differences zero for the next column. */
function blendColumn(surface: Surface, x: number, low: number, high: number, bands: readonly Band[], replaces: boolean, { top, bottom }: Clip): void {
  const [shape, inner, innermost] = changes;
  const [first, second, third] = [bands[0] ?? NOTHING, bands[1] ?? NOTHING, bands.length === BANDS ? (bands[2] ?? NOTHING) : NOTHING];
  const base = x * surface.height;
  let inShape = 0, inInner = 0, inInnermost = 0;
  for (let y = low; y < high; ) {
    inShape += shape[y] as number;
    inInner += inner[y] as number;
    inInnermost += innermost[y] as number;
    const start = y++;
    while (y < high && shape[y] === 0 && inner[y] === 0 && innermost[y] === 0) y++;
    const a = share(inShape - inInner, first);
    const b = share(inInner - inInnermost, second);
    const c = share(inInnermost, third);
    const alpha = Math.round((a + b + c) * 255);
    if (alpha === 0) continue;
    const red = Math.round(a * first.red + b * second.red + c * third.red);
    const green = Math.round(a * first.green + b * second.green + c * third.green);
    const blue = Math.round(a * first.blue + b * second.blue + c * third.blue);
    const hides = replaces ? Math.max(alpha, Math.round(Math.min(1, inShape) * 255)) : alpha;
    blendRun(surface.columns, base + Math.max(start, top), base + Math.min(y, bottom), ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0, hides);
  }
  for (const column of changes) column.fill(0, low, high + 2);
}

function share(coverage: number, band: Band): number {
  return coverage > LEAST_SHARE ? Math.min(1, coverage) * band.alpha : 0;
}

/** Puts one colour over a stretch of pixels, two channels to a multiplication; `hides` 255ths of what is below go. */
function blendRun(pixels: Uint32Array, from: number, to: number, source: number, hides: number): void {
  // 256ths of what is below that stay; so chosen that no channel can overflow.
  const keep = 256 - hides - (hides >> 7);
  for (let i = from; i < to; i++) {
    const below = pixels[i] as number;
    if (below === 0) {
      pixels[i] = source;
      continue;
    }
    const odd = Math.imul((below >>> 8) & 0xff00ff, keep) & 0xff00ff00;
    const even = (Math.imul(below & 0xff00ff, keep) >>> 8) & 0xff00ff;
    pixels[i] = source + (odd >>> 0) + even;
  }
}

const BLOCK = 32;

/** The surface inside the clip as ImageData wants it: row after row, alpha not premultiplied. `out` holds width × height pixels. */
export function toRows({ width, height, columns }: Surface, out: Uint32Array, clip: Clip): void {
  // In blocks, so that both sides of the transposition stay in the processor's cache.
  for (let left = clip.left; left < clip.right; left += BLOCK) {
    const right = Math.min(clip.right, left + BLOCK);
    for (let top = clip.top; top < clip.bottom; top += BLOCK) {
      const bottom = Math.min(clip.bottom, top + BLOCK);
      for (let x = left; x < right; x++) {
        for (let y = top; y < bottom; y++) out[y * width + x] = straight(columns[x * height + y] as number);
      }
    }
  }
}

let lastPremultiplied = 0;
let lastStraight = 0;

/** Neighbours are mostly alike, so the last answer is kept. */
function straight(pixel: number): number {
  if (pixel === 0 || pixel === lastPremultiplied) return pixel === 0 ? 0 : lastStraight;
  const alpha = pixel >>> 24;
  const factor = 255 / alpha;
  const channel = (shift: number): number => Math.min(255, Math.round(((pixel >>> shift) & 255) * factor));
  lastPremultiplied = pixel;
  lastStraight = ((alpha << 24) | (channel(16) << 16) | (channel(8) << 8) | channel(0)) >>> 0;
  return lastStraight;
}

import { rleToBitmap } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { squaredDistances } from './distance.ts';

/**
 * How far boundaries may lie apart and still be the same, of the picture's diagonal: the value of Csurka, Larlus and
 * Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC 2013, and of the Berkeley benchmark
 * (Martin, Fowlkes and Malik, PAMI 2004).
 */
export const BOUNDARY_TOLERANCE = 0.0075;

/** Row-major, 1 where a pixel of the mask has a neighbour (of four) in the picture that is outside: the picture's border is no boundary. */
function boundaryOf(mask: Rle): { readonly pixels: Uint8Array; readonly count: number } {
  const [height, width] = mask.size;
  const bitmap = rleToBitmap(mask);
  const pixels = new Uint8Array(width * height);
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (bitmap[i] === 0) continue;
      if ((x > 0 && bitmap[i - 1] === 0) || (x + 1 < width && bitmap[i + 1] === 0) || (y > 0 && bitmap[i - width] === 0) || (y + 1 < height && bitmap[i + width] === 0)) {
        pixels[i] = 1;
        count++;
      }
    }
  }
  return { pixels, count };
}

/**
 * The boundary F-measure against `truth`, for masks of its size, 0 to 1: precision is the share of a mask's boundary
 * pixels with one of truth's within the tolerance (Euclidean, between centres), recall the share of truth's with one of
 * the mask's, and F their harmonic mean. Where neither has a boundary F is 1, where one has none 0. A function is given,
 * so that the distances to truth are computed once for all masks that are compared with it.
 */
export function boundaryMeasure(truth: Rle): (mask: Rle) => number {
  const [height, width] = truth.size;
  const most = (BOUNDARY_TOLERANCE * Math.hypot(width, height)) ** 2;
  const wanted = boundaryOf(truth);
  const toWanted = squaredDistances(wanted.pixels, width, height);
  return (mask) => {
    const found = boundaryOf(mask);
    if (wanted.count === 0 || found.count === 0) return wanted.count === found.count ? 1 : 0;
    const precision = within(found.pixels, toWanted, most) / found.count;
    const recall = within(wanted.pixels, squaredDistances(found.pixels, width, height), most) / wanted.count;
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  };
}

function within(pixels: Uint8Array, distances: Uint32Array, most: number): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i++) if (pixels[i] === 1 && (distances[i] ?? 0) <= most) count++;
  return count;
}

import type { Pyramid } from '../contract/types.ts';

/** Side of a tile, in pixels of its level. */
export const TILE_SIDE = 512;
/** The longest side of a picture that is delivered whole. */
const BASE_SIDE = 2048;

/** How an image of this size (upright) is served: `base` is the first level whose longest side fits BASE_SIDE. */
export function pyramidOf(width: number, height: number): Pyramid {
  let base = 0;
  while (levelSide(Math.max(width, height), base) > BASE_SIDE) base++;
  return { width, height, tile: TILE_SIDE, base };
}

/** A side at a level of the pyramid: halved per level, rounded up. */
export function levelSide(side: number, level: number): number {
  return Math.ceil(side / 2 ** level);
}

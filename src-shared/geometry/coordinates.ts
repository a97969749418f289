/**
 * Branded coordinates, so that a point of one space is never taken for one of another.
 * All are [x, y] with x to the right and y downward; a pixel (i, j) covers [i, i+1) × [j, j+1).
 */
declare const space: unique symbol;
type Point<Space extends string> = { readonly x: number; readonly y: number; readonly [space]?: Space };

/** Pixels of the image after its EXIF orientation has been applied; may be fractional. */
export type ImagePoint = Point<'image'>;
/** CSS pixels from the top-left corner of the canvas element. */
export type ScreenPoint = Point<'screen'>;

export const imagePoint = (x: number, y: number): ImagePoint => ({ x, y });
export const screenPoint = (x: number, y: number): ScreenPoint => ({ x, y });

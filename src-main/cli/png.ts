import { encodePng } from '../datasets/formats/codecs/png.ts';

/** A mask as a grey PNG of 8 bits: 255 inside, 0 outside. `bitmap` is row-major, nonzero = inside. */
export const maskPng = (bitmap: Uint8Array, width: number, height: number): Uint8Array =>
  encodePng({ width, height, kind: 'grey', samples: bitmap.map((inside) => (inside === 0 ? 0 : 255)) });

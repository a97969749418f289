import type { MaskShape } from '../domain/schema.ts';

/**
 * What makes packed run lengths (packed-counts.ts) no mask of their size, or null: a number that is cut off, longer than need be or
 * past 32 bits, or a sum other than height × width. Reads the bytes once and makes nothing, because every mask that is shown passes here.
 */
export function maskFlaw({ size: [height, width], counts }: Pick<MaskShape, 'size' | 'counts'>): string | null {
  let sum = 0;
  for (let at = 0; at < counts.length; ) {
    let byte = counts[at++] ?? 0;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      if (at === counts.length) return 'its run lengths are cut off';
      byte = counts[at++] ?? 0;
      if (byte === 0 || scale > 2 ** 28) return 'a run length is malformed';
      value += (byte & 0x7f) * scale;
    }
    if (value > 0xffff_ffff) return 'a run length is malformed';
    sum += value;
  }
  return sum === height * width ? null : `its run lengths cover ${sum.toLocaleString('en')} pixels, not ${width} × ${height}`;
}

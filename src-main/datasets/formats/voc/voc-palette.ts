/**
 * Pascal VOC's colours by index (the devkit's VOClabelcolormap): the index's bits are dealt to red, green and blue in turn,
 * lowest first, and fill each from its highest bit down. 256 entries of RGB.
 */
export function vocPalette(): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const channel = bit % 3;
      palette[index * 3 + channel] = (palette[index * 3 + channel] ?? 0) | (((index >> bit) & 1) << (7 - Math.floor(bit / 3)));
    }
  }
  return palette;
}

/** The classes of VOC 2007 to 2012 by index, which starts at 1. */
export const VOC_CLASSES = [
  'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor',
] as const;

/** The border and what is too hard to tell, which belongs to nothing. */
export const VOID = 255;

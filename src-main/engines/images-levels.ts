/** Sample values that become black and white. */
export interface Levels {
  readonly low: number;
  readonly high: number;
}

const LARGEST = 65_535;
/** Share of the samples at either end that says nothing about an image: hot and dead pixels, saturated spots. */
const OUTLIERS = 0.001;
/** What fills less of its range than this is stretched to what is there. */
const FILLED = 0.25;

/**
 * What black and white of a 16-bit image are. Cameras and sensors leave samples of 10 to 14 bits in 16, which as they stand
 * are black on black. White is the largest number of as many bits as the 99.9th percentile of all samples has, so that a
 * picture of 12 bits looks like the same one of 16, and one that uses its upper bit stays as it is. Where even that leaves
 * more than three quarters unused, as with thermal cameras, black and white are the 0.1st and the 99.9th percentile.
 * @param samples `channels` to a pixel; a fourth one is alpha, and what is fully transparent does not count
 */
export function levelsOf(samples: Uint16Array, channels: 3 | 4): Levels {
  const counts = new Uint32Array(LARGEST + 1);
  let total = 0;
  for (let at = 0; at < samples.length; at += channels) {
    if (channels === 4 && samples[at + 3] === 0) continue;
    for (let c = 0; c < 3; c++) counts[samples[at + c] ?? 0] = (counts[samples[at + c] ?? 0] ?? 0) + 1;
    total += 3;
  }
  const outliers = Math.floor(total * OUTLIERS);
  const low = rank(counts, outliers);
  const high = rank(counts, total - 1 - outliers);
  if (high <= low) return { low: 0, high: LARGEST };
  const range = 2 ** Math.max(8, Math.ceil(Math.log2(high + 1))) - 1;
  return high - low >= range * FILLED ? { low: 0, high: range } : { low, high };
}

/** The value at this place, from 0, of all samples in rising order. */
function rank(counts: Uint32Array, place: number): number {
  let before = 0;
  for (let value = 0; value < counts.length; value++) {
    before += counts[value] ?? 0;
    if (before > place) return value;
  }
  return 0;
}

/** The byte that each of 65,536 values becomes. */
export const levelsTable = ({ low, high }: Levels): Uint8Array => new Uint8Array(Uint8ClampedArray.from({ length: LARGEST + 1 }, (_, value) => ((value - low) * 255) / (high - low)).buffer);

/** The upper byte, as OpenCV reads 16 bits. */
export const UPPER_BYTE = Uint8Array.from({ length: LARGEST + 1 }, (_, value) => value >> 8);

/** Samples of 16 bits as RGB bytes; alpha is laid on white. @param channels as in levelsOf @param table the byte of each value */
export function toBytes(samples: Uint16Array, channels: 3 | 4, table: Uint8Array): Buffer {
  const rgb = Buffer.allocUnsafeSlow((samples.length / channels) * 3);
  for (let at = 0, to = 0; at < samples.length; at += channels) {
    const opacity = channels === 4 ? (samples[at + 3] ?? 0) / LARGEST : 1;
    for (let c = 0; c < 3; c++, to++) {
      const value = table[samples[at + c] ?? 0] ?? 0;
      rgb[to] = opacity === 1 ? value : Math.round(value * opacity + 255 * (1 - opacity));
    }
  }
  return rgb;
}

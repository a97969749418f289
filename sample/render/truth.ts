import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleArea, rleFromBitmap } from '../../src-shared/geometry/rle.ts';

/** One object of a picture as it really lies there. */
export interface TrueInstance {
  readonly class: string;
  readonly area: number;
  readonly segmentation: { readonly size: readonly [height: number, width: number]; readonly counts: string };
}

/** The masks of a rendered picture's instances, as COCO's compressed run lengths. What covers under 0.1 % of the picture is left out. */
export function describeTruth(labels: Int16Array, width: number, height: number, instances: readonly { className: string }[]): TrueInstance[] {
  const out: TrueInstance[] = [];
  for (const [index, instance] of instances.entries()) {
    const rle = rleFromBitmap(Uint8Array.from(labels, (label) => (label === index + 1 ? 1 : 0)), height, width);
    const area = rleArea(rle);
    if (area >= width * height * 0.001) out.push({ class: instance.className, area, segmentation: { size: [height, width], counts: encodeCocoCounts(rle.counts) } });
  }
  return out;
}

import type { Corners } from './corners.ts';

/**
 * Greedy non-maximum suppression as torchvision.ops.nms does it in 32-bit floats: boxes are visited by falling score,
 * equal scores in their order, and one whose IoU with a box kept before is above `threshold` is dropped. Areas are
 * (x1 − x0)(y1 − y0), without the pixel that a mask's box includes. Returns indices of what is kept, in that order.
 */
export function nonMaximumSuppression(boxes: readonly Corners[], scores: Float32Array, threshold: number): number[] {
  const order = Array.from(boxes.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const limit = Math.fround(threshold);
  // No IoU is above 1, and the thousands that everything mode finds need not be compared to learn it.
  if (limit >= 1) return order;
  const kept: number[] = [];
  const keptBoxes: Corners[] = [];
  const keptAreas: number[] = [];
  for (const index of order) {
    const box = boxes[index];
    if (box === undefined) continue;
    const area = areaOf(box);
    if (keptBoxes.some((other, i) => overlap(other, box, keptAreas[i] ?? 0, area) > limit)) continue;
    kept.push(index);
    keptBoxes.push(box);
    keptAreas.push(area);
  }
  return kept;
}

const areaOf = ({ x0, y0, x1, y1 }: Corners): number => Math.fround((x1 - x0) * (y1 - y0));

/** IoU; NaN for two boxes without area, which no threshold is below. */
function overlap(a: Corners, b: Corners, areaA: number, areaB: number): number {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0));
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const both = Math.fround(width * height);
  return Math.fround(both / Math.fround(Math.fround(areaA + areaB) - both));
}

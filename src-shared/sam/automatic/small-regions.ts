import { flipRegions } from '../../geometry/regions.ts';
import type { Region } from '../../geometry/regions.ts';
import type { Rle } from '../../geometry/rle.ts';

/**
 * Removes small regions (remove_small_regions of facebookresearch/segment-anything) on the run lengths themselves:
 * first holes of fewer than `minArea` pixels are filled, then islands of fewer are dropped; when every island is
 * smaller, the largest stays, of equal ones the first in reading order. Regions are 8-connected, and what lies outside
 * up to the image's edge counts as a hole too. Returns the mask itself when nothing changes.
 */
export function removeSmallRegions(mask: Rle, minArea: number): Rle {
  const isSmall = ({ area }: Region): boolean => area < minArea;
  const filled = flipRegions(mask, false, 8, (regions) => regions.map(isSmall));
  return flipRegions(filled, true, 8, (regions) => {
    const small = regions.map(isSmall);
    if (small.length > 0 && small.every(Boolean)) small[largest(regions)] = false;
    return small;
  });
}

function largest(regions: readonly Region[]): number {
  let best = 0;
  for (const [i, { area, start }] of regions.entries()) {
    const larger = area - (regions[best]?.area ?? 0);
    if (larger > 0 || (larger === 0 && start < (regions[best]?.start ?? 0))) best = i;
  }
  return best;
}

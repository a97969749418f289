import type { Box } from '../../../src-shared/domain/schema.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { isPlain, regionsOf } from '../../../src-shared/geometry/regions.ts';
import type { Region } from '../../../src-shared/geometry/regions.ts';
import { rleArea, rleBox } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { cropRle } from '../../../src-shared/geometry/rle-window.ts';
import type { PlacedMask } from '../../../src-shared/geometry/gaps.ts';
import { shapeToRle } from '../../../src-shared/geometry/shape.ts';
import type { DatasetInstance, SizedImage } from '../source.ts';
import { instanceName, MOST_RUNS, tooManyRuns } from './found.ts';
import type { ImageReport, Rules } from './found.ts';
import { isEmpty, isOutside, reachOutside } from './outside.ts';

/** An instance with its pixels. */
export interface Drawn {
  readonly instance: DatasetInstance;
  readonly mask: Rle;
  readonly area: number;
  readonly box: Box;
  /** The mask of the box alone; null for one that is too large to be looked at closely. */
  readonly inBox: Rle | null;
}

/** The rules about one instance by itself. Gives its pixels; null when it has none, or none that lie on this image. */
export function checkShape(instance: DatasetInstance, image: SizedImage, rules: Rules, report: ImageReport): Drawn | null {
  const of = { instances: [instance] };
  if (rules['no-class'] !== undefined && instance.class === null) report.found('no-class', { ...of, box: instance.box });
  const mask = maskOf(instance, image, rules, report);
  if (mask === null) return null;
  const area = rleArea(mask);
  const reach = reachOutside(instance.shape, image.width, image.height);
  if (rules.outside !== undefined && reach !== null && isOutside(area, reach, rules.outside)) report.found('outside', { ...of, box: reach.box, measures: { distance: reach.distance, inside: Math.sign(area) } });
  if (rules.empty !== undefined && isEmpty(area, reach)) report.found('empty', of);
  if (area === 0) return null;
  const box = rleBox(mask);
  const inBox = mask.counts.length > MOST_RUNS ? null : cropRle(mask, box);
  if (inBox !== null) checkRegions(instance, { mask: inBox, box }, rules, report);
  else if (rules.island !== undefined || rules.pinhole !== undefined) report.notLookedAt(instanceName(instance, image), tooManyRuns(mask.counts.length));
  return { instance, mask, area, box, inBox };
}

function maskOf(instance: DatasetInstance, image: SizedImage, rules: Rules, report: ImageReport): Rle | null {
  const { shape } = instance;
  if (shape.kind === 'mask' && (shape.size[0] !== image.height || shape.size[1] !== image.width)) {
    if (rules.misfit !== undefined) report.found('misfit', { instances: [instance], measures: { width: shape.size[1], height: shape.size[0] } });
    return null;
  }
  try {
    return shapeToRle(shape, image.height, image.width);
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    report.notLookedAt(instanceName(instance, image), error.message);
    return null;
  }
}

/** Of a mask, corners connect: a region of its pixels of which only a corner touches another is part of that. */
function checkRegions(instance: DatasetInstance, { mask, box }: PlacedMask, { island, pinhole }: Rules, report: ImageReport): void {
  if (instance.shape.kind === 'box' || (island === undefined && pinhole === undefined) || isPlain(mask)) return;
  if (island !== undefined) tell('island', islandsOf(regionsOf(mask, true, 8), island['area'] ?? 0));
  // What reaches the edge of the mask's own box is open to all sides, or lies at the image's edge: no hole either way.
  if (pinhole !== undefined) tell('pinhole', pinholesOf(regionsOf(mask, false, 4), pinhole['area'] ?? 0));

  function tell(rule: 'island' | 'pinhole', found: readonly Region[]): void {
    const [largest] = found.toSorted((a, b) => b.area - a.area);
    if (largest === undefined) return;
    const place = { ...largest.box, x: box.x + largest.box.x, y: box.y + largest.box.y };
    report.found(rule, { instances: [instance], box: place, measures: { count: found.length, pixels: found.reduce((sum, { area }) => sum + area, 0) } });
  }
}

/** Parts of fewer than `area` pixels, but for the largest: an instance of one small part is small, not in pieces. */
export function islandsOf(regions: readonly Region[], area: number): Region[] {
  const main = regions.reduce<Region | null>((largest, region) => (largest === null || region.area > largest.area ? region : largest), null);
  return regions.filter((region) => region !== main && region.area < area);
}

/** Holes of fewer than `area` pixels. */
export const pinholesOf = (regions: readonly Region[], area: number): Region[] => regions.filter((region) => !region.atEdge && region.area < area);

import type { Box } from '../../../src-shared/domain/schema.ts';
import { gapsBetween } from '../../../src-shared/geometry/gaps.ts';
import { rleOverlap } from '../../../src-shared/geometry/rle-algebra.ts';
import type { SizedImage } from '../source.ts';
import { MOST_PAIRS, MOST_RUNS, MOST_STEPS } from './found.ts';
import type { ImageReport, Rules } from './found.ts';
import type { Drawn } from './shape-rules.ts';

/** The rules about instances beside and over one another. A region of many objects that are not told apart (crowd) lies over them by nature. */
export function checkTogether(drawn: readonly Drawn[], image: SizedImage, rules: Rules, report: ImageReport): void {
  const objects = drawn.filter(({ instance }) => instance.extras.crowd !== true);
  if (rules.duplicate !== undefined || rules.overlap !== undefined) checkOverlaps(objects, image, rules, report);
  if (rules.gap !== undefined) checkGaps(drawn, image, rules.gap, report);
}

function checkOverlaps(drawn: readonly Drawn[], image: SizedImage, { duplicate, overlap }: Rules, report: ImageReport): void {
  const giveUp = (): void => report.notLookedAt(image.path, `its ${drawn.length.toLocaleString('en')} instances lie over one another so much that comparing them was given up: not all overlaps were looked for`);
  let steps = 0;
  for (const [one, other] of pairsWithin(drawn, 0, giveUp)) {
    const common = intersection(one.box, other.box);
    if (common === null) continue;
    // What boxes alone rule out: no more pixels can be in both than the boxes have in common.
    const most = Math.min(common.width * common.height, one.area, other.area);
    if (isFound(most, one, other) === null) continue;
    steps += one.mask.counts.length + other.mask.counts.length;
    if (steps > MOST_STEPS) {
      giveUp();
      return;
    }
    const both = rleOverlap(one.mask, other.mask);
    const rule = isFound(both, one, other);
    if (rule === null) continue;
    const { iou, contained } = shares(both, one, other);
    report.found(rule, { instances: [one.instance, other.instance], box: common, measures: { iou, contained, pixels: both } });
  }

  function isFound(both: number, one: Drawn, other: Drawn): 'duplicate' | 'overlap' | null {
    const { iou, contained } = shares(both, one, other);
    if (duplicate !== undefined && one.instance.class === other.instance.class && iou >= (duplicate['iou'] ?? 0)) return 'duplicate';
    if (overlap !== undefined && (iou >= (overlap['iou'] ?? 0) || contained >= (overlap['contained'] ?? 0))) return 'overlap';
    return null;
  }
}

function shares(both: number, one: Drawn, other: Drawn): { iou: number; contained: number } {
  return { iou: both / (one.area + other.area - both), contained: both / Math.min(one.area, other.area) };
}

function checkGaps(drawn: readonly Drawn[], image: SizedImage, thresholds: Readonly<Record<string, number>>, report: ImageReport): void {
  const { width = 0, least = 0, most = 0 } = thresholds;
  // Only what lies near something else can have a gap to it.
  const near = new Set<Drawn>();
  const giveUp = (): void => report.notLookedAt(image.path, `its ${drawn.length.toLocaleString('en')} instances are so many and so near that not all gaps were looked for`);
  const close = drawn.filter(({ inBox }) => inBox !== null);
  if (close.length < drawn.length) report.notLookedAt(image.path, `gaps of ${drawn.length - close.length} of its ${drawn.length} instances were not looked for: their outlines have more than ${MOST_RUNS.toLocaleString('en')} runs`);
  for (const [one, other] of pairsWithin(close, width, giveUp)) {
    near.add(one).add(other);
    if (near.size === close.length) break;
  }
  const sides = close.filter((one) => near.has(one));
  const runs = sides.reduce((sum, { mask }) => sum + mask.counts.length, 0);
  if (runs > MOST_RUNS) {
    report.notLookedAt(image.path, `gaps were not looked for: its instances have ${runs.toLocaleString('en')} runs together, more than the ${MOST_RUNS.toLocaleString('en')} that are looked at`);
    return;
  }
  const gaps = gapsBetween(sides.flatMap(({ inBox, box }) => (inBox === null ? [] : [{ mask: inBox, box }])), [image.height, image.width], width).filter(({ area }) => area >= least && area <= most);
  for (const those of Map.groupBy(gaps, ({ between }) => between.join()).values()) {
    const largest = those.reduce((one, other) => (other.area > one.area ? other : one));
    const instances = largest.between.flatMap((i) => sides[i]?.instance ?? []);
    report.found('gap', { instances, box: largest.box, measures: { count: those.length, pixels: those.reduce((sum, { area }) => sum + area, 0) } });
  }
}

/** Pairs whose boxes are at most `apart` pixels from each other in both directions, each in the order of the list, as long as not too many have to be looked at. */
function* pairsWithin(drawn: readonly Drawn[], apart: number, giveUp: () => void): Generator<[Drawn, Drawn]> {
  let looks = 0;
  const byLeft = drawn.map((one, place) => ({ one, place })).sort((a, b) => a.one.box.x - b.one.box.x);
  for (const [i, a] of byLeft.entries()) {
    const right = a.one.box.x + a.one.box.width + apart;
    for (let j = i + 1; j < byLeft.length; j++) {
      const b = byLeft[j];
      if (b === undefined || b.one.box.x > right) break;
      if (++looks > MOST_PAIRS) {
        giveUp();
        return;
      }
      if (b.one.box.y > a.one.box.y + a.one.box.height + apart || a.one.box.y > b.one.box.y + b.one.box.height + apart) continue;
      yield a.place < b.place ? [a.one, b.one] : [b.one, a.one];
    }
  }
}

function intersection(a: Box, b: Box): Box | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

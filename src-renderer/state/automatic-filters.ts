import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import { OFFICIAL_FILTER, refilter } from '../../src-shared/sam/automatic/refilter.ts';

/** The sliders of everything mode. */
export interface Filters {
  readonly predIou: number;
  readonly stability: number;
  /** Box IoU above which the worse of two goes. */
  readonly overlap: number;
  /** Shares of the image's pixels, both included. */
  readonly minShare: number;
  readonly maxShare: number;
}

/** What candidates are made with (loosest), and where the sliders end. */
export const LOOSEST = { predIou: 0.5, stability: 0.6 } as const;

export const OFFICIAL: Filters = { predIou: OFFICIAL_FILTER.predIou, stability: OFFICIAL_FILTER.stability, overlap: OFFICIAL_FILTER.overlap, minShare: 0, maxShare: 1 };

/** Indices of the candidates that pass, in painting order: largest first. @param pixels of the image */
export function passing(candidates: readonly AutomaticCandidate[], { predIou, stability, overlap, minShare, maxShare }: Filters, pixels: number): number[] {
  return refilter(candidates, { predIou, stability, overlap, minArea: minShare * pixels, maxArea: maxShare * pixels });
}

const STEPS = 10;

/** The official thresholds, or, where they show nothing, the strictest on the way to the loosest that show something. */
export function startingFilters(candidates: readonly AutomaticCandidate[], pixels: number): Filters {
  for (let step = 0; step < STEPS && candidates.length > 0; step += 1) {
    const lower = (from: number, to: number): number => Math.round((from + ((to - from) * step) / STEPS) * 100) / 100;
    const filters = { ...OFFICIAL, predIou: lower(OFFICIAL.predIou, LOOSEST.predIou), stability: lower(OFFICIAL.stability, LOOSEST.stability) };
    if (passing(candidates, filters, pixels).length > 0) return filters;
  }
  return candidates.length === 0 ? OFFICIAL : { ...OFFICIAL, ...LOOSEST };
}

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
/** Where the official thresholds show nothing, lower ones should show this share of what the loosest would. */
const ENOUGH = 1 / 3;

/**
 * The official thresholds where they show anything. Else, as with a model whose scores are lower, the strictest on the
 * way to the loosest that show a good part: a person sees what there is and draws the line.
 */
export function startingFilters(candidates: readonly AutomaticCandidate[], pixels: number): Filters {
  const shownAt = (filters: Filters): number => passing(candidates, filters, pixels).length;
  if (candidates.length === 0 || shownAt(OFFICIAL) > 0) return OFFICIAL;
  const loosest = { ...OFFICIAL, ...LOOSEST };
  const enough = shownAt(loosest) * ENOUGH;
  for (let step = 1; step < STEPS; step += 1) {
    const lower = (from: number, to: number): number => Math.round((from + ((to - from) * step) / STEPS) * 100) / 100;
    const filters = { ...OFFICIAL, predIou: lower(OFFICIAL.predIou, LOOSEST.predIou), stability: lower(OFFICIAL.stability, LOOSEST.stability) };
    if (shownAt(filters) >= enough) return filters;
  }
  return loosest;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import { LOOSEST, OFFICIAL, passing, startingFilters } from './automatic-filters.ts';

const PIXELS = 10_000;

/** Far from one another, so that none suppresses another. */
const candidateOf = ({ predictedIou, stability, area }: { predictedIou: number; stability: number; area: number }, id: number): AutomaticCandidate => ({
  id, predictedIou, stability, area, box: { x0: id * 10, y0: 0, x1: id * 10 + 5, y1: 5 }, crop: 0, cropArea: PIXELS, size: [100, 100], counts: new Uint8Array(), point: { x: 1, y: 1 }, candidate: 1,
});
const scores = fc.record({
  predictedIou: fc.double({ min: LOOSEST.predIou, max: 1.1, noNaN: true, minExcluded: true }).map(Math.fround).filter((v) => v > LOOSEST.predIou),
  stability: fc.double({ min: LOOSEST.stability, max: 1, noNaN: true }).map(Math.fround).filter((v) => v >= Math.fround(LOOSEST.stability)),
  area: fc.integer({ min: 1, max: PIXELS }),
});
const found = fc.array(scores, { minLength: 1, maxLength: 8 }).map((all) => all.map(candidateOf));

describe('where the sliders start', () => {
  it('always shows something when something was found', () => {
    fc.assert(fc.property(found, (candidates) => {
      expect(passing(candidates, startingFilters(candidates, PIXELS), PIXELS).length).toBeGreaterThan(0);
    }));
  });
  it('is at the official thresholds as soon as those show something', () => {
    fc.assert(fc.property(found, (candidates) => {
      fc.pre(passing(candidates, OFFICIAL, PIXELS).length > 0);
      expect(startingFilters(candidates, PIXELS)).toEqual(OFFICIAL);
    }));
  });
  it('is at the official thresholds when nothing was found', () => {
    expect(startingFilters([], PIXELS)).toEqual(OFFICIAL);
  });
});

describe('the size slider', () => {
  it('means shares of the image, both ends included, and puts the largest first', () => {
    const candidates = [100, 1_000, 5_000].map((area, id) => candidateOf({ predictedIou: 0.99, stability: 0.99, area }, id));
    expect(passing(candidates, OFFICIAL, PIXELS)).toEqual([2, 1, 0]);
    expect(passing(candidates, { ...OFFICIAL, minShare: 0.1, maxShare: 0.5 }, PIXELS)).toEqual([2, 1]);
    expect(passing(candidates, { ...OFFICIAL, minShare: 0.02, maxShare: 0.4 }, PIXELS)).toEqual([1]);
  });
});

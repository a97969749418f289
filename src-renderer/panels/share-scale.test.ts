import { describe, expect, it } from 'vitest';
import { placeOf, shareAt, SHARE_PLACES } from './share-scale.ts';

describe('the logarithmic scale of sizes', () => {
  it('reaches from nothing to the whole image, always rising, and each place is found again', () => {
    const shares = Array.from({ length: SHARE_PLACES + 1 }, (_, place) => shareAt(place));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
    expect(new Set(shares).size).toBe(shares.length);
    expect(shares.map(placeOf)).toEqual(shares.map((_, place) => place));
  });
});

import { describe, expect, it } from 'vitest';
import { estimateSearch } from './automatic-estimate.ts';
import { searchOf } from './automatic-store.ts';

const wishes = { pointsPerSide: 32, cropLayers: 0, smallestRegion: 0 };
const image = { width: 1000, height: 800 };

describe('the time a search will take', () => {
  it('is one decoding a point and one encoding', () => {
    expect(estimateSearch(searchOf(wishes), image, { encoder: 500, decoder: 10 })).toEqual({ points: 1024, ms: 10_740 });
  });
  it('counts the crops, whose points are halved from layer to layer', () => {
    // 32² + 4 · 16² + 16 · 8² points in 1 + 4 + 16 crops.
    expect(estimateSearch(searchOf({ ...wishes, cropLayers: 2 }), image, { encoder: 100, decoder: 1 })).toEqual({ points: 3072, ms: 3072 + 2100 });
  });
  it('is not told before a decoding was measured', () => {
    expect(estimateSearch(searchOf(wishes), image, { encoder: 500, decoder: null })).toEqual({ points: 1024, ms: null });
  });
});

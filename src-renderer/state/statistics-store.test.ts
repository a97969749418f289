import { beforeEach, describe, expect, it } from 'vitest';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { SplitStatistics, Statistics } from '../../src-shared/contract/statistics.ts';
import { useProject } from './project-store.ts';
import { cancelStatistics, computeStatistics, isStaleForLong, lookAt, openStatistics, useStatistics, watchStatistics } from './statistics-store.ts';
import { info, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const split = (name: string | null): SplitStatistics => ({
  split: name, images: { total: 1, todo: 1, inProgress: 0, done: 0, empty: 0, landscape: 1, portrait: 0, square: 0, unknownSize: 0 }, pixels: 100, instances: 1, area: 10, counts: null, coverage: null,
});
const statistics = (change: Partial<Statistics> = {}): Statistics => ({
  classes: [{ id: 3, name: 'apple', colour: '#e69f00' }], splits: [split('train'), split(null)], groups: [], folders: [], sizes: [], pairs: [], leftOut: { folders: 0, sizes: 0, pairs: 0 }, problems: [], problemCount: 0, ...change,
});

/** A program that counts as `count` says. */
function program(count: () => unknown = statistics): Called[] {
  const called = openPage((name) => (name === 'statistics.compute' ? count() : {}));
  watchStatistics();
  return called;
}

const names = (called: readonly Called[]): string[] => called.map(({ name }) => name);

const state = useStatistics.getState;

beforeEach(() => useStatistics.setState(useStatistics.getInitialState(), true));

describe('counting', () => {
  it('begins as the statistics are first opened, and not again while nothing was changed', async () => {
    const called = program();
    openStatistics();
    expect(state().progress).toEqual({ done: 0, total: null });
    await expect.poll(() => state().statistics).toEqual(statistics());
    openStatistics();
    expect(names(called)).toEqual(['statistics.compute']);
  });

  it('is made again after a change where it was quick, and left to the person where it took long', async () => {
    const called = program();
    await computeStatistics();
    useStatistics.setState({ stale: true, tookMs: 100 });
    expect(isStaleForLong(state())).toBe(false);
    openStatistics();
    await expect.poll(() => state().progress).toBeNull();
    expect(called).toHaveLength(2);
    useStatistics.setState({ stale: true, tookMs: 20_000 });
    openStatistics();
    expect(isStaleForLong(state())).toBe(true);
    expect(called).toHaveLength(2);
  });

  it('that fails says why, keeps the count before, and does not try again by itself', async () => {
    let fails = false;
    const called = program(() => {
      if (fails) throw new MaskwrightError('engine-died', 'The datasets engine stopped.');
      return statistics();
    });
    await computeStatistics();
    fails = true;
    await computeStatistics();
    expect(state()).toMatchObject({ problem: { code: 'engine-died' }, progress: null, stale: true, statistics: statistics() });
    openStatistics();
    expect(called).toHaveLength(2);
    fails = false;
    await computeStatistics();
    expect(state().problem).toBeNull();
  });

  it('can be cancelled', async () => {
    const gate = Promise.withResolvers();
    const called = program(() => gate.promise);
    const counting = computeStatistics();
    cancelStatistics();
    gate.reject(new MaskwrightError('cancelled', 'Cancelled.'));
    await counting;
    expect(names(called)).toEqual(['statistics.compute', 'statistics.cancel']);
    expect(state()).toMatchObject({ statistics: null, progress: null, problem: { code: 'cancelled' } });
  });

  it('of a project that was left meanwhile is dropped', async () => {
    const gate = Promise.withResolvers<Statistics>();
    program(() => gate.promise);
    const counting = computeStatistics();
    useProject.setState({ info: { ...info, project: 'another001' } });
    gate.resolve(statistics());
    await counting;
    expect(state()).toMatchObject({ statistics: null, progress: null });
  });
});

describe('what is looked at', () => {
  it('is a split, a class, both, or all; null is the images in no split', () => {
    lookAt({ split: null });
    lookAt({ class: 3 });
    expect(state().wanted).toEqual({ split: null, class: 3 });
    lookAt({ split: undefined });
    expect(state().wanted).toEqual({ class: 3 });
  });

  it('goes with what it was about', async () => {
    program(() => statistics({ classes: [], splits: [split('train')] }));
    lookAt({ split: null, class: 3 });
    await computeStatistics();
    expect(state().wanted).toEqual({});
    lookAt({ split: 'train', class: null });
    await computeStatistics();
    expect(state().wanted).toEqual({ split: 'train', class: null });
  });
});

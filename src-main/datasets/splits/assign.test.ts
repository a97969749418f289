import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignByNeed, assignStratified, quotas } from './assign.ts';
import type { Unit } from './assign.ts';

const shares = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }).map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b, 0)));
const unit = fc.record({ size: fc.integer({ min: 1, max: 30 }), labels: fc.constant([]) });
const sizes = (units: readonly Unit[], assigned: Int32Array, parts: number): number[] =>
  Array.from({ length: parts }, (_, part) => units.reduce((sum, { size }, i) => (assigned[i] === part ? sum + size : sum), 0));

describe('quotas', () => {
  test('sum to the total and lie within one of the exact shares', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 0, max: 1000 }), (own, total) => {
        const whole = quotas(own.map((share) => share * total), total, own);
        expect(whole.reduce((a, b) => a + b, 0)).toBe(total);
        whole.forEach((n, i) => expect(Math.abs(n - (own[i] ?? 0) * total)).toBeLessThan(1));
      }),
    );
  });

  test('leave a part empty that has too much already', () => {
    expect(quotas([-5, 4, 3], 6, [0.8, 0.1, 0.1])).toEqual([0, 3, 3]);
  });
});

describe('without stratification', () => {
  test('single images meet the shares to within one', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 300 }), (own, n) => {
        const units = Array.from({ length: n }, (): Unit => ({ size: 1, labels: [] }));
        const assigned = new Int32Array(n);
        assignByNeed(units, units.map((_, i) => i), own.map((share) => share * n), own, assigned);
        sizes(units, assigned, own.length).forEach((size, i) => expect(Math.abs(size - (own[i] ?? 0) * n)).toBeLessThan(1));
      }),
    );
  });

  test('groups miss the shares by no more than the largest of them', () => {
    fc.assert(
      fc.property(shares, fc.array(unit, { minLength: 1, maxLength: 60 }), (own, units) => {
        const total = units.reduce((sum, { size }) => sum + size, 0);
        const largest = Math.max(...units.map(({ size }) => size));
        const assigned = new Int32Array(units.length).fill(-1);
        assignByNeed(units, units.map((_, i) => i), own.map((share) => share * total), own, assigned);
        expect([...assigned].every((part) => part >= 0 && part < own.length)).toBe(true);
        sizes(units, assigned, own.length).forEach((size, i) => expect(Math.abs(size - (own[i] ?? 0) * total)).toBeLessThanOrEqual(largest + 1));
      }),
    );
  });
});

const pause = (): Promise<void> => Promise.resolve();
const desired = (units: readonly Unit[], own: readonly number[], labels: number): { needs: number[]; labelNeeds: Float64Array } => {
  const total = units.reduce((sum, { size }) => sum + size, 0);
  const of = (label: number): number => units.reduce((sum, { labels: list }) => sum + (list.find(([one]) => one === label)?.[1] ?? 0), 0);
  return { needs: own.map((share) => share * total), labelNeeds: Float64Array.from(Array.from({ length: labels }, (_, label) => own.map((share) => share * of(label))).flat()) };
};

/** Multi-label data: label k is on one of k + 2 images, and labels come together more often than by chance. */
const multiLabel = (n: number, labels: number, random: () => number): Unit[] =>
  Array.from({ length: n }, () => {
    const liking = random();
    return { size: 1, labels: Array.from({ length: labels }, (_, k) => k).filter((k) => random() * (0.5 + liking) < 1 / (k + 2)).map((k): [number, number] => [k, 1]) };
  });

/** Mean distance of the parts' shares of each label from the shares wanted (label distribution, Sechidis et al. 2011). */
const deviation = (units: readonly Unit[], assigned: Int32Array, own: readonly number[], labels: number): number => {
  let sum = 0;
  for (let label = 0; label < labels; label++) {
    const having = units.flatMap(({ labels: list }, i) => (list.some(([one]) => one === label) ? [assigned[i] ?? -1] : []));
    own.forEach((share, part) => (sum += having.length === 0 ? 0 : Math.abs(having.filter((one) => one === part).length / having.length - share)));
  }
  return sum / labels / own.length;
};

describe('iterative stratification', () => {
  test('keeps labels nearer to the shares than chance does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
        let state = seed;
        const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const [own, labels] = [[0.8, 0.1, 0.1], 20];
        const units = multiLabel(400, labels, random);
        const { needs, labelNeeds } = desired(units, own, labels);
        const stratified = await assignStratified(units, needs, labelNeeds, own, pause);
        const byChance = Int32Array.from(units, () => [0.8, 0.9, 1].findIndex((end) => random() < end)).map((part) => (part < 0 ? 2 : part));
        expect(deviation(units, stratified, own, labels)).toBeLessThan(deviation(units, byChance, own, labels) * 0.6);
      }),
      { numRuns: 20 },
    );
  });

  test('deals a rare class out to all parts that are owed some of it', async () => {
    const units = Array.from({ length: 100 }, (_, i): Unit => ({ size: 1, labels: i % 10 === 0 ? [[0, 1], [1, 1]] : [[0, 1]] }));
    const own = [0.6, 0.2, 0.2];
    const { needs, labelNeeds } = desired(units, own, 2);
    const assigned = await assignStratified(units, needs, labelNeeds, own, pause);
    const rare = units.flatMap(({ labels }, i) => (labels.length === 2 ? [assigned[i] ?? -1] : []));
    expect([0, 1, 2].map((part) => rare.filter((one) => one === part).length)).toEqual([6, 2, 2]);
    expect(sizes(units, assigned, 3)).toEqual([60, 20, 20]);
  });
});

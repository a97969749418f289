import { expect, test } from 'vitest';
import type { CheckResults, RuleId } from '../../src-shared/contract/check.ts';
import { refreshCheck, setRule, useCheck } from './check-store.ts';
import { openPage } from './test-contract.ts';

const found = (totals: Partial<Record<RuleId, number>>): CheckResults => ({
  at: 1, options: {}, images: 1, instances: 1, notLookedAt: [], notLookedAtCount: 0, stale: false,
  rules: Object.entries(totals).map(([rule, total]) => ({ rule: rule as RuleId, total, listed: total })),
});

test.each([
  [{ gap: 5, 'unused-class': 2, overlap: 0, 'no-class': 1 }, 'no-class'],
  [{ gap: 5, island: 3, 'file-unreadable': 1 }, 'file-unreadable'],
  [{ 'unused-class': 1, gap: 2 }, 'gap'],
  [{ overlap: 0 }, null],
])('opens on the most severe rule that found something: %o', async (totals, rule) => {
  openPage(() => found(totals));
  useCheck.setState({ results: null, loaded: false, rule: null });
  refreshCheck();
  await expect.poll(() => useCheck.getState().loaded).toBe(true);
  expect(useCheck.getState().rule).toBe(rule);
});

test('a rule that the person chose stays', async () => {
  openPage(() => found({ gap: 5, empty: 1 }));
  useCheck.setState({ results: null, loaded: false, rule: null });
  setRule('gap');
  refreshCheck();
  await expect.poll(() => useCheck.getState().loaded).toBe(true);
  expect(useCheck.getState().rule).toBe('gap');
});

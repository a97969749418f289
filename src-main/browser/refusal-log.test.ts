import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RefusalLog } from './refusal-log.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a flood of refusals takes a few lines a minute, and its size is still known', () => {
  const lines: string[] = [];
  const refusals = new RefusalLog((line) => lines.push(line));
  for (let i = 0; i < 10_000; i++) refusals.note(`refused ${i}`);
  expect(lines).toHaveLength(20);
  vi.advanceTimersByTime(60_000);
  expect(lines.at(-1)).toBe('refused 9980 more requests in the same minute');
  refusals.note('a minute later');
  expect(lines.at(-1)).toBe('a minute later');
  refusals.close();
  expect(lines).toHaveLength(22);
});

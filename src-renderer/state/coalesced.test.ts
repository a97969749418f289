import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { coalesced } from './coalesced.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('coalesced', () => {
  it('runs once for many requests', async () => {
    const run = vi.fn(async () => undefined);
    const ask = coalesced(run, 100, () => undefined);
    for (let i = 0; i < 50; i += 1) ask();
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(1);
  });
  it('runs once more when asked for meanwhile, so that what is shown is never older than the request', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const run = vi.fn(() => promise);
    const ask = coalesced(run, 100, () => undefined);
    ask();
    await vi.advanceTimersByTimeAsync(1);
    ask();
    ask();
    resolve(undefined);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
  });
  it('goes on after a failure, which is told', async () => {
    const failed = vi.fn();
    const run = vi.fn(async () => {
      throw new Error('gone');
    });
    const ask = coalesced(run, 0, failed);
    ask();
    await vi.runAllTimersAsync();
    ask();
    await vi.runAllTimersAsync();
    expect(failed).toHaveBeenCalledTimes(2);
  });
});

import { expect, test } from 'vitest';
import { SharedRequests } from './shared-requests.ts';

/** Work whose end the test decides, counting its runs. */
function controlled() {
  const runs: { resolve(value: string): void; signal: AbortSignal }[] = [];
  const work = (signal: AbortSignal) => new Promise<string>((resolve) => runs.push({ resolve, signal }));
  return { runs, work };
}

test('two that want the same get one answer to one request', async () => {
  const { runs, work } = controlled();
  const shared = new SharedRequests();
  const both = [shared.run('k', 0, undefined, work), shared.run('k', 0, undefined, work)];
  runs[0]?.resolve('picture');
  expect(await Promise.all(both)).toEqual(['picture', 'picture']);
  expect(runs.length).toBe(1);
  void shared.run('k', 0, undefined, work);
  expect(runs.length).toBe(2);
});

test('one who gives up leaves the other its answer; when all have, the work is cancelled', async () => {
  const { runs, work } = controlled();
  const shared = new SharedRequests();
  const impatient = new AbortController();
  const first = shared.run('k', 0, impatient.signal, work);
  const second = shared.run('k', 0, undefined, work);
  impatient.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(runs[0]?.signal.aborted).toBe(false);
  runs[0]?.resolve('picture');
  expect(await second).toBe('picture');

  const alone = new AbortController();
  const third = shared.run('other', 0, alone.signal, work);
  alone.abort();
  await expect(third).rejects.toMatchObject({ code: 'cancelled' });
  expect(runs[1]?.signal.aborted).toBe(true);
});

test('a person does not wait behind the same work at a low priority', async () => {
  const { runs, work } = controlled();
  const shared = new SharedRequests();
  const ahead = shared.run('k', -50, undefined, work);
  const looking = shared.run('k', 100, undefined, work);
  expect(runs.length).toBe(2);
  runs[1]?.resolve('now');
  expect(await looking).toBe('now');
  runs[0]?.resolve('later');
  expect(await ahead).toBe('later');
});

test('what failed is asked for again', async () => {
  const shared = new SharedRequests();
  await expect(shared.run('k', 0, undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await shared.run('k', 0, undefined, async () => 'yes')).toBe('yes');
});

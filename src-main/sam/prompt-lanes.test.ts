import { describe, expect, it } from 'vitest';
import { PromptLanes } from './prompt-lanes.ts';

/** A prompt whose answer is given by hand. */
function prompt(lanes: PromptLanes, client: string, image: string): { outcome: () => string; begun: () => boolean; aborted: () => boolean; answer: () => Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let outcome = 'open';
  let signal: AbortSignal | null = null;
  const settled = lanes
    .run(client, image, (s) => {
      signal = s;
      return promise;
    })
    .then((value) => (outcome = value), (error: { code: string }) => (outcome = error.code));
  return {
    outcome: () => outcome,
    begun: () => signal !== null,
    aborted: () => signal?.aborted ?? false,
    answer: async () => {
      resolve('answered');
      await settled;
      await new Promise(setImmediate);
    },
  };
}

const settle = (): Promise<void> => new Promise(setImmediate);

describe('prompts of one client', () => {
  it('one is in flight, the newest waits, those between are superseded', async () => {
    const lanes = new PromptLanes();
    const [a, b, c] = [prompt(lanes, 'page', 'cat'), prompt(lanes, 'page', 'cat'), prompt(lanes, 'page', 'cat')];
    await settle();
    expect([a, b, c].map((p) => p.outcome())).toEqual(['open', 'superseded', 'open']);
    expect([a, b, c].map((p) => p.begun())).toEqual([true, false, false]);
    await a.answer();
    expect(c.begun()).toBe(true);
    await c.answer();
    expect([a, b, c].map((p) => p.outcome())).toEqual(['answered', 'superseded', 'answered']);
  });

  it('on another image, the one in flight is given up as well', async () => {
    const lanes = new PromptLanes();
    const cat = prompt(lanes, 'page', 'cat');
    const dog = prompt(lanes, 'page', 'dog');
    await settle();
    expect([cat.outcome(), cat.aborted()]).toEqual(['superseded', true]);
    await cat.answer();
    expect(dog.begun()).toBe(true);
    await dog.answer();
    expect([cat.outcome(), dog.outcome()]).toEqual(['superseded', 'answered']);
  });

  it('leave those of others alone', async () => {
    const lanes = new PromptLanes();
    const prompts = [prompt(lanes, 'page', 'cat'), prompt(lanes, 'other', 'cat')];
    await settle();
    expect(prompts.map((p) => p.begun())).toEqual([true, true]);
    lanes.drop('page');
    await settle();
    expect(prompts.map((p) => p.outcome())).toEqual(['superseded', 'open']);
    await Promise.all(prompts.map((p) => p.answer()));
    expect(prompts.map((p) => p.outcome())).toEqual(['superseded', 'answered']);
  });

  it('that fail make way for the next', async () => {
    const lanes = new PromptLanes();
    const failing = lanes.run('page', 'cat', () => Promise.reject(new Error('no picture')));
    const next = lanes.run('page', 'cat', () => Promise.resolve('answered'));
    await expect(failing).rejects.toThrow('no picture');
    expect(await next).toBe('answered');
  });
});

describe('being idle', () => {
  it('is when no client has a prompt in flight', async () => {
    const lanes = new PromptLanes();
    await lanes.whenIdle();
    const [a, b] = [prompt(lanes, 'page', 'cat'), prompt(lanes, 'other', 'cat')];
    let idle = false;
    const waiting = lanes.whenIdle().then(() => (idle = true));
    await a.answer();
    expect(idle).toBe(false);
    await b.answer();
    await waiting;
    expect(idle).toBe(true);
  });

  it('on images that are dropped are superseded, whoever asked, and no others', async () => {
    const lanes = new PromptLanes();
    const [one, waiting] = [prompt(lanes, 'page', 'a/1'), prompt(lanes, 'page', 'a/1')];
    const [other, next] = [prompt(lanes, 'tab', 'b/1'), prompt(lanes, 'tab', 'b/1')];
    lanes.dropImages((image) => image.startsWith('a/'));
    await settle();
    expect([one, waiting, other, next].map((p) => p.outcome())).toEqual(['superseded', 'superseded', 'open', 'open']);
    expect([one.aborted(), other.aborted()]).toEqual([true, false]);
    await Promise.all([one.answer(), other.answer()]);
    await next.answer();
    expect([waiting.begun(), next.outcome()]).toEqual([false, 'answered']);
  });
});

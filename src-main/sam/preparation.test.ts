import { describe, expect, it } from 'vitest';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { Preparation } from './preparation.ts';

const settle = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
};

/** A preparation whose images are finished by hand. */
function setUp(): { preparation: Preparation<string>; states: string[]; busy: (on: boolean) => void; finish: (image: string, error?: Error) => Promise<void> } {
  const states: string[] = [];
  const running = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  return {
    states,
    busy: (on) => (on ? (gate = Promise.withResolvers<void>()) : gate.resolve()),
    preparation: new Preparation<string>({
      keyOf: (image) => image,
      whenIdle: () => gate.promise,
      work: (image, signal) =>
        new Promise<void>((resolve, reject) => {
          running.set(image, { resolve, reject });
          signal.addEventListener('abort', () => reject(new MaskwrightError('cancelled', 'The work was cancelled.')));
        }),
      onState: (image, state) => states.push(`${image} ${state}`),
    }),
    finish: async (image, error) => {
      await settle();
      if (error === undefined) running.get(image)?.resolve();
      else running.get(image)?.reject(error);
      await settle();
    },
  };
}

describe('preparing images', () => {
  it('goes one by one in the order given', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a', 'b', 'c']);
    await finish('a');
    await finish('b');
    expect(states).toEqual(['a preparing', 'a ready', 'b preparing', 'b ready', 'c preparing']);
  });

  it('waits while there is a prompt', async () => {
    const { preparation, states, busy, finish } = setUp();
    busy(true);
    preparation.replace(['a']);
    await finish('none');
    expect(states).toEqual([]);
    busy(false);
    await finish('a');
    expect(states).toEqual(['a preparing', 'a ready']);
  });

  it('goes on past an image that cannot be prepared', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a', 'b']);
    await finish('a', new MaskwrightError('image-unreadable', 'It is no picture.', 'a'));
    await finish('b');
    expect(states).toEqual(['a preparing', 'a failed', 'b preparing', 'b ready']);
  });

  it('drops what a newer call does not want', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a', 'b', 'c']);
    await finish('none');
    preparation.replace(['d']);
    await finish('d');
    expect(states).toEqual(['a preparing', 'd preparing', 'd ready']);
  });

  it('begins anew with what was given up a moment before', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a']);
    await finish('none');
    preparation.replace(['b']);
    preparation.replace(['a', 'b']);
    await finish('a');
    await finish('b');
    expect(states).toEqual(['a preparing', 'a preparing', 'a ready', 'b preparing', 'b ready']);
  });

  it('goes on with what a newer call wants too', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a', 'b']);
    await finish('none');
    preparation.replace(['b', 'a', 'c']);
    await finish('a');
    await finish('b');
    await finish('c');
    expect(states).toEqual(['a preparing', 'a ready', 'b preparing', 'b ready', 'c preparing', 'c ready']);
  });

  it('passes over what is dropped, and gives up what was under way of it', async () => {
    const { preparation, states, finish } = setUp();
    preparation.replace(['a1', 'b1', 'a2', 'b2']);
    await settle();
    preparation.drop((key) => key.startsWith('a'));
    await settle();
    expect(states).toEqual(['a1 preparing', 'b1 preparing']);
    preparation.drop((key) => key.startsWith('c'));
    await finish('b1');
    await finish('b2');
    expect(states.slice(2)).toEqual(['b1 ready', 'b2 preparing', 'b2 ready']);
  });
});

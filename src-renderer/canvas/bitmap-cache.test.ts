import { describe, expect, test } from 'vitest';
import { BitmapCache } from './bitmap-cache.ts';

/** A picture that can be told from others, and whose closing can be seen. */
class FakeBitmap {
  readonly width: number;
  readonly height = 1;
  closed = false;
  constructor(bytes: number) {
    this.width = bytes / 4;
  }
  close(): void {
    this.closed = true;
  }
}

/** A cache of 100 bytes whose pictures arrive when the test says so. */
function setUp() {
  const pending = new Map<string, { resolve: (bitmap: ImageBitmap) => void; reject: (reason: Error) => void; signal: AbortSignal }>();
  const bitmaps = new Map<string, FakeBitmap>();
  const cache = new BitmapCache((address, signal) => new Promise((resolve, reject) => pending.set(address, { resolve, reject, signal })), 100);
  const request = (address: string): Promise<void> => new Promise((settled) => cache.request(address, settled));
  const arrive = (address: string, bytes: number): void => {
    const bitmap = new FakeBitmap(bytes);
    bitmaps.set(address, bitmap);
    pending.get(address)?.resolve(bitmap as ImageBitmap);
  };
  return { cache, pending, bitmaps, request, arrive };
}

describe('bitmap cache', () => {
  test('a picture is loaded once for all who ask, and then is there', async () => {
    const { cache, pending, request, arrive } = setUp();
    const both = Promise.all([request('a'), request('a')]);
    expect(pending.size).toBe(1);
    expect(cache.peek('a')).toBeNull();
    arrive('a', 40);
    await both;
    expect(cache.peek('a')?.width).toBe(10);
  });

  test('beyond the budget the least recently used is closed and forgotten', async () => {
    const { cache, bitmaps, request, arrive } = setUp();
    const load = async (address: string): Promise<void> => {
      const settled = request(address);
      arrive(address, 40);
      await settled;
    };
    await load('a');
    await load('b');
    cache.peek('a');
    await load('c');
    expect(cache.peek('b')).toBeNull();
    expect(bitmaps.get('b')?.closed).toBe(true);
    expect(cache.peek('a')).not.toBeNull();
    expect(cache.peek('c')).not.toBeNull();
  });

  test('one picture larger than the budget is still shown', async () => {
    const { cache, request, arrive } = setUp();
    const settled = request('a');
    arrive('a', 400);
    await settled;
    expect(cache.peek('a')).not.toBeNull();
  });

  test('a failure is told, kept, and forgotten when it is no longer wanted', async () => {
    const { cache, pending, request } = setUp();
    const settled = request('a');
    pending.get('a')?.reject(new Error('The file is gone.'));
    await settled;
    expect(cache.error('a')?.message).toBe('The file is gone.');
    cache.abandon(() => false);
    expect(cache.error('a')).toBeNull();
  });

  test('what is abandoned is aborted, and closed should it come all the same', async () => {
    const { cache, pending, bitmaps, arrive } = setUp();
    cache.request('a', () => expect.unreachable('nobody waits any more'));
    cache.abandon((address) => address !== 'a');
    expect(pending.get('a')?.signal.aborted).toBe(true);
    arrive('a', 40);
    await Promise.resolve();
    await Promise.resolve();
    expect(bitmaps.get('a')?.closed).toBe(true);
    expect(cache.peek('a')).toBeNull();
  });
});

import { expect, test } from 'vitest';
import { ByteLru } from './byte-lru.ts';

test('what was used longest ago goes when the bytes no longer fit', () => {
  const cache = new ByteLru<string>(100);
  cache.set('a', 'A', 40);
  cache.set('b', 'B', 40);
  cache.get('a');
  cache.set('c', 'C', 40);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C']);
  expect(cache.bytes).toBe(80);
});

test('an entry over the bound is kept alone', () => {
  const cache = new ByteLru<string>(100);
  cache.set('small', 's', 10);
  cache.set('huge', 'h', 1000);
  expect([cache.get('small'), cache.get('huge')]).toEqual([undefined, 'h']);
  cache.set('next', 'n', 10);
  expect([cache.get('huge'), cache.get('next'), cache.bytes]).toEqual([undefined, 'n', 10]);
});

test('setting again counts the new bytes only', () => {
  const cache = new ByteLru<string>(100);
  cache.set('a', 'A', 0);
  cache.set('a', 'B', 60);
  expect([cache.get('a'), cache.bytes]).toEqual(['B', 60]);
  cache.delete('a');
  expect(cache.bytes).toBe(0);
});

test('a bound of nothing keeps the newest entry alone', () => {
  const cache = new ByteLru<string>(0);
  cache.set('a', 'A', 0);
  cache.set('b', 'B', 40);
  expect([cache.has('a'), cache.get('b')]).toEqual([false, 'B']);
});

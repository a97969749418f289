import { expect, test } from 'vitest';
import { naturalKey } from './natural-order.ts';

const sorted = (paths: string[]): string[] => paths.toSorted((a, b) => Buffer.compare(Buffer.from(naturalKey(a)), Buffer.from(naturalKey(b))));

test('paths come in the order a person expects', () => {
  const order = ['1.png', '2.png', '10.png', 'a/2.png', 'a/10.png', 'a b/1.png', 'B1.png', 'b2.png', 'b2x.png', 'B10.png', 'b10x/0001.png', 'b10x/2.png', 'b10x/0010.png', 'é.png'];
  expect(sorted(order.toReversed())).toEqual(order);
});

test('case, leading zeros and how accents are composed do not separate names', () => {
  expect(naturalKey('IMG_007.JPG')).toBe(naturalKey('img_7.jpg'));
  expect(naturalKey('e\u0301')).toBe(naturalKey('\u00e9'));
});

test('numbers of more digits are larger, however long', () => {
  const long = Array.from({ length: 60 }, (_, i) => `x${'9'.repeat(i + 1)}.png`);
  expect(sorted(long.toReversed())).toEqual(long);
});

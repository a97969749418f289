import { expect, test } from 'vitest';
import type { Finding } from '../../src-shared/contract/check.ts';
import { CheckLists } from './check-lists.ts';

const island = (image: number, instance: number): Finding => ({ image, path: `${image}.jpg`, instances: [instance], classes: [1], box: { x: 0, y: 0, width: 2, height: 1 }, other: null, measures: { pixels: 2 } });
const numbers = (lists: CheckLists): [number, number | undefined][] => lists.list('island').map(({ n, finding }) => [n, finding.instances[0]]);

test('what an edit takes away and undo brings back has its number and its place again', () => {
  const lists = new CheckLists({ island: {} }, { island: {} });
  for (const [image, instance] of [[1, 10], [2, 20], [2, 21], [3, 30]] as const) lists.add('island', island(image, instance));
  lists.setTotals([['island', 4]]);
  const before = numbers(lists);

  lists.replace(new Set([2]), [['island', island(2, 20)]]);
  expect(numbers(lists)).toEqual([[1, 10], [2, 20], [4, 30]]);
  expect(lists.total('island')).toBe(3);

  lists.replace(new Set([2]), [['island', island(2, 20)], ['island', island(2, 21)]]);
  expect(numbers(lists)).toEqual(before);
  expect(lists.total('island')).toBe(4);

  lists.replace(new Set([2]), [['island', island(2, 20)], ['island', island(2, 21)], ['island', island(2, 22)]]);
  expect(numbers(lists)).toEqual([[1, 10], [2, 20], [3, 21], [5, 22], [4, 30]]);
});

test('what a repair put right leaves the list at once, and what is found there again has its number again', () => {
  const lists = new CheckLists({ island: {} }, { island: {} });
  for (const [image, instance] of [[1, 10], [2, 20], [2, 21], [3, 30]] as const) lists.add('island', island(image, instance));
  lists.setTotals([['island', 4]]);

  lists.repaired('island', new Set([2]), new Set([2]));
  expect(numbers(lists)).toEqual([[1, 10], [3, 21], [4, 30]]);
  lists.repaired('island', new Set([2, 3]), null);
  expect(numbers(lists)).toEqual([[1, 10]]);
  expect(lists.total('island')).toBe(1);

  // One of them was left as it was.
  lists.replace(new Set([2, 3]), [['island', island(2, 21)]]);
  expect(numbers(lists)).toEqual([[1, 10], [3, 21]]);
  expect(lists.total('island')).toBe(2);
});

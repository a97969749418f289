import { expect, test } from 'vitest';
import { axisTop } from './axis.ts';

test.each([[0, 1], [1, 1], [2, 2], [3, 4], [5, 6], [7, 8], [9, 10], [10, 10], [11, 20], [465, 600], [999, 1000], [1001, 2000]])('an axis of counts up to %i ends at %i', (most, top) => {
  expect(axisTop(most)).toBe(top);
});

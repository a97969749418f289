import { expect, test } from 'vitest';
import type { Shape } from '../../domain/schema.ts';
import { packCounts } from '../../geometry/packed-counts.ts';
import { maskShape, shapeMeasures, shapeToRle } from '../../geometry/shape.ts';
import { labeledCandidates } from './accepted.ts';

const [HEIGHT, WIDTH] = [80, 100];
const box = (x: number, y: number, width: number, height: number): Shape => ({ kind: 'box', box: { x, y, width, height } });
const instance = (shape: Shape): { shape: Shape } & ReturnType<typeof shapeMeasures> => ({ shape, ...shapeMeasures(shape, HEIGHT, WIDTH) });
const candidate = (id: number, shape: Shape): Parameters<typeof labeledCandidates>[0][number] => {
  const { area, box: { x, y, width, height } } = shapeMeasures(maskShape(shapeToRle(shape, HEIGHT, WIDTH)), HEIGHT, WIDTH);
  return { id, size: [HEIGHT, WIDTH], counts: packCounts(shapeToRle(shape, HEIGHT, WIDTH).counts), area, box: { x0: x, y0: y, x1: x + width - 1, y1: y + height - 1 } };
};
const asMask = (shape: Shape): Shape => maskShape(shapeToRle(shape, HEIGHT, WIDTH));

// 20 × 20 pixels each; moved by n pixels they share 20 × (20 - n), an IoU of (20 - n) / (20 + n): 0.905 for 1, 0.818 for 2.
const found = [candidate(1, box(10, 10, 20, 20)), candidate(2, box(60, 10, 20, 20)), candidate(3, box(10, 10, 40, 40))];

test.each([
  ['a mask', asMask(box(10, 10, 20, 20)), [1]],
  ['a polygon', { kind: 'polygon', parts: [{ outer: [10, 10, 30, 10, 30, 30, 10, 30], holes: [] }] } satisfies Shape, [1]],
  ['a box', box(60, 10, 20, 20), [2]],
  ['a mask one pixel beside', asMask(box(11, 10, 20, 20)), [1]],
  ['a mask two pixels beside', asMask(box(12, 10, 20, 20)), []],
  ['what lies inside', asMask(box(12, 12, 10, 10)), []],
  ['one of the same size elsewhere', asMask(box(35, 55, 20, 20)), []],
  ['the larger of two that lie in each other', asMask(box(10, 10, 40, 40)), [3]],
])('a candidate is labeled already by %s', (_, shape, labeled) => {
  expect([...labeledCandidates(found, [instance(shape as Shape)])]).toEqual(labeled);
});

test('a mask of another image size is no candidate’s', () => {
  const shape = maskShape({ size: [HEIGHT + 1, WIDTH], counts: shapeToRle(box(10, 10, 20, 20), HEIGHT + 1, WIDTH).counts });
  expect([...labeledCandidates(found, [{ shape, ...shapeMeasures(shape, HEIGHT + 1, WIDTH) }])]).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { panoptic } from '../../src-main/datasets/formats/panoptic/panoptic.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import { MemorySource } from '../helpers/dataset-source.ts';

const row = (text: string): Shape => maskShape(rleFromBitmap(Uint8Array.from(text, (c) => (c === '#' ? 1 : 0)), 1, text.length));

test('a format in which instances hide one another tells of each what others leave of it, the worst first', async () => {
  const source = new MemorySource().class(1, 'cat').image(1, 'a.jpg', 4, 1).image(2, 'b.jpg', null, null)
    .instance(1, 1, 1, row('####')).instance(2, 1, 1, row('##..')).instance(3, 1, 1, row('#...')).instance(4, 1, null, row('####')).instance(5, 1, 1, { kind: 'mask', size: [1, 4], counts: Uint8Array.of(9) }).instance(6, 2, 1, row('#'));
  const { losses, lossCount } = await preflightDataset(source, panoptic, 'all', {});
  expect(lossCount).toBe(5);
  expect(losses.map(({ instance, iou, reasons }) => [instance, iou, reasons])).toEqual([
    [4, 0, ['left out: it has no class, and COCO panoptic requires one']],
    [5, 0, [expect.stringContaining('left out: ')]],
    [6, 0, ['left out: the size of its image is not known']],
    [1, 0.5, ['2 pixels of 4 are hidden by others, and a pixel belongs to one instance']],
    [2, 0.5, ['1 pixel of 2 are hidden by others, and a pixel belongs to one instance']],
  ]);
});

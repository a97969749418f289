import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labelme } from '../../src-main/datasets/formats/labelme/labelme.ts';
import { masks } from '../../src-main/datasets/formats/masks/masks.ts';
import { panoptic } from '../../src-main/datasets/formats/panoptic/panoptic.ts';
import { voc } from '../../src-main/datasets/formats/voc/voc.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { textsIn, writeWith } from '../helpers/formats.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-large-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SIDE = 20_000;
const square = (side: number): Shape => ({ kind: 'mask', size: [side, side], counts: packCounts(Uint32Array.of(0, side * side)) });
const small = (): MemorySource => new MemorySource().class(1, 'cat').image(1, 'a.jpg', 4, 4).instance(1, 1, 1, square(4)).image(3, 'c.jpg', 4, 4).instance(4, 3, 1, square(4));
/** With a picture between them that takes more pixels than a label picture has. */
const withLarge = (): MemorySource => {
  const source = small().image(2, 'large.jpg', SIDE, SIDE).instance(2, 2, 1, square(SIDE)).instance(3, 2, null, square(SIDE));
  source.pictures.sort((a, b) => a.id - b.id);
  return source;
};

describe('a picture that is too large for a label picture', () => {
  test.each([
    [masks, { layout: 'semantic' }], [masks, { layout: 'instance' }], [masks, { layout: 'separate' }], [panoptic, {}], [voc, { copyImages: false }],
  ] as const)('is told and left out, and the rest is written as without it: %#', async (format, options) => {
    const { images, instances, unlabelled, told } = await writeWith(format, withLarge(), join(folder, 'with'), options);
    expect({ images, instances, unlabelled }).toEqual({ images: 2, instances: 2, unlabelled: 0 });
    expect(told).toEqual([{ item: 'large.jpg', problem: { code: 'too-large', item: 'large.jpg', message: expect.stringMatching(/"large\.jpg" was left out .*20000 × 20000 pixels.*Export it in/) as string } }]);
    await writeWith(format, small(), join(folder, 'without'), options);
    expect(textsIn(join(folder, 'with'))).toEqual(textsIn(join(folder, 'without')));
  });

  test('costs LabelMe’s masks only the instance', async () => {
    const { images, instances, told } = await writeWith(labelme, withLarge(), join(folder, 'with'), { shapes: 'masks', copyImages: false });
    expect({ images, instances }).toEqual({ images: 3, instances: 2 });
    expect(told).toEqual([{ item: 'large.jpg, instance 2', problem: expect.objectContaining({ code: 'too-large', message: expect.stringContaining('polygons') as string }) as unknown }]);
  });
});

import * as fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askPeer, HOW_TO_GET, interopPython } from '../helpers/interop.ts';
import { expected } from '../helpers/oracles.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

const FORMS = ['rle', 'polygons', 'as-drawn'] as const;
const photos = fileURLToPath(new URL('../../../shared/photos/coco50/instances.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'maskwright-pycocotools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Read {
  readonly id: number;
  readonly image: string;
  readonly class: string;
  readonly counts: string;
  readonly area: number;
}

/** On the fine grid, on halves, anywhere; in the image, around it, far from it. */
const coordinate = fc.oneof(fc.integer({ min: -15, max: 200 }).map((v) => v / 5), fc.integer({ min: -9, max: 80 }).map((v) => v / 2), fc.double({ min: -50, max: 90, noNaN: true }), fc.integer({ min: -900, max: 4500 }).map((v) => v / 100), fc.double({ min: -1e5, max: 1e5, noNaN: true }));
const point = fc.tuple(coordinate, coordinate);
const outline = fc.oneof(fc.array(point, { minLength: 3, maxLength: 12 }), fc.tuple(point, fc.integer({ min: 3, max: 8 })).map(([at, times]) => Array.from({ length: times }, () => at)), fc.tuple(point, point, point).map(([a, b, c]) => [a, b, b, c, b])).map((points) => points.flat());
const shape = fc.tuple(fc.array(outline, { minLength: 1, maxLength: 3 }), fc.tuple(fc.integer({ min: 1, max: 45 }), fc.integer({ min: 1, max: 45 })));

describe.skipIf(interopPython === null)(`pycocotools itself (${HOW_TO_GET})`, () => {
  test('fills any polygon as we do, bit for bit: out of the image, degenerate, several', async () => {
    const shapes = fc.sample(shape, scenes(2000));
    const theirs = await askPeer<string[]>('pycocotools', { do: 'fill', shapes });
    const wrong = shapes.filter(([polygons, [h, w]], i) => encodeCocoCounts(rasterizeParts(polygons.map((outer) => ({ outer, holes: [] })), h, w).counts) !== theirs[i]);
    expect(wrong).toEqual([]);
  });

  test.skipIf(!existsSync(photos))('reads COCO’s own annotations, written again in each form, as it reads the source (skipped: ../shared/photos/coco50 is not there)', async () => {
    const source = (await readWith(coco, photos)).source();
    const files = await Promise.all(FORMS.map(async (segmentation) => {
      const out = mkdtempSync(join(folder, 'photos-'));
      await writeWith(coco, source, out, { segmentation });
      return join(out, 'instances.json');
    }));
    const [before, ...after] = await askPeer<Read[][]>('pycocotools', { do: 'read', files: [photos, ...files] });
    const what = ({ id, image, class: label, counts }: Read): object => ({ id, image, label, counts });
    for (const [i, form] of FORMS.entries()) expect(after[i]?.map(what), form).toEqual(before?.map(what));
  });

  test('reads random scenes in each form as the preflight says that it will', async () => {
    const written = await Promise.all(fc.sample(scene, scenes(8)).flatMap((source) => FORMS.map(async (segmentation) => {
      const out = mkdtempSync(join(folder, 'scenes-'));
      await writeWith(coco, source, out, { segmentation });
      return { file: join(out, 'instances.json'), wanted: expected(source, coco, coco.options.parse({ segmentation })).map(({ instance, back }) => `${instance.id} ${encodeCocoCounts(back.mask.counts)}`) };
    })));
    const found = await askPeer<Read[][]>('pycocotools', { do: 'read', files: written.map(({ file }) => file) });
    for (const [i, { wanted }] of written.entries()) expect(found[i]?.map(({ id, counts }) => `${id} ${counts}`).toSorted()).toEqual(wanted.toSorted());
  });
});

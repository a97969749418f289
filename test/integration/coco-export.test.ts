import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { getuid } from 'node:process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportCoco, preflightCoco } from '../helpers/export-coco.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleArea, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { annToMask, type CocoFile } from '../helpers/coco-reader.ts';
import { MemorySource } from '../helpers/dataset-source.ts';

const RLE = { segmentation: 'rle', images: 'all' } as const;
const POLYGONS = { segmentation: 'polygons', images: 'all' } as const;

let folder = '';
let out = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coco-export-'));
  out = join(folder, 'instances.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (): Promise<CocoFile> => JSON.parse(await readFile(out, 'utf8')) as CocoFile;
const code = (code: string): unknown => expect.objectContaining({ code });

/** A blob with a hole, an island in it, and pixels touching at corners, of 40 × 30. */
const hostileMask = (): Shape =>
  maskShape(rleFromBitmap(Uint8Array.from({ length: 1200 }, (_, i) => {
    const [x, y] = [i % 40, Math.floor(i / 40)];
    const d = Math.hypot(x - 20, y - 15);
    return Number((d < 13 && d > 6) || d < 3 || (x > 33 && (x + y) % 2 === 0));
  }), 30, 40));
const star: Shape = { kind: 'polygon', parts: [{ outer: [5.12345, 3, 30.4, 9.7, 12, 25.3, 8, 12], holes: [[10, 10, 14, 10.2, 12.4, 13]] }] };
const rectangle: Shape = { kind: 'box', box: { x: 3.5, y: 4.25, width: 10, height: 6.5 } };

const dataset = (): MemorySource =>
  new MemorySource()
    .class(7, 'cat')
    .class(3, 'a "quoted" \\ naïve 猫')
    .image(1, 'holiday/one.jpg', 40, 30)
    .image(2, 'two.jpg', 40, 30, { status: 'done' })
    .image(5, 'empty.png', 8, 9)
    .instance(11, 1, 7, hostileMask())
    .instance(12, 1, 3, star)
    .instance(13, 2, 7, rectangle)
    .instance(14, 2, 3, hostileMask());

describe('a COCO file', () => {
  test.each([RLE, POLYGONS])('as %j gives every mask back to a reader', async (options) => {
    const source = dataset();
    const summary = await exportCoco(source, out, options, false);
    expect(summary).toMatchObject({ images: 3, instances: 4, unlabelled: 0, problems: 0 });
    const file = await read();
    expect(file.images).toEqual([
      { id: 1, file_name: 'holiday/one.jpg', width: 40, height: 30 },
      { id: 2, file_name: 'two.jpg', width: 40, height: 30 },
      { id: 5, file_name: 'empty.png', width: 8, height: 9 },
    ]);
    expect(file.categories.map(({ id, name }) => [id, name])).toEqual([[7, 'cat'], [3, 'a "quoted" \\ naïve 猫']]);
    expect(file.annotations.map(({ id, image_id, category_id, iscrowd }) => [id, image_id, category_id, iscrowd])).toEqual([
      [11, 1, 7, 0], [12, 1, 3, 0], [13, 2, 7, 0], [14, 2, 3, 0],
    ]);
    for (const annotation of file.annotations) {
      const mask = annToMask(annotation.segmentation, 30, 40);
      const { shape } = source.shapes.find(({ id }) => id === annotation.id) ?? { shape: rectangle };
      const drawn = rleToBitmap(shapeToRle(shape, 30, 40));
      expect(annotation.area).toBe(mask.reduce((sum, inside) => sum + inside, 0));
      if (shape.kind === 'mask' || options === RLE) expect(mask).toEqual(drawn);
      else expect(mask.filter((inside, i) => inside !== drawn[i]).length).toBeLessThan(25);
      if (shape.kind === 'box') expect(annotation.bbox).toEqual([3.5, 4.25, 10, 6.5]);
      else expect(annotation.bbox).toEqual(tightBox(mask, 40));
    }
  });

  test('is the same, byte for byte, each time', async () => {
    await exportCoco(dataset(), out, POLYGONS, false);
    const first = await readFile(out);
    await exportCoco(dataset(), out, POLYGONS, true);
    expect(await readFile(out)).toEqual(first);
    expect(first.toString()).not.toContain(folder);
    expect(first.toString()).not.toContain('/data/photos');
  });

  test('of done images holds only those', async () => {
    await exportCoco(dataset(), out, { segmentation: 'rle', images: 'done' }, false);
    const file = await read();
    expect(file.images.map(({ id }) => id)).toEqual([2]);
    expect(file.annotations.map(({ id }) => id)).toEqual([13, 14]);
  });

  test('names images of several roots apart where they must be', async () => {
    const source = dataset();
    source.folders.push({ id: 2, path: 'D:\\more\\photos\\' }, { id: 3, path: '/other/drone' });
    source.image(21, 'two.jpg', 4, 4, { root: 2 }).image(22, 'two.jpg', 4, 4, { root: 3 }).image(23, 'photos/two.jpg', 4, 4, { root: 3 }).image(24, 'own.jpg', 4, 4, { root: 3 });
    await exportCoco(source, out, RLE, false);
    const names = (await read()).images.map(({ id, file_name }) => [id, file_name]);
    expect(names).toEqual([
      [1, 'holiday/one.jpg'], [2, 'photos-2/two.jpg'], [5, 'empty.png'],
      [21, 'photos-3/two.jpg'], [22, 'drone/two.jpg'], [23, 'photos/two.jpg'], [24, 'own.jpg'],
    ]);
  });

  test('leaves out by name what cannot be written, and goes on', async () => {
    const source = dataset()
      .image(6, 'broken.jpg', null, null)
      .instance(30, 6, 7, rectangle)
      .instance(31, 1, null, rectangle)
      .instance(32, 1, 7, maskShape(rleFromBitmap(new Uint8Array(1200), 30, 40)))
      .instance(33, 1, 7, { kind: 'mask', size: [5, 5], counts: Uint8Array.of(25) })
      .instance(34, 1, 7, { kind: 'mask', size: [30, 40], counts: Uint8Array.of(0x80) })
      .instance(35, 1, 7, { kind: 'polygon', parts: [{ outer: [1, 1.1, 9, 1.2, 9, 1.3], holes: [] }] });
    const problems: string[] = [];
    const summary = await exportCoco(source, out, RLE, false, { onProblem: (item) => problems.push(item) });
    expect(summary).toMatchObject({ images: 3, instances: 4, unlabelled: 1, problems: 5 });
    expect(problems).toEqual(['broken.jpg', 'holiday/one.jpg, instance 32', 'holiday/one.jpg, instance 33', 'holiday/one.jpg, instance 34', 'holiday/one.jpg, instance 35']);
    expect((await read()).annotations).toHaveLength(4);

    const preflight = await preflightCoco(source, RLE);
    expect(preflight).toMatchObject({ images: 4, instances: 10, unlabelled: 1 });
    const leftOut = preflight.losses.filter(({ iou }) => iou === 0);
    expect(leftOut.map(({ instance }) => instance)).toEqual([31, 32, 33, 34, 35, 30]);
    expect(leftOut.every(({ reasons }) => reasons.length === 1 && reasons[0]?.startsWith('left out: '))).toBe(true);
  });
});

function tightBox(mask: Uint8Array, width: number): number[] {
  const inside = [...mask.keys()].filter((i) => mask[i]);
  const xs = inside.map((i) => i % width);
  const ys = inside.map((i) => Math.floor(i / width));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
}

describe('before an export', () => {
  test('run lengths lose no pixel; what was drawn loses its corners', async () => {
    const { losses, ...counts } = await preflightCoco(dataset(), RLE);
    expect(counts).toEqual({ images: 3, instances: 4, unlabelled: 0, lossCount: 2, maskCount: 0, whole: [] });
    expect(losses.map(({ instance, iou, reasons }) => [instance, iou, reasons])).toEqual([
      [12, 1, ['it was drawn as a polygon and becomes pixels']], [13, 1, ['it was drawn as a box and becomes pixels']],
    ]);
  });

  test('polygons say what each instance loses, worst first', async () => {
    const { losses } = await preflightCoco(dataset(), POLYGONS);
    await exportCoco(dataset(), out, POLYGONS, false);
    const file = await read();
    for (const loss of losses) {
      const mask = annToMask(file.annotations.find(({ id }) => id === loss.instance)?.segmentation, 30, 40);
      const drawn = rleToBitmap(shapeToRle(dataset().shapes.find(({ id }) => id === loss.instance)?.shape ?? rectangle, 30, 40));
      const both = drawn.filter((inside, i) => inside && mask[i]).length;
      const either = drawn.filter((inside, i) => inside || mask[i]).length;
      expect(loss.iou).toBe(both / either);
    }
    expect(losses.map(({ iou }) => iou)).toEqual(losses.map(({ iou }) => iou).toSorted((a, b) => a - b));
    const [holes] = losses.filter(({ instance }) => instance === 11);
    expect(holes).toMatchObject({ iou: 1, imagePath: 'holiday/one.jpg', class: 'cat' });
    expect(holes?.reasons.join()).toContain('hole');
    // A drawn polygon keeps its corners and, being filled by COCO's rule here too, its pixels.
    expect(losses.filter(({ instance }) => instance === 12)).toMatchObject([{ iou: 1, reasons: [expect.stringContaining('hole')] }]);
  });

  test('thousands of losses are counted and the worst are named', async () => {
    const source = new MemorySource().class(1, 'thing').image(1, 'a.jpg', 40, 30);
    for (let id = 1; id <= 5000; id++) source.instance(id, 1, id === 4321 ? null : 1, star);
    const { losses, lossCount } = await preflightCoco(source, POLYGONS);
    expect(lossCount).toBe(5000);
    expect(losses).toHaveLength(1000);
    expect(losses[0]?.instance).toBe(4321);
  });
});

describe('an export that does not come to its end', () => {
  test('when cancelled leaves no file and an older one whole', async () => {
    await writeFile(out, 'older');
    const abort = new AbortController();
    const running = exportCoco(dataset(), out, RLE, true, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(running).rejects.toThrow(code('cancelled'));
    expect(await readdir(folder)).toEqual(['instances.json']);
    expect(await readFile(out, 'utf8')).toBe('older');
  });

  test('does not replace a file unless told to', async () => {
    await writeFile(out, 'older');
    await expect(exportCoco(dataset(), out, RLE, false)).rejects.toThrow(code('name-taken'));
    expect(await readFile(out, 'utf8')).toBe('older');
    await exportCoco(dataset(), out, RLE, true);
    expect((await read()).images).toHaveLength(3);
    expect(await readdir(folder)).toEqual(['instances.json']);
  });

  test('says where the fault lies', async () => {
    await expect(exportCoco(dataset(), join(folder, 'missing', 'x.json'), RLE, false)).rejects.toThrow(code('not-found'));
    await expect(exportCoco(dataset(), folder, RLE, true)).rejects.toThrow(code('bad-request'));
    await expect(exportCoco(new MemorySource(), out, RLE, false)).rejects.toThrow(code('nothing-to-export'));
    await expect(exportCoco(new MemorySource().image(1, 'a', 1, 1), out, { segmentation: 'rle', images: 'done' }, false)).rejects.toThrow(code('nothing-to-export'));
    expect(await readdir(folder)).toEqual([]);
  });

  test.skipIf(getuid?.() === 0 || process.platform === 'win32')('for want of rights says so (not as root)', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    await expect(exportCoco(dataset(), join(closed, 'x.json'), RLE, false)).rejects.toThrow(code('no-access'));
  });

  test('stops at a failure of the project and leaves nothing', async () => {
    const source = dataset();
    source.instances = () => {
      throw new Error('the project cannot be read');
    };
    await expect(exportCoco(source, out, RLE, false)).rejects.toThrow('the project cannot be read');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a large export', () => {
  test('reports progress to the end and lets other work through', async () => {
    const source = new MemorySource().class(1, 'thing');
    const mask = hostileMask();
    for (let id = 1; id <= 400; id++) {
      source.image(id, `${id}.jpg`, 40, 30);
      for (let k = 0; k < 5; k++) source.instance(id * 10 + k, id, 1, mask);
    }
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    const progress: number[] = [];
    const { bytes } = await exportCoco(source, out, POLYGONS, false, { onProgress: (done, total) => progress.push(done / total) });
    clearInterval(count);
    expect(progress).toHaveLength(400);
    expect(progress.at(-1)).toBe(1);
    expect(turns).toBeGreaterThan(3);
    const text = await readFile(out);
    expect(text.length).toBe(bytes);
    expect((JSON.parse(text.toString()) as CocoFile).annotations).toHaveLength(2000);
    expect(rleArea(shapeToRle(mask, 30, 40))).toBe((await read()).annotations.at(-1)?.area);
  });
});

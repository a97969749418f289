import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCsv } from '../../src-main/datasets/formats/csv/csv-text.ts';
import { FORMATS, formatById } from '../../src-main/datasets/formats/registry.ts';
import { uprightPixels } from '../../src-main/engines/datasets-pictures.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { rleBox, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { storedTurned } from '../fixtures/pictures.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, textsIn, writeWith } from '../helpers/formats.ts';

/* Case 7 of docs/robustness.md in every format: whatever way a camera stored the picture, what is written lies on the object. */

const [W, H] = [40, 24];
/** An L, which no turn and no mirror maps onto itself. */
const object = Uint8Array.from({ length: W * H }, (_, i) => Number((i % W >= 5 && i % W < 9 && i / W >= 3 && i / W < 20) || (i % W >= 5 && i % W < 22 && i / W >= 16 && i / W < 20)));
const photograph = Buffer.from(object).reduce((rgb, inside, i) => rgb.fill(inside === 1 ? 255 : 0, i * 3, i * 3 + 3), Buffer.alloc(W * H * 3));
const { signal } = new AbortController();

let folder = '';
const source = new MemorySource().class(1, 'L');
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-turned-'));
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const file = join(folder, `${n}.png`);
    await writeFile(file, await storedTurned(n, photograph, W, H).png().toBuffer());
    const { image } = await probe(file, signal);
    expect(image).toMatchObject({ width: W, height: H, orientation: n });
    source.image(n, `${n}.png`, W, H, { absolutePath: file }).instance(n, n, 1, maskShape(rleFromBitmap(object, H, W)));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is bright for a program that follows EXIF, as those do that read the data set. */
async function brightPixels(path: string): Promise<Uint8Array> {
  const { data, info } = await sharp(await readFile(path)).autoOrient().greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([W, H]);
  return Uint8Array.from(data, (value) => Number(value > 127));
}

const sizeOf = async (file: string): Promise<{ width: number; height: number } | null> => (await probe(file, signal)).image;

const READABLE = FORMATS.filter(({ read, write }) => read !== undefined && write !== undefined).flatMap(({ id }) => {
  const ways: Record<string, Record<string, unknown>[]> = {
    coco: [{ segmentation: 'rle' }, { segmentation: 'polygons' }], labelme: [{ shapes: 'polygons' }, { shapes: 'masks' }], dota: [], masks: [{ layout: 'semantic' }, { layout: 'instance' }, { layout: 'separate' }],
  };
  return (ways[id] ?? [{}]).map((options) => ({ id, options }));
});

describe('7: for every EXIF orientation', () => {
  test.each(READABLE)('$id $options: the mask that is read back lies on the bright pixels', async ({ id, options }) => {
    const format = formatById(id);
    const out = mkdtempSync(join(folder, 'out-'));
    const summary = await writeWith(format, source, out, options, uprightPixels);
    expect(summary).toMatchObject({ images: 8, instances: 8, problems: 0 });
    const [only = ''] = readdirSync(out);
    const sink = await readWith(format, format.form === 'file' ? join(out, only) : out, sizeOf);
    expect(sink.problems).toEqual([]);
    expect(sink.images.map(({ width, height }) => [width, height])).toEqual(Array.from({ length: 8 }, () => [W, H]));
    for (const { path, file } of sink.images) {
      const masks = sink.of(path).map(({ shape }) => rleToBitmap(shapeToRle(shape, H, W)));
      // Where pictures are copied, on the copy.
      expect(masks, path).toEqual([await brightPixels(file ?? join(folder, path))]);
    }
  });

  test.each([['yolo', { labels: 'boxes' }], ['voc', { masks: false }]] as const)('%s %j: the box lies around the bright pixels', async (id, options) => {
    const out = mkdtempSync(join(folder, 'out-'));
    await writeWith(formatById(id), source, out, options);
    const sink = await readWith(formatById(id), out, sizeOf);
    expect(sink.images).toHaveLength(8);
    for (const { path, file } of sink.images) expect(sink.of(path).map(({ shape }) => shape)).toEqual([{ kind: 'box', box: rleBox(rleFromBitmap(await brightPixels(file ?? ''), H, W)) }]);
  });

  test('cut-outs: what is cut out is the bright pixels and nothing else', async () => {
    const out = mkdtempSync(join(folder, 'out-'));
    expect(await writeWith(formatById('cutouts'), source, out, { margin: 2 }, uprightPixels)).toMatchObject({ instances: 8, problems: 0 });
    const { x, y } = rleBox(rleFromBitmap(object, H, W));
    for (const [file = '', , , left, top] of parseCsv(textsIn(out)['cutouts.csv'] ?? '').slice(1).filter(([name]) => name !== '')) {
      expect([Number(left), Number(top)]).toEqual([x - 2, y - 2]);
      const { data } = await sharp(await readFile(join(out, file))).raw().toBuffer({ resolveWithObject: true });
      for (let i = 0; i < data.length; i += 4) expect([...data.subarray(i, i + 4)]).toEqual(data[i + 3] === 0 ? [0, 0, 0, 0] : [255, 255, 255, 255]);
      expect(data.filter((value, i) => i % 4 === 3 && value === 255)).toHaveLength(object.filter(Boolean).length);
    }
  });

  test('overlays: the colour lies over the bright pixels and nothing else', async () => {
    const out = mkdtempSync(join(folder, 'out-'));
    expect(await writeWith(formatById('overlays'), source, out, { picture: 'png', opacity: 1 }, uprightPixels)).toMatchObject({ images: 8, problems: 0 });
    for (const file of readdirSync(out)) {
      const { data, info } = await sharp(await readFile(join(out, file))).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([W, H, 3]);
      expect(Uint8Array.from(object, (_, i) => Number((data[i * 3] ?? 0) > 0)), file).toEqual(object);
    }
  });

  test('CSV: sizes and boxes are those of the upright picture', async () => {
    const out = mkdtempSync(join(folder, 'out-'));
    await writeWith(formatById('csv'), source, out);
    const [head = [], ...rows] = parseCsv(textsIn(out)['instances.csv'] ?? '');
    const { x, y, width, height } = rleBox(rleFromBitmap(object, H, W));
    const wanted = { image_width: W, image_height: H, x, y, width, height };
    const filled = rows.filter((row) => row.length === head.length);
    expect(filled).toHaveLength(8);
    for (const row of filled) expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, Number(row[head.indexOf(name)])]))).toEqual(wanted);
  });
});

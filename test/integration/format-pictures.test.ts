import * as fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { csv } from '../../src-main/datasets/formats/csv/csv.ts';
import { csvRow, parseCsv } from '../../src-main/datasets/formats/csv/csv-text.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { cutouts } from '../../src-main/datasets/formats/cutouts/cutouts.ts';
import { overlays } from '../../src-main/datasets/formats/overlays/overlays.ts';
import { decodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, textsIn, writeWith } from '../helpers/formats.ts';

let folder: string;
let number = 0;
const fresh = (): string => join(folder, String(++number));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-pictures-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mask = (...rows: string[]): Shape => maskShape(rleFromBitmap(Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)), rows.length, rows[0]?.length ?? 0));
/** Each pixel tells its place: red is x, green is y. */
const placed = ({ width, height }: { width: number; height: number }): Promise<Uint8Array> =>
  Promise.resolve(Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 200][i % 3] ?? 0));
const png = (...path: string[]): { width: number; height: number; kind: string; samples: Uint8Array | Uint16Array } => decodePng(readFileSync(join(...path)), path.at(-1) ?? '');

  const unlessBad = (image: { path: string; width: number; height: number }): Promise<Uint8Array> => (image.path === 'bad.jpg' ? Promise.reject(new MaskwrightError('image-unreadable', 'no', 'bad.jpg')) : placed(image));

describe('cut-outs', () => {
  test('an instance is a picture with alpha, its surroundings cut at the picture’s edge, and its place is in the table', async () => {
    const path = fresh();
    const source = new MemorySource().class(1, 'cat').image(1, 'sub/a.jpg', 6, 5).instance(1, 1, 1, mask('......', '.##...', '.#....', '......', '......')).instance(2, 1, null, mask('.....#', '......', '......', '......', '......'));
    expect(await writeWith(cutouts, source, path, { margin: 2 }, placed)).toMatchObject({ images: 1, instances: 2, unlabelled: 0, problems: 0 });
    const { width, height, kind, samples } = png(path, 'cat/sub_a.png');
    expect([width, height, kind]).toEqual([5, 5, 'rgba']);
    const pixel = (x: number, y: number): number[] => [...samples.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
    expect([pixel(1, 1), pixel(2, 1), pixel(1, 2), pixel(2, 2), pixel(0, 0)]).toEqual([[1, 1, 200, 255], [2, 1, 200, 255], [1, 2, 200, 255], [0, 0, 0, 0], [0, 0, 0, 0]]);
    expect(png(path, 'unlabelled/sub_a.png')).toMatchObject({ width: 3, height: 3 });
    expect(readFileSync(join(path, 'cutouts.csv'), 'utf8')).toBe('file,image,class,x,y,width,height\r\ncat/sub_a.png,sub/a.jpg,cat,0,0,5,5\r\nunlabelled/sub_a.png,sub/a.jpg,,3,0,3,3\r\n');
  });

  test('classes with names of any kind get folders of their own inside the data set', async () => {
    const path = fresh();
    const source = new MemorySource().image(1, 'a.jpg', 1, 1);
    for (const [i, name] of ['../up', 'con', 'CAT', 'cat', 'a/b'].entries()) source.class(i + 1, name).instance(i + 1, 1, i + 1, mask('#'));
    await writeWith(cutouts, source, path, {}, placed);
    expect(Object.keys(textsIn(path)).filter((name) => name.endsWith('.png'))).toEqual(['CAT/a.png', '_.._up/a.png', '_con/a.png', 'a_b/a.png', 'cat/a-2.png']);
  });

  test('a picture that cannot be read is told, and the others are written', async () => {
    const source = new MemorySource().class(1, 'cat').image(1, 'bad.jpg', 1, 1).image(2, 'good.jpg', 1, 1).image(3, 'unknown.jpg', null, null);
    for (const image of [1, 2, 3]) source.instance(image, image, 1, mask('#'));
    const path = fresh();
    expect(await writeWith(cutouts, source, path, {}, unlessBad)).toMatchObject({ instances: 1, problems: 2, told: [{ item: 'bad.jpg' }, { item: 'unknown.jpg' }] });
    expect(Object.keys(textsIn(path))).toEqual(['cat/good.png', 'cutouts.csv']);
  });
});

const source = (): MemorySource => new MemorySource().class(1, 'cat').image(1, 'a.jpg', 7, 5).instance(1, 1, 1, mask('.......', '.#####.', '.#####.', '.#####.', '.......')).instance(2, 1, null, mask('...####', '.......', '.......', '.......', '.......'));

describe('overlays', () => {
  test('the colour lies over the pixels as thick as wished, the outline alone at the edge, nothing outside', async () => {
    const path = fresh();
    await writeWith(overlays, source(), path, { picture: 'png', opacity: 0.5, outline: 1 }, placed);
    const { samples } = png(path, 'a.png');
    const pixel = (x: number, y: number): number[] => [...samples.subarray((y * 7 + x) * 3, (y * 7 + x) * 3 + 3)];
    const colour = [0xe6, 0x9f, 0];
    expect([pixel(0, 0), pixel(6, 4)]).toEqual([[0, 0, 200], [6, 4, 200]]);
    for (const [x, y] of [[1, 1], [5, 1], [1, 2], [5, 2], [3, 3]] as const) expect(pixel(x, y), `${x}, ${y}`).toEqual(colour);
    expect(pixel(3, 2)).toEqual([Math.round((3 + 0xe6) / 2), Math.round((2 + 0x9f) / 2), 100]);
    expect([pixel(3, 0), pixel(6, 0)]).toEqual([[255, 255, 255], [255, 255, 255]]);
  });

  test('the picture itself stays as it was', async () => {
    const pixels = new Uint8Array(7 * 5 * 3).fill(9);
    await writeWith(overlays, source(), fresh(), {}, () => Promise.resolve(pixels));
    expect(pixels.every((value) => value === 9)).toBe(true);
  });

  test('a JPEG has nearly the pixels of the PNG, without colors that bleed from a thin outline, and the same bytes each time', async () => {
    const [exact, once, again] = [fresh(), fresh(), fresh()];
    const options = { opacity: 0, outline: 1 };
    await writeWith(overlays, source(), exact, { ...options, picture: 'png' }, placed);
    await writeWith(overlays, source(), once, options, placed);
    await writeWith(overlays, source(), again, options, placed);
    const { data, info } = await sharp(readFileSync(join(once, 'a.jpg')), { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 7, height: 5, channels: 3 });
    const { samples } = png(exact, 'a.png');
    expect(Math.max(...data.map((value, i) => Math.abs(value - (samples[i] ?? 0))))).toBeLessThan(30);
    expect(textsIn(again)).toEqual(textsIn(once));
  });
});

describe('CSV', () => {
  test('a row an instance, with what spreadsheets count', async () => {
    const path = fresh();
    const source = new MemorySource().class(1, 'cat').image(1, 'sub/ä, b.jpg', 4, 5, { split: 'val', status: 'done' })
      .instance(1, 1, 1, mask('###.', '#.#.', '###.', '....', '...#'), { crowd: true, group: 'herd' })
      .instance(2, 1, null, { kind: 'box', box: { x: 0.5, y: 1, width: 2.25, height: 2 } });
    expect(await writeWith(csv, source, path)).toMatchObject({ images: 1, instances: 2, unlabelled: 0 });
    const [head = [], first = [], second = []] = parseCsv(readFileSync(join(path, 'instances.csv'), 'utf8'));
    const row = (cells: string[]): Record<string, string> => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? '']));
    // MemorySource does not measure; the writer does.
    expect(row(first)).toMatchObject({ image: 'sub/ä, b.jpg', image_width: '4', split: 'val', status: 'done', class: 'cat', shape: 'mask', area: '9', area_share: '0.45', x: '0', y: '0', width: '4', height: '5', parts: '2', holes: '1', crowd: '1', group: 'herd', source: 'human' });
    expect(row(second)).toMatchObject({ class: '', shape: 'box', area: '4.5', x: '0.5', width: '2.25', parts: '1', holes: '0', crowd: '0' });
  });

  test('31: text that a spreadsheet would run is neutralised, numbers stay numbers', async () => {
    const path = fresh();
    const source = new MemorySource().class(1, '=cmd|\' /C calc\'!A0').class(2, '@SUM(1)').class(3, '-1+1').image(1, '+a.jpg', 2, 2).image(2, '\t=b.jpg', 2, 2);
    for (const label of [1, 2, 3]) source.instance(label, 1, label, { kind: 'box', box: { x: -1.5, y: 0, width: 3, height: 1 } });
    source.instance(4, 2, 1, mask('#.', '..'), { group: '=1' });
    await writeWith(csv, source, path);
    const rows = parseCsv(readFileSync(join(path, 'instances.csv'), 'utf8')).slice(1);
    expect(rows.map((cells) => [cells[0], cells[6]])).toEqual([["'+a.jpg", "'=cmd|' /C calc'!A0"], ["'+a.jpg", "'@SUM(1)"], ["'+a.jpg", "'-1+1"], ["'\t=b.jpg", "'=cmd|' /C calc'!A0"]]);
    expect(rows[0]?.[10]).toBe('-1.5');
    for (const cells of rows) for (const cell of cells) expect(cell).not.toMatch(/^(?!-?[\d.]+$)[=+\-@\t]/);
  });

  test('what is written is read back, cell by cell', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '"', '\n', '\r', 'é', '.'), minLength: 1, maxLength: 6 }).map((text) => `x${text}x`);
    fc.assert(fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }), (rows) => {
      const text = csvRow(['a', 'b']) + rows.map(csvRow).join('');
      expect(parseCsv(text)).toEqual([['a', 'b'], ...rows]);
    }));
  });
});

const photos = new URL('../../../shared/photos/coco50/', import.meta.url).pathname;
test.skipIf(!existsSync(photos))('COCO’s photographs become cut-outs, overlays and a table (skipped: ../shared/photos/coco50 is not there)', async () => {
  const all = (await readWith(coco, join(photos, 'instances.json'))).source();
  const source = new MemorySource();
  source.labels.push(...all.labels);
  source.pictures.push(...all.pictures.slice(0, 4));
  source.shapes.push(...all.shapes.filter(({ image }) => image <= 4));
  const pixels = (image: { path: string }): Promise<Uint8Array> => sharp(readFileSync(join(photos, 'images', image.path))).rotate().toColourspace('srgb').removeAlpha().raw().toBuffer();
  const [cut, over, table] = [fresh(), fresh(), fresh()];
  expect(await writeWith(cutouts, source, cut, {}, pixels)).toMatchObject({ instances: source.shapes.length, problems: 0 });
  expect(Object.keys(textsIn(cut))).toHaveLength(source.shapes.length + 1);
  await writeWith(overlays, source, over, {}, pixels);
  for (const { path, width, height } of source.pictures) expect(await sharp(readFileSync(join(over, path))).metadata()).toMatchObject({ format: 'jpeg', width, height });
  await writeWith(csv, source, table);
  expect(parseCsv(readFileSync(join(table, 'instances.csv'), 'utf8'))).toHaveLength(source.shapes.length + 1);
});

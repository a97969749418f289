import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { annToMask } from '../helpers/coco-reader.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { putFiles, readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

const root = mkdtempSync(join(tmpdir(), 'maskwright-format-coco-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});

interface Entry {
  readonly id: number;
  readonly [field: string]: unknown;
}
interface Document {
  readonly images: Entry[];
  readonly categories: Entry[];
  readonly annotations: Entry[];
}

const square = maskShape(rleFromBitmap(Uint8Array.from({ length: 48 }, (_, i) => Number(i % 8 > 2)), 6, 8));
const own = (fields: Record<string, number | string | number[]>): { own: { coco: typeof fields } } => ({ own: { coco: fields } });

async function written(source: MemorySource, options: object = {}): Promise<Document> {
  const out = join(folder, 'written');
  await writeWith(coco, source, out, options);
  return JSON.parse(textsIn(out)['instances.json'] ?? '') as Document;
}

describe('a polygon of a COCO file', () => {
  const segmentation = [[2.7, 1.2, 9.4, 2.6, 7.3, 8.7, 3.1, 6.9], [11.93, 3.07, 14.41, 2.9, 13.2, 7.77]];
  const file = { images: [{ id: 1, file_name: 'a.png', width: 16, height: 10 }], categories: [{ id: 1, name: 'a' }], annotations: [{ id: 1, image_id: 1, category_id: 1, iscrowd: 0, bbox: [3, 1, 6, 7], area: 20, segmentation }] };

  test.each(['rle', 'polygons', 'as-drawn'])('written as %s covers the pixels that pycocotools gives the source, and its area says so', async (form) => {
    const source = (await readWith(coco, join(putFiles(folder, { 'a.json': file }), 'a.json'))).source();
    const [entry] = (await written(source, { segmentation: form })).annotations;
    const pixels = annToMask(segmentation, 10, 16);
    expect(annToMask(entry?.['segmentation'], 10, 16)).toEqual(pixels);
    expect(entry?.['area']).toBe(pixels.reduce((sum, inside) => sum + inside, 0));
    if (form !== 'rle') expect(entry?.['segmentation']).toEqual(segmentation);
    const { losses } = await preflightDataset(source, coco, 'all', coco.options.parse({ segmentation: form }));
    expect(losses.map(({ iou, reasons }) => [iou, reasons])).toEqual(form === 'rle' ? [[1, ['it was drawn as a polygon and becomes pixels']]] : []);
  });

  test('covers the same pixels as a mask PNG', async () => {
    const source = (await readWith(coco, join(putFiles(folder, { 'a.json': file }), 'a.json'))).source();
    await writeWith(formatById('masks'), source, join(folder, 'masks'), { layout: 'separate' });
    const [mask] = (await readWith(formatById('masks'), join(folder, 'masks'))).instances;
    expect(mask && rleToBitmap(shapeToRle(mask.shape, 10, 16))).toEqual(annToMask(segmentation, 10, 16));
  });
});

describe('export, import and export again', () => {
  test('gives the same bytes with run lengths, but for the box of what was drawn as a box', async () => {
    await fc.assert(fc.asyncProperty(scene, async (source) => {
      const { firstFiles, secondFiles } = await roundTrip(coco, source);
      const boxes = new Set(source.shapes.filter(({ shape }) => shape.kind === 'box').map(({ id }) => id));
      const text = (files: Record<string, string>): string => (files['instances.json'] ?? '').split('\n').map((line) => (boxes.has(Number(/^,?\{"id":(\d+),"image_id"/.exec(line)?.[1])) ? line.replace(/"bbox":\[[^\]]*\]/, '') : line)).join('\n');
      expect(text(secondFiles)).toBe(text(firstFiles));
    }), { numRuns: scenes(50) });
  });

  test('gives the same bytes with polygons, but for the box of what was drawn as a box', async () => {
    await fc.assert(fc.asyncProperty(scene, async (source) => {
      const drawn = new MemorySource();
      Object.assign(drawn, source, { shapes: source.shapes.filter(({ shape }) => shape.kind !== 'box') });
      const { firstFiles, secondFiles } = await roundTrip(coco, drawn, { segmentation: 'polygons' });
      expect(secondFiles).toEqual(firstFiles);
    }), { numRuns: scenes(50) });
  });

  test('keeps splits as files', async () => {
    await fc.assert(fc.asyncProperty(scene, async (source) => {
      const first = join(folder, 'first');
      await writeWith(coco, source, first, { splits: 'file-per-split' });
      const sink = await readWith(coco, first);
      expect(sink.problems).toEqual([]);
      expect(new Map(sink.images.map(({ path, split }) => [path, split]))).toEqual(new Map(source.pictures.map(({ path, split }) => [path, split])));
      expect(sink.instances).toHaveLength(source.shapes.filter((instance) => instance.class !== null).length - (await writeWith(coco, source, first)).problems);
      expect(sink.classes.map(({ name }) => name)).toEqual(source.labels.map(({ name }) => name));
    }), { numRuns: scenes(15) });
  });
});

describe('what was imported is written back', () => {
  test('numbers, supercategory, colour, crowds, keypoints, attributes, scores, licences', async () => {
    const source = new MemorySource()
      .class(1, 'person', { supercategory: 'animal', ...own({ id: 18, keypoints: [1, 2] }) })
      .image(1, 'a.jpg', 8, 6, { extras: own({ id: 397133, license: 3, date_captured: '2013-11-14' }) })
      .instance(1, 1, 1, square, { crowd: true, score: 0.5, attributes: { pose: 'sitting' }, ...own({ id: 200887, keypoints: [3, 4, 2], num_keypoints: 1 }) });
    source.own = own({ info: 'about', licenses: [] });
    const document = await written(source, { segmentation: 'polygons' });
    expect(document).toMatchObject({ info: 'about', licenses: [] });
    expect(document.images).toEqual([{ id: 397133, file_name: 'a.jpg', width: 8, height: 6, license: 3, date_captured: '2013-11-14' }]);
    expect(document.categories).toEqual([{ id: 18, name: 'person', supercategory: 'animal', color: [230, 159, 0], keypoints: [1, 2] }]);
    const [annotation] = document.annotations;
    expect(annotation).toMatchObject({ id: 200887, image_id: 397133, category_id: 18, iscrowd: 1, score: 0.5, attributes: { pose: 'sitting' }, keypoints: [3, 4, 2], num_keypoints: 1, segmentation: { size: [6, 8] } });
  });

  test('a number that two have, or that is no number, is replaced by one that nobody has', async () => {
    const source = new MemorySource().class(1, 'thing').image(1, 'a.jpg', 8, 6).image(2, 'b.jpg', 8, 6, { extras: own({ id: 7 }) }).image(3, 'c.jpg', 8, 6, { extras: own({ id: 7 }) });
    for (const [i, id] of [5, 5, 'five', 2.5, -1, 9].entries()) source.instance(i + 1, 1, 1, square, own({ id }));
    source.instance(7, 2, 1, square);
    const { images, annotations } = await written(source);
    expect(images.map(({ id }) => id)).toEqual([8, 7, 10]);
    expect(annotations.map(({ id }) => id)).toEqual([5, 11, 12, 13, 14, 9, 16]);
    expect(annotations.at(-1)).toMatchObject({ image_id: 7 });
  });

  test('fields that would write over ours do not', async () => {
    const hostile = JSON.parse('{"own":{"coco":{"image_id":99,"segmentation":"none","__proto__":{"area":1},"note":"x"}}}') as object;
    const source = new MemorySource().class(1, 'thing').image(1, 'a.jpg', 8, 6).instance(1, 1, 1, square, hostile);
    expect((await written(source)).annotations).toEqual([expect.objectContaining({ image_id: 1, area: 30, note: 'x', segmentation: { size: [6, 8], counts: expect.any(String) as string } })]);
  });
});

const document = (name: string): string => JSON.stringify({ images: [{ id: 1, file_name: name, width: 8, height: 6 }], categories: [{ id: 1, name: 'cat' }], annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 3, 2] }] });

test('LVIS has how frequent classes are, counted anew, and which classes were looked for in vain', async () => {
  const source = new MemorySource().class(1, 'cat', own({ synset: 'cat.n.01', synonyms: ['cat', 'true_cat'] as never, def: 'a feline', frequency: 'f', image_count: 900 } as never)).class(2, 'dog');
  for (let n = 1; n <= 11; n++) source.image(n, `${n}.jpg`, 8, 6, n === 1 ? { extras: own({ neg_category_ids: [2] }) } : {}).instance(n, n, 1, square);
  source.instance(12, 1, 1, square).instance(13, 2, 2, square);
  const { categories, images } = await written(source, { fields: 'lvis', segmentation: 'polygons' });
  expect(categories).toMatchObject([
    { name: 'cat', synset: 'cat.n.01', synonyms: ['cat', 'true_cat'], def: 'a feline', image_count: 11, instance_count: 12, frequency: 'c' }, { name: 'dog', synset: '', synonyms: ['dog'], image_count: 1, instance_count: 1, frequency: 'r' },
  ]);
  expect(images.slice(0, 2)).toMatchObject([{ neg_category_ids: [2], not_exhaustive_category_ids: [] }, { neg_category_ids: [], not_exhaustive_category_ids: [] }]);
});

test('splits as others lay them out: COCO’s own folders, and a folder for each split with the pictures in it', async () => {
  mkdirSync(join(folder, 'own/annotations'), { recursive: true });
  mkdirSync(join(folder, 'own/train2017'));
  writeFileSync(join(folder, 'own/train2017/a.jpg'), 'a picture');
  for (const [split, name] of [['train2017', 'a.jpg'], ['val2017', '../../outside.jpg']] as const) writeFileSync(join(folder, `own/annotations/instances_${split}.json`), `\ufeff${document(name)}`);
  expect(await coco.recognise(join(folder, 'own'))).toBe(true);
  const sink = await readWith(coco, join(folder, 'own'));
  expect(sink.images.map(({ path, split, file }) => [path, split, file])).toEqual([['a.jpg', 'train2017', join(folder, 'own/train2017/a.jpg')], ['../../outside.jpg', 'val2017', null]]);
  expect(sink.classes).toHaveLength(1);
  expect(sink.instances).toHaveLength(2);

  for (const split of ['test', 'train']) {
    mkdirSync(join(folder, 'roboflow', split), { recursive: true });
    writeFileSync(join(folder, 'roboflow', split, '_annotations.coco.json'), document('b.jpg'));
    writeFileSync(join(folder, 'roboflow', split, 'b.jpg'), 'a picture');
  }
  expect(await coco.recognise(join(folder, 'roboflow'))).toBe(true);
  const others = await readWith(coco, join(folder, 'roboflow'));
  expect(others.images.map(({ split, file }) => [split, file])).toEqual([['test', join(folder, 'roboflow/test/b.jpg')], ['train', join(folder, 'roboflow/train/b.jpg')]]);
  expect(await coco.recognise(folder)).toBe(false);
});

const maskwright = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../src-main/cli/cli.ts'), ...args], { encoding: 'utf8', cwd: folder, env: { ...process.env, MASKWRIGHT_HOME: join(root, 'home') } });

describe('maskwright convert', () => {
  const holed = { size: [5, 5], counts: [6, 3, 2, 1, 1, 1, 2, 3, 6] };
  const dataset = (more: object[] = []): string => JSON.stringify({ images: [{ id: 3, file_name: 'a.png', width: 5, height: 5 }], categories: [{ id: 1, name: 'ring' }], annotations: [{ id: 8, image_id: 3, category_id: 1, segmentation: holed }, ...more] });

  test('writes the data set, says what was left out, and leaves no project behind', () => {
    writeFileSync(join(folder, 'in.json'), dataset([{ id: 9, image_id: 4, category_id: 1, bbox: [0, 0, 1, 1] }]));
    const run = maskwright('convert', 'in.json', 'out', '--to', 'coco', '--set', 'splits=file-per-split');
    expect(run).toMatchObject({ status: 3 });
    expect(run.stderr).toContain('annotation 9 was left out');
    expect(JSON.parse(readFileSync(join(folder, 'out/annotations/instances_default.json'), 'utf8'))).toMatchObject({ images: [{ id: 3 }], annotations: [{ id: 8, area: 8 }] });
    expect(readdirSync(folder).sort()).toEqual(['in.json', 'out']);
    expect(readFileSync(join(root, 'home/recent.json'), { encoding: 'utf8', flag: 'a+' })).not.toContain('convert');
    expect(maskwright('convert', 'in.json', 'strict.json', '--to', 'coco', '--strict')).toMatchObject({ status: 1, stdout: '' });
    expect(existsSync(join(folder, 'strict.json'))).toBe(false);
  });

  test('with --strict writes nothing where something would be lost, and says what', () => {
    writeFileSync(join(folder, 'in.json'), dataset());
    writeFileSync(join(folder, 'a.png'), encodePng({ width: 5, height: 5, kind: 'grey', samples: new Uint8Array(25) }));
    const lossy = maskwright('convert', 'in.json', 'out.json', '--to', 'coco', '--set', 'segmentation=polygons', '--strict');
    expect(lossy).toMatchObject({ status: 1, stdout: '' });
    expect(lossy.stderr).toContain('hole');
    expect(existsSync(join(folder, 'out.json'))).toBe(false);
    expect(maskwright('convert', 'in.json', 'out.json', '--to', 'coco', '--strict')).toMatchObject({ status: 0 });
    for (const [args, message] of [[['--to', 'shapefile'], 'There is no format "shapefile"'], [['--to', 'coco', '--set', 'colour=red'], 'COCO has no option "colour"'], [['--to', 'coco', '--set', 'segmentation=ascii'], 'segmentation']] as const) {
      const run = maskwright('convert', 'in.json', 'other.json', ...args);
      expect(run).toMatchObject({ status: 1, stdout: '' });
      expect(run.stderr).toContain(message);
    }
  });

  test.skipIf(!existsSync(new URL('../../../shared/photos/coco50/instances.json', import.meta.url)))('COCO’s own annotations come through with their numbers, crowds and pixels (skipped: ../shared/photos/coco50 is not there)', () => {
    const from = new URL('../../../shared/photos/coco50/instances.json', import.meta.url).pathname;
    expect(maskwright('convert', from, 'first.json', '--to', 'coco')).toMatchObject({ status: 0 });
    expect(maskwright('convert', 'first.json', 'second.json', '--to', 'coco', '--pictures', join(from, '..'))).toMatchObject({ status: 0 });
    const first = readFileSync(join(folder, 'first.json'), 'utf8');
    expect(readFileSync(join(folder, 'second.json'), 'utf8')).toBe(first);
    const [before, after] = [JSON.parse(readFileSync(from, 'utf8')) as Document, JSON.parse(first) as Document];
    const facts = ({ annotations }: Document): unknown[] => annotations.map(({ id, image_id, category_id, iscrowd }) => [id, image_id, category_id, iscrowd]).sort((a, b) => Number(a[0]) - Number(b[0]));
    expect(facts(after)).toEqual(facts(before));
    expect(after.categories.map(({ id, name, supercategory }) => [id, name, supercategory])).toEqual(before.categories.map(({ id, name, supercategory }) => [id, name, supercategory]));
  });
});

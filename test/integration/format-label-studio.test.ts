import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rleArea, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { decodeBrush, encodeBrush } from '../../src-main/datasets/formats/label-studio/brush-rle.ts';
import { labelStudio } from '../../src-main/datasets/formats/label-studio/label-studio.ts';
import { millionths } from '../../src-main/datasets/formats/parts/turned-box.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { putFiles, readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import { MemorySink } from '../helpers/memory-sink.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-label-studio-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'export.json');
const read = async (document: unknown): Promise<MemorySink> => {
  writeFileSync(file(), typeof document === 'string' ? document : JSON.stringify(document));
  return readWith(labelStudio, file());
};
const again = async (source: MemorySource): Promise<{ id: number; data: object; annotations: { result: Record<string, unknown>[] }[]; [more: string]: unknown }[]> => {
  await writeWith(labelStudio, source, join(folder, 'again'));
  return JSON.parse(textsIn(join(folder, 'again'))['label-studio.json'] ?? '') as ReturnType<typeof again> extends Promise<infer T> ? T : never;
};

/** As Label Studio writes it (labelstud.io, task format; the tags' sample results), by hand. */
const size = { original_width: 20, original_height: 10, image_rotation: 0, to_name: 'image' };
const task = (result: unknown[], more: object = {}): object => ({ id: 11, data: { image: '/data/upload/3/0a1b2c3d-a%20b.jpg', batch: 7 }, annotations: [{ id: 5, completed_by: 1, lead_time: 2.5, was_cancelled: false, result }], predictions: [{ id: 1, result: [] }], project: 3, ...more });
const box = (label: string): object => ({ ...size, id: label, type: 'rectanglelabels', from_name: 'b', value: { x: 0, y: 0, width: 50, height: 50, rectanglelabels: [label] } });
const donut = rleFromBitmap(Uint8Array.from({ length: 200 }, (_, i) => Number(i % 20 > 2 && i % 20 < 9 && i > 40 && i < 160 && i !== 105)), 10, 20);

describe('what Label Studio writes is read', () => {
  test('brushes, polygons, rectangles, answers, notes, scores; the rest is kept', async () => {
    const sink = await read([task([
      { ...size, id: 'A', type: 'brushlabels', from_name: 'tag', value: { format: 'rle', rle: encodeBrush(donut), brushlabels: ['cat', 'pet'] }, origin: 'manual' },
      { ...size, id: 'B', type: 'polygonlabels', from_name: 'poly', value: { points: [[10, 10], [50, 10], [50, 55.5]], closed: true, polygonlabels: ['dog'] }, score: 0.5, meta: { text: ['looks left'] } },
      { ...size, id: 'B', type: 'choices', from_name: 'occluded', value: { choices: ['true'] } }, { ...size, id: 'B', type: 'number', from_name: 'age', value: { number: 3 } }, { ...size, id: 'B', type: 'textarea', from_name: 'plate', value: { text: ['X 1'] } }, { ...size, id: 'B', type: 'rating', from_name: 'stars', value: { rating: 4 } },
      { ...size, id: 'C', type: 'rectanglelabels', from_name: 'box', value: { x: 5, y: 10, width: 25, height: 30, rotation: 0, rectanglelabels: ['cat'] } },
      { ...size, id: 'D', type: 'polygon', value: { points: [[0, 0], [10, 0], [10, 10]] } },
      { id: 'E', type: 'choices', from_name: 'weather', to_name: 'image', value: { choices: ['snow'] } }, { type: 'relation', from_id: 'A', to_id: 'B', direction: 'right' },
    ])]);
    expect(sink.problems).toEqual([]);
    expect(sink.images).toMatchObject([{ path: 'a b.jpg', width: 20, height: 10, split: null }]);
    const [brush, polygon, rectangle, plain] = sink.instances;
    expect(shapeToRle(brush!.shape, 10, 20)).toEqual(donut);
    expect(brush?.class).toBe('cat');
    expect(polygon).toMatchObject({ class: 'dog', shape: { parts: [{ outer: [2, 1, 10, 1, 10, 5.55] }] }, extras: { score: 0.5, description: 'looks left', occluded: true, attributes: { age: 3, plate: 'X 1' } } });
    expect(rectangle).toMatchObject({ class: 'cat', shape: { kind: 'box', box: { x: 1, y: 1, width: 5, height: 3 } } });
    expect(plain).toMatchObject({ class: null, shape: { kind: 'polygon' } });

    const [written] = await again(sink.source());
    expect(written).toMatchObject({ id: 11, data: { image: '/data/upload/3/0a1b2c3d-a%20b.jpg', batch: 7 }, predictions: [{ id: 1, result: [] }], project: 3, annotations: [{ id: 5, completed_by: 1, lead_time: 2.5 }] });
    const result = written?.annotations[0]?.result ?? [];
    expect(result.map(({ id, type, from_name }) => [id, type, from_name])).toEqual([
      ['A', 'brushlabels', 'tag'], ['B', 'polygonlabels', 'poly'], ['B', 'number', 'age'], ['B', 'textarea', 'plate'], ['B', 'choices', 'occluded'], ['B', 'rating', 'stars'], ['C', 'rectanglelabels', 'box'], ['D', 'polygon', 'polygon'], ['E', 'choices', 'weather'], [undefined, 'relation', undefined],
    ]);
    expect(result[0]).toMatchObject({ origin: 'manual', value: { format: 'rle', brushlabels: ['cat', 'pet'] } });
    expect(result[1]).toMatchObject({ ...size, value: { points: [[10, 10], [50, 10], [50, 55.5]], closed: true }, score: 0.5, meta: { text: ['looks left'] } });
  });

  test('a turned rectangle is its corners about the upper left one, and is written back as it was', async () => {
    const value = { x: 50, y: 10, width: 20, height: 40, rotation: 90 };
    const sink = await read([task([{ ...size, id: 'A', type: 'rectanglelabels', from_name: 'box', value: { ...value, rectanglelabels: ['cat'] } }])]);
    const [shape] = sink.instances.map((instance) => instance.shape);
    expect(shape?.kind === 'polygon' && shape.parts[0]?.outer.map(millionths)).toEqual([10, 1, 10, 5, 6, 5, 6, 1]);
    const [written] = await again(sink.source());
    expect(written?.annotations[0]?.result[0]).toMatchObject({ type: 'rectanglelabels', value });
  });

  test('with a common Labels tag, the shape and its label are two results', async () => {
    const value = { x: 0, y: 0, width: 50, height: 50, rotation: 0 };
    const sink = await read([task([{ ...size, id: 'A', type: 'rectangle', from_name: 'r', value }, { ...size, id: 'A', type: 'labels', from_name: 'l', value: { ...value, labels: ['cat'] } }])]);
    expect(sink.instances).toMatchObject([{ class: 'cat', shape: { box: { width: 10, height: 5 } } }]);
    const [written] = await again(sink.source());
    expect(written?.annotations[0]?.result).toEqual([{ ...size, id: 'A', type: 'rectangle', from_name: 'r', value }, { ...size, id: 'A', type: 'labels', from_name: 'l', value: { ...value, labels: ['cat'] } }]);
  });

  test('of several annotations the ground truth is shown, cancelled ones never; all are kept', async () => {
    const annotations = [{ id: 1, was_cancelled: true, result: [box('no')] }, { id: 2, result: [box('first')] }, { id: 3, ground_truth: true, result: [box('truth')] }];
    const sink = await read([task([], { annotations })]);
    expect(sink.instances.map(({ class: name }) => name)).toEqual(['truth']);
    expect(sink.problems).toMatchObject([{ problem: { message: expect.stringContaining('2 annotations') as string } }]);
    const [written] = await again(sink.source());
    expect(written?.annotations).toMatchObject([{ id: 3, ground_truth: true }, annotations[0], annotations[1]]);
  });

  test.each([
    ['/data/local-files/?d=sub/a%20b.jpg', 'sub/a b.jpg'], ['https://example.org/x/a%20b.jpg?token=1', 'x/a b.jpg'], ['s3://bucket/sub/a.jpg', 'sub/a.jpg'], ['C:\\photos\\a.jpg', 'C:/photos/a.jpg'], ['/data/upload/deadbeef-a.jpg', 'a.jpg'], ['/data/local-files/?d=100%.jpg', '100%.jpg'],
  ])('the picture of %s is %s', async (address, path) => {
    const sink = await read([{ data: { picture_url: address } }]);
    expect(sink.images).toMatchObject([{ path, file: null }]);
  });

  test.each<[string, object, string | null, RegExp | null]>([
    ['a text before it', { site: 'north', photo_url: 'https://img.example.org/field/leaf1.jpg' }, 'field/leaf1.jpg', /1 task: its image was taken from “photo_url”\.$/],
    ['the hosted edition’s address', { image: 'https://app.example.org/storage-data/uploaded/?filepath=upload/12/0a1b2c31-leaf1.jpg' }, 'leaf1.jpg', null],
    ['a signed address', { patient: 'P-001', image_url: '/tasks/1/presign/?fileuri=' + Buffer.from('s3://bucket/x/a.png').toString('base64') }, 'x/a.png', /image_url/],
    ['no extension', { id: 'A7', ref: 's3://bucket/x/000123' }, 'x/000123', /“ref”/],
    ['a page beside it', { page: 'https://example.org/about', scan: 'scans/1.PNG' }, 'scans/1.PNG', /“scan”/],
    ['the field that results are on, of two images', { left: 'a.jpg', right: 'b.jpg' }, 'b.jpg', /“right”\.$/],
    ['two images and nothing that says which', { one: 'a.jpg', two: 'b.jpg' }, 'a.jpg', /taken from “one”, although “two” may be one too/],
    ['texts alone', { text: 'north field', title: 'leaf' }, null, null],
    ['numbers alone', { n: 3 }, null, null],
  ])('the image of a task is never guessed from other fields: %s', async (_, data, path, note) => {
    const sink = await read([{ data, annotations: [{ result: [{ ...box('cat'), to_name: 'right' }] }] }]);
    expect(sink.images.map((image) => image.path)).toEqual(path === null ? [] : [path]);
    expect(sink.notes).toEqual(note === null ? [] : [expect.stringMatching(note)]);
    expect(sink.problems.map(({ problem }) => problem.message)).toEqual(path === null ? ['task 1 was left out: none of its data fields names an image.'] : []);
  });

  test('regions on another image of a task are named', async () => {
    const sink = await read([{ data: { left: 'a.jpg', right: 'b.jpg' }, annotations: [{ result: [{ ...box('cat'), to_name: 'left' }, { ...box('dog'), to_name: 'right' }] }] }]);
    expect(sink.instances.map((instance) => instance.class)).toEqual(['cat']);
    expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['a.jpg, region dog was left out: it is on “right”, another image of the task.']);
  });

  test('two uploads of one name are two images, found by their stored names', async () => {
    putFiles(folder, { '1a1b2c3d-a.jpg': 'one', 'images/2a1b2c3d-a.jpg': 'two' });
    const sink = await read(['1', '2'].map((n) => ({ data: { image: `/data/upload/3/${n}a1b2c3d-a.jpg` } })));
    expect(sink.images.map(({ path, file: found }) => [path, found])).toEqual([['a.jpg', join(folder, '1a1b2c3d-a.jpg')], ['upload/3/2a1b2c3d-a.jpg', join(folder, 'images/2a1b2c3d-a.jpg')]]);
  });

  test.each([0, 40])('an ellipse turned by %d° is a polygon of its area, and is written back as the ellipse', async (rotation) => {
    const value = { x: 50, y: 40, radiusX: 20, radiusY: 10, rotation };
    const sink = await read([task([{ ...size, original_width: 200, original_height: 100, id: 'A', type: 'ellipselabels', from_name: 'e', value: { ...value, ellipselabels: ['cat'] } }])]);
    expect(sink.problems).toEqual([]);
    const mask = shapeToRle(sink.instances[0]!.shape, 100, 200);
    expect(Math.abs(rleArea(mask) / (Math.PI * 40 * 10) - 1)).toBeLessThan(0.02);
    const at = (x: number, y: number): number => rleToBitmap(mask)[y * 200 + x] ?? 0;
    // The end of the long half-axis, turned clockwise on the screen.
    const [dx, dy] = [Math.cos((rotation * Math.PI) / 180), Math.sin((rotation * Math.PI) / 180)];
    expect([at(Math.floor(100 + 38 * dx), Math.floor(40 + 38 * dy)), at(Math.floor(100 + 42 * dx), Math.floor(40 + 42 * dy))]).toEqual([1, 0]);
    const [written] = await again(sink.source());
    expect(written?.annotations[0]?.result[0]).toMatchObject({ type: 'ellipselabels', from_name: 'e', value });
  });

  describe('predictions', () => {
    const predictions = [{ id: 1, model_version: 'v1', score: 0.2, result: [box('worse')] }, { id: 2, model_version: 'v2', score: 0.5, result: [{ ...box('cat'), score: 0.9 }, box('dog')] }];
    const tasks = [task([], { annotations: [], predictions }), task([box('mine')], { data: { image: 'b.jpg' }, predictions })];

    test('without annotations are counted, and kept', async () => {
      const sink = await read(tasks);
      expect(sink.instances.map((instance) => instance.class)).toEqual(['mine']);
      expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['1 task has predictions but no annotations; 2 predicted regions were not read. Import with predictions (--predictions) to read them.']);
      expect((await again(sink.source()))[0]).toMatchObject({ predictions });
    });

    test('come in where that is asked for: the best one, with scores, marked as such, and not beside annotations', async () => {
      writeFileSync(file(), JSON.stringify(tasks));
      const sink = new MemorySink();
      await labelStudio.read?.(file(), sink, { signal: new AbortController().signal, progress: () => undefined, predictions: true, encoding: null, sizeOf: () => Promise.resolve(null) });
      expect(sink.problems).toEqual([]);
      expect(sink.instances.map(({ class: label, extras }) => [label, extras?.score, extras?.own?.['label-studio']?.['prediction']])).toEqual([['cat', 0.9, 'v2'], ['dog', 0.5, 'v2'], ['mine', undefined, undefined]]);
      expect((await again(sink.source()))[0]).toMatchObject({ predictions, annotations: [{ result: [{ type: 'rectanglelabels', score: 0.9 }, { score: 0.5 }] }] });
    });
  });

  test('what is not needed may be null, text or of another type, and is counted', async () => {
    const polygon = { ...size, id: 5, type: 'polygonlabels', from_name: null, score: 'high', original_width: '20', image_rotation: null, value: { points: [['10', 10], [50, 10], [50, 50]], polygonlabels: 'cat' } };
    const sink = await read(JSON.stringify([{ id: 'x', data: { image: 'a.jpg', age: 7 }, annotations: [{ result: [polygon] }, null], predictions: null, meta: [] }]).replace('"age":7', '"age":NaN'));
    expect(sink.problems).toEqual([]);
    expect(sink.instances).toMatchObject([{ class: 'cat', shape: { parts: [{ outer: [2, 1, 10, 1, 10, 5] }] } }]);
    expect(sink.notes).toEqual(['1 result: “original_width” is text and was read as a number.', '1 result: “score” is not a number and was ignored.', '1 task: “data” holds NaN or infinite numbers, which were dropped.']);
  });

  test('a folder with one export is it', async () => {
    putFiles(folder, { 'project-1.json': [{ data: { image: 'a.jpg' }, annotations: [] }], 'notes.json': '{}' });
    expect(await labelStudio.recognise(folder)).toBe(true);
    expect((await readWith(labelStudio, folder)).images).toMatchObject([{ path: 'a.jpg' }]);
    putFiles(folder, { 'project-2.json': [{ data: { image: 'a.jpg' }, annotations: [] }] });
    expect(await labelStudio.recognise(folder)).toBe(false);
  });

  test('sizes come from the picture beside the file where results do not say them', async () => {
    writeFileSync(join(folder, 'a.jpg'), '');
    writeFileSync(file(), `\ufeff${JSON.stringify([{ data: { image: 'a.jpg' }, completions: [{ result: [{ id: 'A', type: 'polygonlabels', value: { points: [[0, 0], [50, 0], [50, 50]], polygonlabels: ['cat'] } }] }] }, { data: { image: 'gone.jpg' }, annotations: [{ result: [{ id: 'A', type: 'polygonlabels', value: { points: [[0, 0], [50, 0], [50, 50]], polygonlabels: ['cat'] } }] }] }])}`);
    const sink = new MemorySink();
    await labelStudio.read?.(file(), sink, { signal: new AbortController().signal, progress: () => undefined, encoding: null, sizeOf: (path) => Promise.resolve(path === join(folder, 'a.jpg') ? { width: 40, height: 8 } : null) });
    expect(sink.of('a.jpg')).toMatchObject([{ shape: { parts: [{ outer: [0, 0, 20, 0, 20, 4] }] } }]);
    expect(sink.of('gone.jpg')).toEqual([]);
    expect(sink.problems).toMatchObject([{ item: 'gone.jpg, region A' }]);
  });
});

describe('what we write', () => {
  test('is what Label Studio documents', async () => {
    const source = new MemorySource().class(1, 'cat').image(1, 'sub/ä b.jpg', 20, 10, { split: 'val' });
    source.instance(1, 1, 1, maskShape(donut)).instance(2, 1, null, { kind: 'box', box: { x: 1, y: 1, width: 5, height: 2.5 } }, { attributes: { wild: true } });
    const [written] = await again(source);
    expect(written).toMatchObject({ id: 1, data: { image: '/data/local-files/?d=sub/%C3%A4%20b.jpg', split: 'val' }, predictions: [] });
    const [brush, rectangle, answer] = written?.annotations[0]?.result ?? [];
    expect(brush).toMatchObject({ ...size, id: 'mw1', type: 'brushlabels', value: { format: 'rle', brushlabels: ['cat'] } });
    expect(decodeBrush(Uint8Array.from((brush!['value'] as { rle: number[] }).rle), 10, 20)).toEqual(donut);
    expect(rectangle).toEqual({ ...size, id: 'mw2', type: 'rectangle', from_name: 'rectangle', value: { x: 5, y: 10, width: 25, height: 25, rotation: 0 } });
    expect(answer).toEqual({ ...size, id: 'mw2', type: 'choices', from_name: 'wild', value: { choices: ['true'] } });
  });

  test('export, import, export: the same bytes; every pixel of masks, polygons to a millionth of a pixel', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (source) => {
        const { first, firstFiles, sink, secondFiles } = await roundTrip(labelStudio, source);
        expect(secondFiles).toEqual(firstFiles);
        expect(sink.problems).toEqual([]);
        expect(first.told).toEqual(first.told.filter(({ problem }) => problem.message.includes('covers no pixel')));
        for (const [i, image] of source.pictures.entries()) {
          const kept = source.instances(image.id).filter(({ id }) => !first.told.some(({ item }) => item.endsWith(`instance ${id}`))).toSorted((a, b) => a.z - b.z || a.id - b.id);
          const back = sink.instances.filter((instance) => instance.image === sink.images[i]?.key);
          expect(back).toHaveLength(kept.length);
          for (const [n, { shape, extras }] of kept.entries()) {
            const read = back[n]?.shape;
            if (shape.kind === 'mask') expect(shapeToRle(read!, image.height!, image.width!)).toEqual(shapeToRle(shape, image.height!, image.width!));
            if (shape.kind === 'polygon' && read?.kind === 'polygon') expect(read.parts[0]?.outer).toEqual(shape.parts[0]?.outer.map(millionths));
            expect(back[n]?.extras).toMatchObject(JSON.parse(JSON.stringify(extras)) as object);
          }
        }
      }),
      { numRuns: scenes(60) },
    );
  });
});

describe('hostile files', () => {
  test.each([['another JSON', '{"images": []}'], ['a cut file', JSON.stringify([task([])]).slice(0, -9)], ['depth', `[${'['.repeat(100_000)}`], ['nothing', '']])('%s is refused as a whole', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  test('rows that cannot be are left out by name, and the rest is read', async () => {
    const polygon = (points: unknown, more: object = {}): object => ({ ...size, id: `p${String(more)}`, type: 'polygonlabels', value: { points, polygonlabels: ['cat'] }, ...more });
    const text = JSON.stringify([
      task([
        polygon([[0, 0], [1, 1]], { id: '1' }), polygon([[0, 0], [1, 1], [1e308, 2]], { id: '2' }), polygon('x', { id: '3' }), polygon([[0, 0], [9, 9], [9, 0]], { id: '4', image_rotation: 90 }), polygon([[0, 0], [9, 9], [9, 0]], { id: '5', original_width: 21 }),
        { ...size, id: '6', type: 'brushlabels', value: { rle: encodeBrush(donut).slice(0, 20), brushlabels: ['cat'] } }, { ...size, id: '7', type: 'brushlabels', value: { rle: [256], brushlabels: ['cat'] } },
        { ...size, id: '8', type: 'brushlabels', value: { rle: [255, 255, 255, 255, ...encodeBrush(donut).slice(4)], brushlabels: ['cat'] } }, polygon([[0, 0], [9, 9], [9, 0]], { id: '9', value: { points: [[0, 0], [9, 9], [9, 0]], polygonlabels: ['x'.repeat(300)] } }),
        7, { ...size, id: '10', type: 'keypointlabels', value: { x: 1, y: 1, width: 1, keypointlabels: ['cat'] } }, polygon([[0, 0], [9, 9], [9, 0]], { id: 'good' }),
      ]),
      { data: {} }, { annotations: [] },
    ]).replace('[{"id":11', '[NaN,{"id":11');
    const sink = await read(text);
    expect(sink.instances).toHaveLength(1);
    expect(sink.images).toHaveLength(1);
    expect(sink.problems).toHaveLength(14);
    expect(sink.problems.map(({ problem }) => problem.message)).toContain('a b.jpg, region 8 was left out: its brush is for 1073741823.75 pixels, the picture has 200.');
  });
});

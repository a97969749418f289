import * as fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { labelme } from '../../src-main/datasets/formats/labelme/labelme.ts';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { factsOf } from '../../src-main/datasets/source.ts';
import type { SizedImage } from '../../src-main/datasets/source.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { rleUnion } from '../../src-shared/geometry/rle-algebra.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';
import { blankPng, put, sizeOfPicture, withPictures } from '../helpers/pictures.ts';
import { scene, scenes } from '../helpers/random-scene.ts';
import { mayLink } from '../helpers/links.ts';

let folder: string;
let set: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-labelme-'));
  set = join(folder, 'set');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readLabelme = (path: string): Promise<MemorySink> => readWith(labelme, path, sizeOfPicture);
const file = (shapes: unknown[], more: object = {}): string => JSON.stringify({ version: '5.4.1', flags: {}, shapes, imagePath: 'a.png', imageData: null, imageHeight: 4, imageWidth: 6, ...more });
const polygon = { label: 'cat', points: [[0, 0], [4, 0], [4, 3]], group_id: null, description: '', shape_type: 'polygon', flags: {} };
const inside = encodePng({ width: 2, height: 2, kind: 'grey', samples: Uint8Array.of(1, 0, 1, 1) });
const mask = { ...polygon, label: 'dog', points: [[3, 1], [4, 2]], shape_type: 'mask', mask: Buffer.from(inside).toString('base64') };

describe('what programs write is read', () => {
  test('labelme: polygons, rectangles, circles, masks, groups, flags, descriptions, unknown fields', async () => {
    put(set, 'a.png', blankPng(6, 4));
    put(set, 'a.json', `\ufeff${file([
      { ...polygon, group_id: 3, flags: { blurred: true }, description: 'left ear', mine: { x: 1 } },
      { ...polygon, label: 'box', shape_type: 'rectangle', points: [[4, 3], [1, 1]] },
      mask,
      { ...polygon, label: 'wheel', shape_type: 'circle', points: [[3, 2], [4, 2]] },
      { ...polygon, shape_type: 'point', points: [[1, 1]] },
    ], { flags: { night: false }, imageData: Buffer.from('x'.repeat(100)).toString('base64'), text: 'kept' })}`);
    const sink = await readLabelme(set);
    expect(sink.images).toEqual([{ key: 'a.json', path: 'a.png', file: join(set, 'a.png'), width: 6, height: 4, split: null, extras: { attributes: { night: false }, own: { labelme: { text: 'kept', shapes: [{ ...polygon, shape_type: 'point', points: [[1, 1]] }] } } } }]);
    const [ring, box, dog, wheel] = sink.instances;
    expect(ring).toEqual({ image: 'a.json', class: 'cat', shape: { kind: 'polygon', parts: [{ outer: [0, 0, 4, 0, 4, 3], holes: [] }] }, extras: { group: 3, attributes: { blurred: true }, description: 'left ear', own: { labelme: { mine: { x: 1 } } } } });
    expect(box?.shape).toEqual({ kind: 'box', box: { x: 1, y: 1, width: 3, height: 2 } });
    expect([...rleToBitmap(shapeToRle(dog!.shape, 4, 6))].flatMap((value, i) => (value ? [i] : []))).toEqual([9, 15, 16]);
    expect(wheel?.shape.kind === 'polygon' && wheel.shape.parts[0]?.outer.slice(0, 2)).toEqual([4, 2]);
    expect(sink.problems).toMatchObject([{ item: 'a.json', problem: { message: expect.stringContaining('1 point or line of') as string } }]);

    await writeWith(labelme, withPictures(sink.source(), folder), join(folder, 'again'), { shapes: 'masks' });
    const again = JSON.parse(textsIn(join(folder, 'again'))['a.json'] ?? '') as { shapes: { shape_type: string; points: unknown }[]; text: string; flags: unknown; imageData: unknown };
    expect(again).toMatchObject({ text: 'kept', flags: { night: false }, imageData: null, imagePath: 'a.png' });
    expect(again.shapes).toMatchObject([
      { label: 'cat', group_id: 3, flags: { blurred: true }, description: 'left ear', mine: { x: 1 }, shape_type: 'polygon' },
      { shape_type: 'rectangle', points: [[4, 3], [1, 1]] }, { shape_type: 'mask', points: [[3, 1], [4, 2]] }, { shape_type: 'circle', points: [[3, 2], [4, 2]] }, { shape_type: 'point', points: [[1, 1]] },
    ]);
  });

  test('Windows paths, a picture that was moved beside its file, fields that are missing, a size from the picture', async () => {
    put(set, 'json/a.json', JSON.stringify({ shapes: [{ label: 7, points: polygon.points }], imagePath: '..\\images\\a.png' }));
    put(set, 'json/b.json', JSON.stringify({ shapes: [], imagePath: 'C:\\Users\\x\\b.png', imageHeight: 4, imageWidth: 6 }));
    put(set, 'json/c.json', file([], { imagePath: '../../far/c.png' }));
    put(set, 'images/a.png', blankPng(6, 4));
    put(set, 'json/b.png', blankPng(6, 4));
    const sink = await readLabelme(set);
    expect(sink.images.map(({ path, file: found, width }) => [path, found, width])).toEqual([['images/a.png', join(set, 'images/a.png'), 6], ['json/b.png', join(set, 'json/b.png'), 6], ['../far/c.png', null, 6]]);
    expect(sink.instances).toMatchObject([{ class: '7', shape: { kind: 'polygon' } }]);
    expect(sink.problems).toEqual([]);
  });

  test('X-AnyLabeling: four corners of a rectangle, difficult, attributes, scores', async () => {
    put(set, 'a.json', file([{ ...polygon, shape_type: 'rectangle', points: [[1, 1], [4, 1], [4, 3], [1, 3]], difficult: true, score: 0.5, attributes: { colour: 'red' }, kie_linking: [] }]));
    const sink = await readLabelme(join(set, 'a.json'));
    expect(sink.instances).toMatchObject([{ shape: { kind: 'box', box: { x: 1, y: 1, width: 3, height: 2 } }, extras: { difficult: true, score: 0.5, attributes: { colour: 'red' }, own: { labelme: { kie_linking: [] } } } }]);
    expect([await labelme.recognise(set), await labelme.recognise(join(set, 'a.json'))]).toEqual([true, true]);
  });
});

const ring = { label: 'leaf', points: polygon.points };
const bare = (imagePath: string, more: object = {}): string => JSON.stringify({ shapes: [ring], imagePath, imageHeight: 4, imageWidth: 6, ...more });
const pairs = (sink: MemorySink): (string | null)[][] => sink.images.map(({ key, file: found }) => [key, found === null ? null : relative(set, found)]).toSorted();

describe('which image belongs to a file', () => {
  test('renamed: the image of the file’s own name where the one it names is missing, and that is said', async () => {
    for (const n of [1, 2]) {
      put(set, `field_00${n}.json`, bare(`IMG_123${n}.JPG`));
      put(set, `field_00${n}.png`, blankPng(6, 4));
    }
    const sink = await readLabelme(set);
    expect(pairs(sink)).toEqual([['field_001.json', 'field_001.png'], ['field_002.json', 'field_002.png']]);
    expect(sink.instances).toHaveLength(2);
    expect(sink.problems).toEqual([]);
    expect(sink.notes).toEqual([expect.stringMatching(/^2 files took the image of their own name.*field_001\.json, field_002\.json\.$/)]);
  });

  test('copied and augmented: each has its own, though all name the first', async () => {
    for (const name of ['leaf', 'leaf_dark', 'a_flip']) {
      put(set, `${name}.json`, bare('leaf.png'));
      put(set, `${name}.png`, blankPng(6, 4));
    }
    put(set, 'lost.json', bare('leaf.png'));
    const sink = await readLabelme(set);
    expect(pairs(sink)).toEqual([['a_flip.json', 'a_flip.png'], ['leaf.json', 'leaf.png'], ['leaf_dark.json', 'leaf_dark.png']]);
    expect(sink.problems).toMatchObject([{ item: 'lost.json', problem: { code: 'conflict' } }]);
    expect(sink.notes).toHaveLength(1);
  });

  test('an image that only its file names stays with it, whatever else has the file’s name', async () => {
    put(set, 'a.json', bare('b.png'));
    put(set, 'c.json', bare('d.png'));
    put(set, 'e.json', bare('d.png'));
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(set, `${name}.png`, blankPng(6, 4));
    const sink = await readLabelme(set);
    expect(pairs(sink)).toEqual([['a.json', 'b.png'], ['c.json', 'c.png'], ['e.json', 'e.png']]);
  });

  test('another extension than the one named; and one file alone', async () => {
    put(set, 'a.json', bare('a.jpg'));
    put(set, 'A.PNG', blankPng(6, 4));
    expect(pairs(await readLabelme(set))).toEqual([['a.json', 'A.PNG']]);
    expect(pairs(await readLabelme(join(set, 'a.json')))).toEqual([['a.json', 'A.PNG']]);
  });

  test('an image that is only inside the file is reported, with what to do', async () => {
    put(set, 'scan.json', bare('scan.jpg', { imageData: Buffer.from(blankPng(6, 4)).toString('base64') }));
    const sink = await readLabelme(set);
    expect(sink.images).toMatchObject([{ path: 'scan.jpg', file: null }]);
    expect(sink.problems).toMatchObject([{ item: 'scan.json', problem: { code: 'image-missing', message: expect.stringContaining('inside the file') as string } }]);
  });
});

const shapeOf = async (shape: object): Promise<MemorySink['instances'][number]['shape'] | undefined> => {
  put(set, 'a.json', file([{ ...polygon, ...shape }]));
  return (await readLabelme(set)).instances[0]?.shape;
};
const areaOf = (shape: MemorySink['instances'][number]['shape'] | undefined): number => {
  const ring = shape?.kind === 'polygon' ? (shape.parts[0]?.outer ?? []) : [];
  const at = (i: number): [number, number] => [ring[(2 * i) % ring.length] ?? 0, ring[(2 * i + 1) % ring.length] ?? 0];
  return Math.abs(Array.from({ length: ring.length / 2 }, (_, i) => at(i)[0] * at(i + 1)[1] - at(i + 1)[0] * at(i)[1]).reduce((a, b) => a + b, 0)) / 2;
};

describe('shapes of programs built on labelme', () => {
  test.each(['rectangle', 'oriented_rectangle', 'rotation'])('a %s of four corners that stands askew is a polygon', async (shape_type) => {
    expect(await shapeOf({ shape_type, points: [[3, 0], [5, 2], [3, 4], [1, 2]] })).toEqual({ kind: 'polygon', parts: [{ outer: [3, 0, 5, 2, 3, 4, 1, 2], holes: [] }] });
  });

  test.each([
    ['two corners of the box around it', [[1, 1], [5, 3]]],
    ['its center and a point on each axis', [[3, 2], [5, 2], [3, 3]]],
    ['the corners of the box around it', [[1, 1], [5, 1], [5, 3], [1, 3]]],
  ])('an ellipse as %s', async (_, points) => {
    const shape = await shapeOf({ shape_type: 'ellipse', points });
    expect(areaOf(shape)).toBeCloseTo(Math.PI * 2, 1);
  });

  test('numbers as text, a third coordinate, null for what may be left out', async () => {
    put(set, 'a.json', JSON.stringify({ imagePath: 'a.png', imageHeight: '4', imageWidth: '6', flags: null, shapes: [{ label: 'x', points: [['1', '1'], [4, 1, 0], [4, '3.5']], group_id: null, flags: [], description: null, score: 'high', shape_type: null }] }));
    const sink = await readLabelme(set);
    expect(sink.images).toMatchObject([{ width: 6, height: 4 }]);
    expect(sink.instances).toMatchObject([{ class: 'x', shape: { kind: 'polygon', parts: [{ outer: [1, 1, 4, 1, 4, 3.5] }] } }]);
    expect(sink.problems).toEqual([]);
  });
});

test('names that stand twice, of several kinds: the last one counts, as in any JSON', async () => {
  put(set, 'a.json', '{"imagePath":"a.png","imageHeight":4,"imageWidth":6,"flags":{"a":true},"flags":[1,2],"odd":[1],"odd":{"b":1},"twice":[1],"twice":[2],"shapes":[]}');
  const sink = await readLabelme(set);
  expect(sink.problems).toEqual([]);
  expect(sink.images).toMatchObject([{ extras: { own: { labelme: { odd: { b: 1 }, twice: [2] } } } }]);
});

test('NaN beside the shapes is dropped and noted, and the rest of the field stays', async () => {
  put(set, 'a.json', '{"imagePath":"a.png","imageHeight":4,"imageWidth":6,"odd":[NaN,1],"shapes":[{"label":"x","score":NaN,"mine":{"a":NaN,"b":2},"points":[[1,1],[4,1],[4,3]]},{"label":"p","shape_type":"point","points":[[NaN,1]]}]}');
  const sink = await readLabelme(set);
  expect(sink.instances).toMatchObject([{ extras: { own: { labelme: { mine: { b: 2 } } } } }]);
  expect(sink.images).toMatchObject([{ extras: { own: { labelme: { odd: [null, 1] } } } }]);
  expect(sink.notes).toHaveLength(3);
});

test('a list of a hundred thousand entries beside the shapes is read in one go', async () => {
  put(set, 'a.json', `{"imagePath":"a.png","imageHeight":4,"imageWidth":6,"flags":[${'0,'.repeat(200_000)}0],"shapes":[${JSON.stringify(ring)}]}`);
  expect((await readLabelme(set)).instances).toHaveLength(1);
});

describe('what cannot be taken is told one by one, and the rest is read', () => {
  test.each([
    ['two corners', { ...polygon, points: [[0, 0], [1, 1]] }],
    ['words as points', { ...polygon, points: [['a', 'b']] }],
    ['1e308', { ...polygon, points: [[0, 0], [1e308, 0], [1, 1]] }],
    ['a mask without a picture', { ...mask, mask: null }],
    ['a mask that is no PNG', { ...mask, mask: 'aGVsbG8=' }],
    ['a mask that reaches out', { ...mask, points: [[5, 3], [6, 4]] }],
    ['a mask larger than the picture', { ...mask, mask: Buffer.from(blankPng(3000, 3000)).toString('base64') }],
    ['an unknown type', { ...polygon, shape_type: 'spline' }],
    ['no object', 'shape'],
  ])('%s', async (_, shape) => {
    put(set, 'a.json', file([shape, polygon]));
    const sink = await readLabelme(set);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toMatchObject([{ item: 'a.json, shape 1', problem: { message: expect.stringMatching(/left out: .+\.$/) as string } }]);
  });

  test.skipIf(!mayLink)('files that are something else, damaged, too deep, or of the same picture; links that lead out', async () => {
    put(set, 'a.json', file([polygon]));
    put(set, 'b.json', file([polygon]));
    put(set, 'classes.json', '{"names":["a"]}');
    put(set, 'cut.json', '{"shapes":[');
    put(set, 'deep.json', `{"shapes":[${'['.repeat(100_000)}`);
    put(set, 'nan.json', file([], { imagePath: 'n.png' }).replace('"shapes":[]', '"shapes":[{"points":[[NaN,1]]}]'));
    put(folder, 'outside.json', file([polygon], { imagePath: 'z.png' }));
    symlinkSync(join(folder, 'outside.json'), join(set, 'link.json'));
    const sink = await readLabelme(set);
    expect(sink.images.map(({ key }) => key)).toEqual(['a.json', 'nan.json']);
    expect(sink.problems.map(({ item }) => item).toSorted()).toEqual(['b.json', 'classes.json', 'cut.json', 'deep.json', join(set, 'link.json'), 'nan.json, shape 1'].toSorted());
    await expect(readLabelme(join(set, 'cut.json'))).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  test('a label of markup is a name like any other; one without a name has no class', async () => {
    put(set, 'a.json', file([{ ...polygon, label: '<img onerror=alert(1)>' }, { ...polygon, label: '' }]));
    expect((await readLabelme(set)).instances.map(({ class: cls }) => cls)).toEqual(['<img onerror=alert(1)>', null]);
  });
});

test('an object in two parts becomes two shapes of a free group; a circle that was changed becomes a polygon', async () => {
  const parts = maskShape(rleFromBitmap(Uint8Array.of(1, 0, 1, 1, 0, 1), 2, 3));
  const drawn = { own: { labelme: { drawn: { shape_type: 'circle', points: [[3, 2], [4, 2]] } } } };
  const source = withPictures(new MemorySource().class(1, 'cat').image(1, 'x/a.png', 3, 2), folder)
    .instance(1, 1, 1, { kind: 'box', box: { x: 0, y: 0, width: 1, height: 1 } }, { group: 1 }).instance(2, 1, 1, parts).instance(3, 1, 1, { kind: 'polygon', parts: [{ outer: [0, 0, 2, 0, 2, 2], holes: [] }] }, drawn).instance(4, 1, null, parts);
  const summary = await writeWith(labelme, source, set);
  expect(summary).toMatchObject({ images: 1, instances: 3, unlabelled: 1, problems: 0 });
  expect(Object.keys(textsIn(set)).toSorted()).toEqual(['x/a.json', 'x/a.png']);
  const { shapes } = JSON.parse(textsIn(set)['x/a.json'] ?? '') as { shapes: { shape_type: string; group_id: number | null }[] };
  expect(shapes.map(({ shape_type, group_id }) => [shape_type, group_id])).toEqual([['rectangle', 1], ['polygon', 2], ['polygon', 2], ['polygon', null]]);
});

/** All labelled pixels of each picture. */
const union = (of: MemorySource): Record<string, string> => Object.fromEntries(of.pictures.map(({ id, width, height, path }) => {
  const empty: Rle = { size: [height ?? 0, width ?? 0], counts: Uint32Array.of((height ?? 0) * (width ?? 0)) };
  const masks = of.instances(id).filter((instance) => instance.class !== null).map(({ shape }) => shapeToRle(shape, height ?? 0, width ?? 0));
  const all = masks.reduce((a, b) => rleUnion(a, b), empty);
  return [path.replace(/\.[^./]*$/, '').toLowerCase().normalize('NFC'), all.counts.join(' ')];
}));

test.each(['polygons', 'masks'])('export → import → export gives the same bytes, and no pixel is lost (%s)', async (shapes) => {
  await fc.assert(
    fc.asyncProperty(scene, async (made) => {
      const source = withPictures(made, join(folder, 'pictures'));
      const { firstFiles, sink, secondFiles } = await roundTrip(labelme, source, { shapes }, sizeOfPicture);
      expect(sink.problems).toEqual([]);
      expect(secondFiles).toEqual(firstFiles);
      expect(Object.values(union(sink.source())).toSorted()).toEqual(Object.values(union(source)).toSorted());
      for (const image of source.pictures) for (const instance of source.instances(image.id)) {
        const size = [image.height ?? 0, image.width ?? 0] as const;
        expect([...labelme.readBack!(instance, image as SizedImage, labelme.options.parse({ shapes }), factsOf(source)).mask.counts]).toEqual([...shapeToRle(instance.shape, ...size).counts]);
      }
    }),
    { numRuns: scenes(25) },
  );
});

const photos = new URL('../../../shared/photos/coco50/', import.meta.url).pathname;
test.skipIf(!existsSync(photos))('coco50 through LabelMe and back (skipped: ../shared/photos/coco50 is not there)', async () => {
  const source = (await readWith(coco, join(photos, 'instances.json'))).source();
  const { first, sink, firstFiles, secondFiles } = await roundTrip(labelme, source, { copyImages: false, shapes: 'masks' });
  expect(first).toMatchObject({ images: 50, instances: 470, problems: 0 });
  expect(sink.problems).toEqual([]);
  expect(secondFiles).toEqual(firstFiles);
  for (const image of source.pictures) {
    const masks = (shapes: readonly { readonly shape: Parameters<typeof shapeToRle>[0] }[]): string[] => shapes.map(({ shape }) => shapeToRle(shape, image.height ?? 0, image.width ?? 0).counts.join(' '));
    expect(masks(sink.of(image.path))).toEqual(masks(source.instances(image.id)));
  }
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { cvat } from '../../src-main/datasets/formats/cvat/cvat.ts';
import { datumaro } from '../../src-main/datasets/formats/datumaro/datumaro.ts';
import { labelStudio } from '../../src-main/datasets/formats/label-studio/label-studio.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { yolo } from '../../src-main/datasets/formats/yolo/yolo.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, roundTrip, writeWith } from '../helpers/formats.ts';
import { sizeOfPicture } from '../helpers/pictures.ts';

const instances = fileURLToPath(new URL('../../../shared/photos/coco50/instances.json', import.meta.url));
const FORMATS = [cvat, datumaro, labelStudio];

// The photographs are not part of the repository.
describe.skipIf(!existsSync(instances))('fifty photographs of COCO', () => {
  test.each(FORMATS.map((format) => [format.name, format] as const))('through %s and back: every pixel, class, crowd; the same bytes again', async (_, format) => {
    const source = (await readWith(coco, instances)).source();
    const { first, firstFiles, sink, secondFiles } = await roundTrip(format, source);
    expect(first).toMatchObject({ images: source.pictures.length, instances: source.shapes.length, unlabelled: 0, problems: 0 });
    expect(sink.problems).toEqual([]);
    expect(secondFiles).toEqual(firstFiles);
    const paths = new Map(sink.images.map(({ key, path }) => [key, path]));
    const names = new Map(sink.classes.map(({ key, name }) => [key, name]));
    const all = Object.groupBy(sink.instances, ({ image }) => paths.get(image) ?? '');
    for (const image of source.pictures) {
      const back = all[image.path] ?? [];
      const kept = source.instances(image.id);
      expect(back).toHaveLength(kept.length);
      for (const [i, { shape, class: label, extras }] of kept.entries()) {
        expect(shapeToRle(back[i]!.shape, image.height!, image.width!)).toEqual(shapeToRle(shape, image.height!, image.width!));
        expect(names.get(back[i]?.class ?? '')).toBe(source.labels.find(({ id }) => id === label)?.name);
        expect(back[i]?.extras?.crowd).toBe(extras.crowd);
      }
    }
  });

  test('through YOLO and back: each object within its pixels', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maskwright-coco50-'));
    try {
      const source = (await readWith(coco, instances)).source();
      for (const [i, image] of source.pictures.entries()) source.pictures[i] = { ...image, absolutePath: join(dirname(instances), 'images', image.path) };
      expect(await writeWith(yolo, source, join(folder, 'set'), {})).toMatchObject({ images: 50, instances: 470, unlabelled: 0, problems: 0 });
      const sink = await readWith(yolo, join(folder, 'set'), sizeOfPicture);
      expect(sink.problems).toEqual([]);
      for (const { id, path, width, height } of source.pictures) {
        const drawn = source.instances(id);
        const back = sink.of(path);
        expect(back).toHaveLength(drawn.length);
        const size = [height ?? 0, width ?? 0] as const;
        for (const [i, { shape }] of drawn.entries()) expect(rleIou(shapeToRle(shape, ...size), shapeToRle(back[i]!.shape, ...size)), `${path} ${i}`).toBe(1);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test.each(FORMATS.map((format) => [format.name, format] as const))('%s is recognised, as a file and as a folder, and nothing else is taken for it', async (_, format) => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-recognised-'));
  try {
    const source = new MemorySource().class(1, 'cat').image(1, 'a.jpg', 4, 3).instance(1, 1, 1, { kind: 'box', box: { x: 0, y: 0, width: 1, height: 1 } });
    await writeWith(format, source, join(folder, 'out'));
    const file = { cvat: 'annotations.xml', datumaro: 'annotations/default.json', 'label-studio': 'label-studio.json' }[format.id] ?? '';
    expect(await recognisedFormat(join(folder, 'out', file))).toBe(format);
    if (format !== labelStudio) expect(await recognisedFormat(join(folder, 'out'))).toBe(format);
    mkdirSync(join(folder, 'annotations'));
    for (const [name, content] of [['voc.xml', '<annotation><filename>a.jpg</filename></annotation>'], ['coco.json', '{"images":[],"annotations":[],"categories":[]}'], ['labelme.json', '{"version":"5","shapes":[],"imagePath":"a.jpg"}'], ['list.json', '[1,2]'], ['note.txt', 'annotations']]) {
      writeFileSync(join(folder, name ?? ''), content ?? '');
      expect(await format.recognise(join(folder, name ?? ''))).toBe(false);
    }
    expect(await format.recognise(folder)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { datasetStatistics } from '../../src-main/datasets/statistics.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Statistics } from '../../src-shared/contract/statistics.ts';
import type { Provenance, Shape } from '../../src-shared/domain/schema.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { shapeMeasures, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { binOf, COVERAGE_SIDE, EDGES, HISTOGRAMS, ORIGINS, sectionOf } from '../../src-shared/statistics/layout.ts';
import { statisticsCsv, statisticsReport } from '../../src-shared/statistics/report.ts';
import { cocoSizes, viewOf } from '../../src-shared/statistics/view.ts';
import type { StatisticsView } from '../../src-shared/statistics/view.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { scene } from '../helpers/random-scene.ts';

const box = (x: number, y: number, width: number, height: number): Shape => ({ kind: 'box', box: { x, y, width, height } });

/** As a project has it: with area and box of each shape. */
function measured(source: MemorySource): MemorySource {
  for (const instance of source.shapes) {
    const image = source.pictures.find(({ id }) => id === instance.image);
    if (image?.width && image.height) Object.assign(instance, shapeMeasures(instance.shape, image.height, image.width));
  }
  return source;
}

function made(source: MemorySource, id: number, provenance: Provenance): void {
  Object.assign(source.shapes.find((instance) => instance.id === id) ?? {}, { provenance });
}

/** Where a value's bin is raised: its edges and number. */
const bars = ({ counts }: StatisticsView, histogram: keyof typeof EDGES): Record<string, number> =>
  Object.fromEntries([...sectionOf(counts ?? new Uint32Array(), histogram)].flatMap((n, i) => (n > 0 ? [[String(EDGES[histogram][i - 1] ?? '<'), n]] : [])));

/** Three images in train, one in val, one in no split and of unknown size; cats and dogs, and one without a class. */
function pets(): Promise<Statistics> {
  const source = new MemorySource().class(1, 'cat').class(2, 'dog').class(3, 'newt')
    .image(1, 'a/1.jpg', 320, 160, { split: 'train', status: 'done' }).image(2, 'a/2.jpg', 160, 320, { split: 'train', status: 'in-progress' }).image(3, 'b/c/3.jpg', 320, 160, { split: 'train' })
    .image(4, '4.jpg', 100, 100, { split: 'val', status: 'done' }).image(5, '5.jpg', null, null)
    .instance(1, 1, 1, box(0, 0, 160, 160)).instance(2, 1, 2, box(160, 0, 32, 32)).instance(3, 1, 1, box(0, 0, 31, 32)).instance(4, 2, 1, box(0, 0, 96, 96)).instance(5, 4, 2, box(10, 10, 20, 20)).instance(6, 4, null, box(0, 0, 1, 2));
  measured(source);
  made(source, 2, { source: 'import', touched: true, sam: null });
  return datasetStatistics(source);
}

describe('counting', () => {
  test('images by split, progress and orientation; instances by class; folders, sizes and classes met together', async () => {
    const statistics = await pets();
    expect(statistics.splits.map(({ split, images, instances, pixels }) => [split, images.total, instances, pixels])).toEqual([['train', 3, 4, 3 * 51_200], ['val', 1, 2, 10_000], [null, 1, 0, 0]]);
    expect(statistics.splits[0]?.images).toEqual({ total: 3, todo: 1, inProgress: 1, done: 1, empty: 1, landscape: 2, portrait: 1, square: 0, unknownSize: 0 });
    expect(statistics.groups.map((group) => [group.split, group.class, group.images, group.instances])).toEqual([['train', 1, 2, 3], ['train', 2, 1, 1], ['val', 2, 1, 1], ['val', null, 1, 1]]);
    expect(statistics.folders.map(({ split, folder, images, done, empty, instances }) => [split, folder, images, done, empty, instances]))
      .toEqual([['train', 'a', 2, 1, 0, 4], ['train', 'b/c', 1, 0, 1, 0], ['val', '', 1, 1, 0, 2], [null, '', 1, 0, 1, 0]]);
    expect(statistics.sizes).toEqual([{ split: 'train', width: 320, height: 160, images: 2 }, { split: 'train', width: 160, height: 320, images: 1 }, { split: 'val', width: 100, height: 100, images: 1 }]);
    expect(statistics.pairs).toEqual([{ split: 'train', a: 1, b: 2, images: 1 }]);
  });

  test('a view sums up what is looked at', async () => {
    const statistics = await pets();
    const all = viewOf(statistics, {});
    expect(all).toMatchObject({ imagesWith: 3, instances: 6, area: 25_600 + 1024 + 992 + 9216 + 400 + 2 });
    expect(all.images.total).toBe(5);
    expect(bars(all, 'perImage')).toEqual({ '<': 2, '1': 1, '2': 1, '3': 1 });
    const cats = viewOf(statistics, { class: 1 });
    expect(cats).toMatchObject({ imagesWith: 2, instances: 3 });
    expect(bars(cats, 'perImage')).toEqual({ '<': 3, '1': 1, '2': 1 });
    expect(viewOf(statistics, { class: 2, split: 'val' })).toMatchObject({ imagesWith: 1, instances: 1, area: 400, pixels: 10_000 });
    expect(viewOf(statistics, { class: null })).toMatchObject({ instances: 1, imagesWith: 1 });
    expect(viewOf(statistics, { class: 3 })).toMatchObject({ instances: 0, imagesWith: 0, area: 0 });
    expect(viewOf(statistics, { split: null }).images.unknownSize).toBe(1);
  });

  test('small, medium and large begin where COCO has them', async () => {
    const { counts } = viewOf(await pets(), {});
    // 31 × 32, 20 × 20 and 1 × 2 are small; 32 × 32 is medium; 96 × 96 and 160 × 160 are large.
    expect(cocoSizes(counts ?? new Uint32Array())).toEqual({ small: 3, medium: 1, large: 2 });
  });

  test('boxes by width, height, shape, part of the picture, and who made them', async () => {
    const train = viewOf(await pets(), { split: 'train' });
    expect(bars(train, 'width')).toEqual({ '24': 1, '32': 1, '96': 1, '128': 1 });
    expect(bars(train, 'height')).toEqual({ '32': 2, '96': 1, '128': 1 });
    expect(bars(train, 'share')).toEqual({ '0.01': 2, '0.1': 1, '0.3': 1 });
    expect(bars(viewOf(await pets(), { class: null }), 'aspect')).toEqual({ '0.5': 1 });
    expect([...sectionOf(train.counts ?? new Uint32Array(), 'origin')]).toEqual(ORIGINS.map((name) => ({ drawn: 3, importedCorrected: 1 })[name as string] ?? 0));
  });

  test('the left half of a picture that is always covered is covered, the right half not', async () => {
    const { coverage } = viewOf(await datasetStatistics(measured(new MemorySource().class(1, 'sky').image(1, 'a.png', 50, 30).instance(1, 1, 1, box(0, 0, 25, 30)).instance(2, 1, 1, box(0, 0, 25, 15)))), { class: 1 });
    const at = (x: number, y: number): number => coverage?.[y * COVERAGE_SIDE + x] ?? Number.NaN;
    expect(at(0, 0)).toBeCloseTo(1);
    expect(at(15, 15)).toBeCloseTo(1);
    expect(at(15, 16)).toBeCloseTo(0.5);
    expect([at(16, 0), at(31, 31)]).toEqual([0, 0]);
  });

  test('coverage and sums are those of the pixels, on any scene', async () => {
    await fc.assert(fc.asyncProperty(scene, async (source) => {
      const statistics = await datasetStatistics(measured(source));
      const { coverage, instances, area, counts } = viewOf(statistics, {});
      const expected = new Float64Array(COVERAGE_SIDE ** 2);
      for (const instance of source.shapes) {
        const image = source.pictures.find(({ id }) => id === instance.image);
        const [w, h] = [image?.width ?? 1, image?.height ?? 1];
        rleToBitmap(shapeToRle(instance.shape, h, w)).forEach((inside, i) => {
          if (inside === 1) forEachOverlap(i % w, Math.floor(i / w), w, h, (cell, part) => (expected[cell] = (expected[cell] ?? 0) + part));
        });
      }
      expect(instances).toBe(source.shapes.length);
      expect(area).toBeCloseTo(source.shapes.reduce((sum, one) => sum + one.area, 0), 6);
      for (const [i, part] of expected.entries()) expect(coverage?.[i]).toBeCloseTo(part / Math.max(1, instances), 4);
      for (const histogram of HISTOGRAMS) {
        if (histogram === 'aspect') continue;
        expect(sectionOf(counts ?? new Uint32Array(), histogram).reduce((sum, n) => sum + n, 0)).toBe(histogram === 'perImage' ? source.pictures.length : instances);
      }
      const split = statistics.groups.reduce((sum, group) => sum + group.instances, 0);
      expect(split).toBe(instances);
    }), { numRuns: 40 });
  });
});

/** The parts of the cells of the grid that a pixel covers. */
function forEachOverlap(x: number, y: number, w: number, h: number, visit: (cell: number, part: number) => void): void {
  for (let cell = 0; cell < COVERAGE_SIDE ** 2; cell++) {
    const part = overlap(x, w, cell % COVERAGE_SIDE) * overlap(y, h, Math.floor(cell / COVERAGE_SIDE));
    if (part > 0) visit(cell, part);
  }
}

/** The part of a cell's side that a pixel's lies over. */
const overlap = (pixel: number, side: number, cell: number): number => Math.max(0, Math.min((pixel + 1) / side, (cell + 1) / COVERAGE_SIDE) - Math.max(pixel / side, cell / COVERAGE_SIDE)) * COVERAGE_SIDE;

test('values fall into the bin whose edge they have reached', () => {
  expect([0, 1, 3, 1023.9, 1024, 1e12].map((area) => binOf('area', area))).toEqual([0, 1, 1, EDGES.area.indexOf(1024), EDGES.area.indexOf(1024) + 1, EDGES.area.length]);
});

describe('what cannot be counted', () => {
  test('an image whose instances cannot be read is told of, the others are counted', async () => {
    const source = measured(new MemorySource().class(1, 'cat').image(1, 'a.png', 10, 10).image(2, 'b.png', 10, 10).instance(1, 1, 1, box(0, 0, 5, 5)));
    const read = source.instances.bind(source);
    source.instances = (image) => {
      if (image === 2) throw new MaskwrightError('project-damaged', 'Instance 7 cannot be read.', 'Instance 7');
      return read(image);
    };
    const { problems, problemCount, splits } = await datasetStatistics(source);
    expect([problems, problemCount, splits[0]?.instances]).toEqual([[{ code: 'project-damaged', message: 'Instance 7 cannot be read.', item: 'b.png' }], 1, 1]);
  });

  test('of more classes and splits than plots are kept of, the numbers are there all the same', async () => {
    const source = new MemorySource().image(1, 'a.png', 10, 10);
    for (let id = 1; id <= 2_100; id++) source.class(id, `class ${id}`).instance(id, 1, id, box(0, 0, 2, 2));
    const statistics = await datasetStatistics(measured(source));
    expect(viewOf(statistics, { class: 2_000 }).counts).not.toBeNull();
    expect(viewOf(statistics, { class: 2_050 })).toMatchObject({ instances: 1, area: 4, counts: null, coverage: null });
    expect(bars(viewOf(statistics, {}), 'area')).toEqual({ '4': 2_100 });
    expect(statistics.leftOut.pairs).toBe((2_100 * 2_099) / 2 - statistics.pairs.length);
  });

  test('a count that is no longer wanted ends', async () => {
    const source = measured(new MemorySource().image(1, 'a.png', 10, 10).image(2, 'b.png', 10, 10));
    const abort = new AbortController();
    await expect(datasetStatistics(source, { signal: abort.signal, onProgress: () => abort.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('written out', () => {
  test('as CSV: a row for each class in each split, names that spreadsheets would run made harmless', async () => {
    const source = new MemorySource().class(1, '=cmd|calc').image(1, 'a.png', 100, 100, { split: 'train' }).image(2, 'b.png', 100, 100).instance(1, 1, 1, box(0, 0, 10, 10)).instance(2, 2, null, box(0, 0, 50, 50));
    const lines = statisticsCsv(await datasetStatistics(measured(source))).split('\r\n');
    expect(lines).toEqual([
      'class,split,images,instances,area,mean_area,share_of_pixels,small,medium,large,drawn,sam,sam_corrected,model,imported,imported_corrected,masks,polygons,boxes',
      "'=cmd|calc,train,1,1,100,100,0.01,1,0,0,1,0,0,0,0,0,0,0,1",
      "'=cmd|calc,,0,0,0,,0,0,0,0,0,0,0,0,0,0,0,0,0",
      ',train,0,0,0,,0,0,0,0,0,0,0,0,0,0,0,0,0',
      ',,1,1,2500,2500,0.25,0,1,0,1,0,0,0,0,0,0,0,1',
      '',
    ]);
  });

  test('as JSON: with the edges beside the numbers, and a class named "__proto__" like any other', async () => {
    const source = new MemorySource().class(1, '__proto__').image(1, 'a.png', 100, 100, { split: '__proto__' }).instance(1, 1, 1, box(0, 0, 10, 10));
    const report = JSON.parse(JSON.stringify(statisticsReport(await datasetStatistics(measured(source))))) as { all: { histograms: { area: { edges: number[]; counts: number[] } }; coverage: number[][] }; classes: object[]; splits: object[] };
    expect(report.all.histograms.area.edges).toHaveLength(report.all.histograms.area.counts.length - 1);
    expect(report.all.coverage.map((row) => row.length)).toEqual(Array.from({ length: COVERAGE_SIDE }, () => COVERAGE_SIDE));
    expect(report.classes).toMatchObject([{ class: '__proto__', instances: 1, splits: [{ split: '__proto__', instances: 1 }] }]);
    expect(report.splits).toMatchObject([{ split: '__proto__', instances: 1 }]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repairOf } from '../../src-main/datasets/check/repair.ts';
import { clipParts } from '../../src-main/datasets/check/outside.ts';
import { MOST_RUNS } from '../../src-main/datasets/check/found.ts';
import { CHECK_RULES, checkedRules, MOST_FINDINGS, RuleId, usualRules } from '../../src-shared/contract/check.ts';
import type { Finding } from '../../src-shared/contract/check.ts';
import type { PolygonPart, Shape } from '../../src-shared/domain/schema.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { CheckedMemory, look } from '../helpers/checked-source.ts';

/** Pictures of letters and points; the letter is inside. */
const drawn = (...rows: string[]): Shape => maskShape(rleFromBitmap(Uint8Array.from([...rows.join('')], (p) => Number(p !== '.')), rows.length, rows[0]?.length ?? 0));
const rectangle = (x: number, y: number, width: number, height: number): PolygonPart => ({ outer: [x, y, x + width, y, x + width, y + height, x, y + height], holes: [] });
const polygon = (...parts: PolygonPart[]): Shape => ({ kind: 'polygon', parts });

/** Small pictures, random or hostile. */
const H = 10;
const W = 9;
const bitmap = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.array(fc.nat(7), { minLength: H * W, maxLength: H * W })).map(([density, values]) => values.map((v) => Number(v < density))),
  fc.constantFrom<(x: number, y: number) => boolean>((x, y) => (x + y) % 2 === 0, (x, y) => Math.min(x, y, W - 1 - x, H - 1 - y) % 2 === 0, () => true, () => false).map((inside) => Array.from({ length: H * W }, (_, i) => Number(inside(i % W, Math.floor(i / W))))),
);
const shapeOf = (bits: readonly number[]): Shape => maskShape(rleFromBitmap(Uint8Array.from(bits), H, W));
const pixelsOf = (shape: Shape): number[] => [...rleToBitmap(shapeToRle(shape, H, W))];
const sum = (bits: readonly number[]): number => bits.reduce((n, bit) => n + bit, 0);

/** Regions of one value, by walking from pixel to pixel. */
function flood(bits: readonly number[], value: number, corners: boolean): number[][] {
  const seen = new Set<number>();
  const found: number[][] = [];
  for (let start = 0; start < bits.length; start++) {
    if (bits[start] !== value || seen.has(start)) continue;
    const region = [start];
    seen.add(start);
    for (const at of region) {
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const [x, y] = [(at % W) + dx, Math.floor(at / W) + dy];
          const next = y * W + x;
          if ((!corners && dx !== 0 && dy !== 0) || x < 0 || y < 0 || x >= W || y >= H || bits[next] !== value || seen.has(next)) continue;
          seen.add(next);
          region.push(next);
        }
      }
    }
    found.push(region);
  }
  return found;
}
const atEdge = (at: number): boolean => at % W === 0 || at % W === W - 1 || at < W || at >= (H - 1) * W;
const column = (at: number): number => (at % W) * H + Math.floor(at / W);
const islandsIn = (bits: readonly number[], area: number): number[][] => {
  const regions = flood(bits, 1, true);
  const largest = Math.max(0, ...regions.map((r) => r.length));
  // Of several as large, the one that columns come to first.
  const [main] = regions.filter((r) => r.length === largest).toSorted((a, b) => Math.min(...a.map(column)) - Math.min(...b.map(column)));
  return regions.filter((r) => r !== main && r.length < area);
};
const holesIn = (bits: readonly number[], area: number): number[][] => flood(bits, 0, false).filter((r) => r.length < area && !r.some(atEdge));

/** From a point to the nearest of a ring's edges. */
function distanceTo(ring: readonly number[], x: number, y: number): number {
  const distances = ring.flatMap((_, i) => {
    if (i % 2 === 1) return [];
    const [x0, y0, x1, y1] = [ring[i] ?? 0, ring[i + 1] ?? 0, ring[(i + 2) % ring.length] ?? 0, ring[(i + 3) % ring.length] ?? 0];
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
    return [Math.hypot(x0 + along * (x1 - x0) - x, y0 + along * (y1 - y0) - y)];
  });
  return Math.min(...distances);
}

/** What a rule finds on one image with these shapes, of classes 1 and 2 in turn. */
async function findOn(rule: RuleId, thresholds: Record<string, number>, shapes: readonly Shape[], classes: readonly (number | null)[] = [1, 2]): Promise<Finding[]> {
  const source = new CheckedMemory().class(1, 'cat').class(2, 'dog').image(1, 'a.jpg', W, H) as CheckedMemory;
  for (const [i, shape] of shapes.entries()) source.instance(i + 1, 1, classes[i % classes.length] ?? null, shape);
  const { found } = await look(source, { [rule]: thresholds });
  return found.map(([, finding]) => finding);
}

describe('rules of pixels find what walking from pixel to pixel finds', () => {
  test('islands', async () => {
    await fc.assert(fc.asyncProperty(bitmap, fc.integer({ min: 1, max: 9 }), async (bits, area) => {
      const islands = islandsIn(bits, area);
      const [found] = await findOn('island', { area }, [shapeOf(bits)]);
      expect(found?.measures ?? { count: 0, pixels: 0 }).toEqual({ count: islands.length, pixels: islands.flat().length });
    }), { numRuns: 200 });
  });

  test('pinholes', async () => {
    await fc.assert(fc.asyncProperty(bitmap, fc.integer({ min: 1, max: 9 }), async (bits, area) => {
      const holes = holesIn(bits, area);
      const [found] = await findOn('pinhole', { area }, [shapeOf(bits)]);
      expect(found?.measures ?? { count: 0, pixels: 0 }).toEqual({ count: holes.length, pixels: holes.flat().length });
    }), { numRuns: 200 });
  });

  test('overlaps and duplicates', async () => {
    await fc.assert(fc.asyncProperty(fc.array(bitmap, { minLength: 2, maxLength: 4 }), fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }), async (masks, iou, contained) => {
      const expected: { pair: number[]; pixels: number }[] = [];
      for (const [i, a] of masks.entries()) {
        for (const [j, b] of masks.entries()) {
          const [both, areaA, areaB] = [a.filter((bit, at) => bit === 1 && b[at] === 1).length, sum(a), sum(b)];
          if (i >= j || areaA === 0 || areaB === 0) continue;
          if (both / (areaA + areaB - both) >= iou || both / Math.min(areaA, areaB) >= contained) expected.push({ pair: [i + 1, j + 1], pixels: both });
        }
      }
      const found = await findOn('overlap', { iou, contained }, masks.map(shapeOf));
      const told = found.map(({ instances, measures }) => ({ pair: instances, pixels: measures['pixels'] ?? 0 }));
      const order = (list: typeof told): typeof told => list.toSorted((x, y) => (x.pair[0] ?? 0) - (y.pair[0] ?? 0) || (x.pair[1] ?? 0) - (y.pair[1] ?? 0));
      expect(order(told)).toEqual(order(expected));
    }), { numRuns: 200 });
  });
});

describe('repairs', () => {
  test('take away the islands and fill the pinholes that are found, and no other pixel', () => {
    fc.assert(fc.property(bitmap, fc.integer({ min: 1, max: 9 }), fc.constantFrom('island', 'pinhole'), (bits, area, rule) => {
      const repair = repairOf(rule, { area }, shapeOf(bits), W, H);
      const changed = (rule === 'island' ? islandsIn(bits, area) : holesIn(bits, area)).flat();
      if (repair === null || repair === 'remove') expect(changed).toEqual([]);
      else expect(pixelsOf(repair.shape)).toEqual(bits.map((bit, at) => (changed.includes(at) ? 1 - bit : bit)));
    }), { numRuns: 300 });
  });

  test('leave nothing for the same rule to find', async () => {
    await fc.assert(fc.asyncProperty(bitmap, fc.constantFrom<'island' | 'pinhole'>('island', 'pinhole'), async (bits, rule) => {
      const repair = repairOf(rule, { area: 5 }, shapeOf(bits), W, H);
      if (repair !== null && repair !== 'remove') expect(await findOn(rule, { area: 5 }, [repair.shape])).toEqual([]);
    }), { numRuns: 100 });
  });

  test('a polygon loses its small parts and holes and stays the polygon that was drawn', () => {
    const large: PolygonPart = { ...rectangle(0, 0, 6, 8), holes: [rectangle(2, 2, 1, 1).outer, rectangle(2, 4, 2, 3).outer] };
    const shape = polygon(large, rectangle(8, 8, 1, 1));
    expect(repairOf('island', { area: 4 }, shape, W, H)).toEqual({ shape: polygon(large) });
    expect(repairOf('pinhole', { area: 4 }, shape, W, H)).toEqual({ shape: polygon({ ...large, holes: [rectangle(2, 4, 2, 3).outer] }, rectangle(8, 8, 1, 1)) });
  });

  test('an outline that pinches off a pixel by crossing itself becomes a mask without it', () => {
    // Two squares that one ring runs around, joined by a stroke without width.
    const shape = polygon({ outer: [0, 0, 5, 0, 5, 2, 7, 2, 7, 1, 8, 1, 8, 2, 5, 2, 5, 5, 0, 5], holes: [] });
    expect(islandsIn(pixelsOf(shape), 4)).toHaveLength(1);
    const repair = repairOf('island', { area: 4 }, shape, W, H);
    expect(repair).toMatchObject({ shape: { kind: 'mask' } });
    if (repair !== null && repair !== 'remove') expect(islandsIn(pixelsOf(repair.shape), 4)).toEqual([]);
  });

  test('cutting at the edge changes no pixel of the image beside those that an edge passes through the middle of, and leaves nothing outside', () => {
    const coordinate = fc.oneof(fc.integer({ min: -6, max: 16 }), fc.double({ min: -6, max: 16, noNaN: true }));
    const ring = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 7 }).map((points) => points.flat());
    const part = fc.record({ outer: ring, holes: fc.array(ring, { maxLength: 2 }) });
    fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 2 }), (parts) => {
      const cut = clipParts(parts, W, H);
      for (const { outer, holes } of cut) {
        for (const points of [outer, ...holes]) {
          expect(points.every((value, i) => value >= 0 && value <= (i % 2 === 0 ? W : H))).toBe(true);
          expect(points.length).toBeGreaterThanOrEqual(6);
        }
      }
      const before = pixelsOf(polygon(...parts));
      const after = cut.length === 0 ? before.map(() => 0) : pixelsOf(polygon(...cut));
      // New corners are rounded to a fifth of a pixel, as all are, so a pixel may go either way whose center is that near an edge.
      const rings = parts.flatMap(({ outer, holes }) => [outer, ...holes]);
      for (const [at, bit] of after.entries()) if (bit !== before[at]) expect(Math.min(...rings.map((points) => distanceTo(points, (at % W) + 0.5, Math.floor(at / W) + 0.5)))).toBeLessThan(0.3);
    }), { numRuns: 500 });
  });

  test('what lies wholly outside goes; an empty shape goes; what is well stays', () => {
    expect(repairOf('outside', { distance: 1 }, polygon(rectangle(20, 20, 5, 5)), W, H)).toBe('remove');
    expect(repairOf('outside', { distance: 1 }, { kind: 'box', box: { x: -2, y: 1, width: 5, height: 20 } }, W, H)).toEqual({ shape: { kind: 'box', box: { x: 0, y: 1, width: 3, height: 9 } } });
    expect(repairOf('outside', { distance: 3 }, polygon(rectangle(-2, 0, 5, 5)), W, H)).toBeNull();
    expect(repairOf('outside', { distance: 1 }, polygon(rectangle(2, 0, 5, 5)), W, H)).toBeNull();
    expect(repairOf('outside', { distance: 1 }, drawn('...', '...'), 3, 2)).toBeNull();
    expect(repairOf('empty', {}, polygon(rectangle(20, 20, 5, 5)), W, H)).toBeNull();
    expect(repairOf('empty', {}, drawn('...', '...'), 3, 2)).toBe('remove');
    expect(repairOf('empty', {}, drawn('.a.', '...'), 3, 2)).toBeNull();
    expect(repairOf('island', { area: 5 }, drawn('.a.', '...'), 3, 2)).toBeNull();
  });
});

describe('rules', () => {
  test('of two of one class that are nearly the same, the pair is a duplicate and not an overlap too', async () => {
    const source = new CheckedMemory().class(1, 'cat').class(2, 'dog').image(1, 'a.jpg', 20, 20)
      .instance(1, 1, 1, polygon(rectangle(2, 2, 10, 10))).instance(2, 1, 1, polygon(rectangle(2, 2, 10, 9))).instance(3, 1, 2, polygon(rectangle(2, 2, 10, 10)));
    const { found } = await look(source as CheckedMemory, { duplicate: {}, overlap: {} });
    expect(found.map(([rule, { instances, box }]) => ({ rule, instances, box }))).toEqual(expect.arrayContaining([
      { rule: 'duplicate', instances: [1, 2], box: { x: 2, y: 2, width: 10, height: 9 } },
      { rule: 'overlap', instances: [1, 3], box: { x: 2, y: 2, width: 10, height: 10 } },
      { rule: 'overlap', instances: [2, 3], box: { x: 2, y: 2, width: 10, height: 9 } },
    ]));
    expect(found).toHaveLength(3);
  });

  test('a crowd may lie over its members', async () => {
    const source = new CheckedMemory().class(1, 'cat').image(1, 'a.jpg', 20, 20).instance(1, 1, 1, polygon(rectangle(2, 2, 10, 10))).instance(2, 1, 1, polygon(rectangle(2, 2, 10, 10)), { crowd: true });
    expect((await look(source as CheckedMemory, { duplicate: {}, overlap: {} })).found).toEqual([]);
  });

  test('each kind of trouble is found, with its place, and nothing else on the same images', async () => {
    const source = new CheckedMemory().class(1, 'cat').class(2, 'never used')
      .image(1, 'clean.jpg', 30, 30).image(2, 'done.jpg', 30, 30, { status: 'done' }).image(3, 'todo.jpg', 30, 30)
      .image(4, 'gap.jpg', 30, 30).image(5, 'outside.jpg', 30, 30).image(6, 'shape.jpg', 30, 30).image(7, 'copy-a.jpg', 30, 30).image(8, 'copy-b.jpg', 30, 30).image(9, 'copy-c.jpg', 30, 30)
      .instance(1, 1, 1, polygon(rectangle(2, 2, 10, 10)))
      .instance(2, 4, 1, polygon(rectangle(2, 2, 10, 10))).instance(3, 4, null, polygon(rectangle(14, 2, 10, 10)))
      .instance(4, 5, 1, polygon(rectangle(-4, 2, 10, 10))).instance(5, 5, 1, polygon(rectangle(40, 2, 10, 10)))
      .instance(6, 6, 1, drawn('a')).instance(7, 6, 1, { kind: 'mask', size: [30, 30], counts: packCounts(Uint32Array.of(900)) })
      .instance(8, 7, 1, polygon(rectangle(2, 2, 10, 10))).instance(9, 8, 1, polygon(rectangle(2, 2, 10, 10))).instance(10, 9, 1, polygon(rectangle(2, 2, 10, 11))) as CheckedMemory;
    for (const id of [7, 8, 9]) source.contents.set(id, 'ab'.repeat(32));
    const on = Object.fromEntries(RuleId.options.filter((rule) => !rule.startsWith('file-')).map((rule) => [rule, {}]));
    const { found, images, instances, totals } = await look(source, on);
    expect(found.map(([rule, { path, instances: about, box, other }]) => [rule, path, about, box === null ? null : [box.x, box.y, box.width, box.height], other?.path ?? null])).toEqual([
      ['done-empty', 'done.jpg', [], null, null],
      ['unlabelled', 'todo.jpg', [], null, null],
      ['no-class', 'gap.jpg', [3], [0, 0, 0, 0], null],
      ['gap', 'gap.jpg', [2, 3], [12, 2, 2, 10], null],
      ['outside', 'outside.jpg', [4], [-4, 2, 10, 10], null],
      ['outside', 'outside.jpg', [5], [40, 2, 10, 10], null],
      ['misfit', 'shape.jpg', [6], null, null],
      ['empty', 'shape.jpg', [7], null, null],
      ['unused-class', null, [], null, null],
      ['copies-differ', 'copy-c.jpg', [], null, 'copy-a.jpg'],
    ]);
    expect({ images, instances }).toEqual({ images: 9, instances: 10 });
    expect(totals.get('outside')).toBe(2);
    expect(totals.get('overlap')).toBe(0);
  });

  test('a rule that is off finds nothing, and a threshold moves what is found', async () => {
    const shapes = [polygon(rectangle(0, 0, 4, 4)), polygon(rectangle(2, 0, 4, 4))];
    expect(await findOn('overlap', { iou: 0.3, contained: 0.9 }, shapes)).toHaveLength(1);
    expect(await findOn('overlap', { iou: 0.4, contained: 0.9 }, shapes)).toEqual([]);
    expect(await findOn('empty', {}, shapes)).toEqual([]);
  });

  test('more findings than are kept are counted all the same', async () => {
    const source = new CheckedMemory();
    for (let id = 1; id <= MOST_FINDINGS + 5; id++) source.image(id, `${id}.jpg`, 10, 10);
    const { found, totals } = await look(source, { unlabelled: {} });
    expect(found).toHaveLength(MOST_FINDINGS);
    expect(totals.get('unlabelled')).toBe(MOST_FINDINGS + 5);
  });

  test('noise over a whole photograph is told as not looked at, and the rest of the image is', async () => {
    const [h, w] = [4000, 4000];
    const counts = new Uint32Array(h * w).fill(1);
    const noise: Shape = { kind: 'mask', size: [h, w], counts: packCounts(counts) };
    const source = new CheckedMemory().class(1, 'cat').image(1, 'noise.jpg', w, h).instance(1, 1, 1, noise).instance(2, 1, 1, polygon(rectangle(5, 5, 100, 100), rectangle(300, 5, 2, 2))) as CheckedMemory;
    const { found, notLookedAt } = await look(source, { island: {}, pinhole: {}, gap: {}, overlap: {} });
    expect(counts.length).toBeGreaterThan(MOST_RUNS);
    expect(found.map(([rule, { instances }]) => [rule, instances])).toContainEqual(['island', [2]]);
    expect(notLookedAt).toEqual([expect.stringContaining('noise.jpg, instance 1'), expect.stringContaining('gaps of 1 of its 2 instances were not looked for')]);
  });

  test('cancelling ends it', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(look(new CheckedMemory().image(1, 'a.jpg', 5, 5) as CheckedMemory, { unlabelled: {} }, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('thresholds', () => {
  test('all rules have defaults within their bounds', () => {
    for (const rule of RuleId.options) for (const { least, most, default: own } of Object.values(CHECK_RULES[rule].thresholds)) expect(own >= least && own <= most, rule).toBe(true);
    expect(Object.keys(checkedRules(usualRules()))).toEqual(RuleId.options.filter((rule) => rule !== 'near-duplicate'));
  });

  test('one that there is not, or out of bounds, is refused by name', () => {
    expect(() => checkedRules({ overlap: { size: 1 } })).toThrow(/"overlap" has no threshold "size"/);
    expect(() => checkedRules({ overlap: { iou: 2 } })).toThrow(/overlap.iou is a number from 0.01 to 1, not 2/);
    expect(() => checkedRules({ island: { area: Number.NaN } })).toThrow(/island.area/);
  });
});

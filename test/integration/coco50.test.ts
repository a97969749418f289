import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PolygonPart } from '../../src-shared/domain/schema.ts';
import { bridgeHoles } from '../../src-shared/geometry/bridge-holes.ts';
import { decodeCocoCounts, encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { maskToParts } from '../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import { rleBox, rleToBitmap, validateRle } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { maskRle, maskShape } from '../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../src-shared/geometry/simplify-contour.ts';
import { annToMask, type CocoFile } from '../helpers/coco-reader.ts';

const path = new URL('../../../shared/photos/coco50/instances.json', import.meta.url);
const file = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CocoFile) : null;

const whole = (polygons: readonly number[][]): PolygonPart[] => polygons.map((outer) => ({ outer, holes: [] }));

const maskOf = (segmentation: unknown, h: number, w: number): Rle =>
  Array.isArray(segmentation) ? rasterizeParts(whole(segmentation as number[][]), h, w) : { size: [h, w], counts: Uint32Array.from((segmentation as { counts: number[] }).counts) };

describe.skipIf(!file)('COCO’s own annotations (skipped: ../shared/photos/coco50 is not there)', () => {
  const sizes = new Map(file?.images.map(({ id, width, height }) => [id, [height, width] as const]));
  const annotations = (file?.annotations ?? []).map((annotation) => ({ ...annotation, size: sizes.get(annotation.image_id) ?? [0, 0] }) as const);

  test('polygons are filled as pycocotools fills them', () => {
    for (const { segmentation, size, id } of annotations) {
      const ours = rleToBitmap(maskOf(segmentation, ...size));
      expect(Buffer.compare(ours, annToMask(segmentation, ...size)), `annotation ${id}`).toBe(0);
    }
  });

  test('crowds have the box that COCO gives, and survive compression', () => {
    const crowds = annotations.filter(({ iscrowd }) => iscrowd === 1);
    expect(crowds.length).toBeGreaterThan(0);
    for (const { segmentation, size, bbox } of crowds) {
      const rle = maskOf(segmentation, ...size);
      validateRle(rle);
      // For crowds this file gives the differences of the pixels' indices as width and height, and areas of the outlines they were drawn with.
      const [x, y, w = 0, h = 0] = bbox;
      expect(rleBox(rle)).toEqual({ x, y, width: w + 1, height: h + 1 });
      expect(decodeCocoCounts(encodeCocoCounts(rle.counts))).toEqual(rle.counts);
    }
  });

  test('masks go to polygons and back, without losing a pixel', () => {
    for (const { segmentation, size } of annotations) {
      const rle = maskOf(segmentation, ...size);
      const parts = maskToParts(rle);
      expect(rasterizeParts(parts, ...size)).toEqual(rle);
      expect(rasterizeParts(whole(parts.map(bridgeHoles)), ...size)).toEqual(rle);
      const simple = parts.map((part) => simplifyPart(part, size[0]));
      expect(rasterizeParts(simple, ...size)).toEqual(rle);
      expect(rasterizeParts(whole(simple.map(bridgeHoles)), ...size)).toEqual(rle);
      expect(maskRle(maskShape(rle))).toEqual(rle);
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import { generateMasks } from '../../src-shared/sam/automatic/generate.ts';
import type { PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import { createJudge, judgePoints } from '../../src-shared/sam/automatic/judge.ts';
import type { PointCandidates } from '../../src-shared/sam/automatic/judge.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { toRecord } from '../../src-shared/sam/automatic/record.ts';

/** The official generator's records with an analytic stand-in for the model, which here runs through the program's own filters. */
const path = join(import.meta.dirname, '../../../shared/sam-reference/automatic.json');
const present = existsSync(path);
if (!present) console.warn(`automatic-reference: skipped, the reference numbers are not there (${path})`);

const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Entry = z.object({
  size: z.tuple([z.int(), z.int()]),
  options: z.record(z.string(), z.number()),
  records: z.array(
    z.strictObject({ area: z.int(), bbox: box, predicted_iou: z.number(), stability_score: z.number(), point_coords: z.array(z.tuple([z.number(), z.number()])), crop_box: box, counts: z.array(z.int()) }),
  ),
});
const entries = present ? z.array(Entry).parse(JSON.parse(readFileSync(path, 'utf8'))) : [];

/** Logits at the crop's own resolution: laid over the crop, each is one pixel. */
function frameOf(crop: Corners): LogitsFrame {
  const [inputWidth, inputHeight] = [crop.x1 - crop.x0, crop.y1 - crop.y0];
  const side = Math.max(inputWidth, inputHeight);
  return { lowRes: side, frame: side, inputWidth, inputHeight, imageWidth: inputWidth, imageHeight: inputHeight };
}

/** The stand-in, as the reference's README describes it. */
function standIn({ lowRes, inputWidth, inputHeight }: LogitsFrame, { x: px, y: py }: PixelPoint): PointCandidates {
  const [fx, fy] = [Math.floor(px), Math.floor(py)];
  const logits = new Float32Array(3 * lowRes * lowRes).fill(-100);
  for (let k = 0; k < 3; k++) {
    const r = (0.06 + 0.05 * k) * Math.min(inputWidth, inputHeight) * (1 + ((31 * fx + 17 * fy + 11 * k) % 7) / 7);
    for (let y = 0; y < inputHeight; y++) {
      for (let x = 0; x < inputWidth; x++) {
        const d = Math.sqrt((x - px) ** 2 + (y - py) ** 2);
        let logit = 10 * (1 - d / r);
        if ((fx + fy + k) % 4 === 0 && 1.3 * r < d && d < 1.3 * r + 1.5) logit = 5;
        if ((3 * fx + fy + k) % 5 === 0 && d < Math.min(3, r / 3)) logit = -5;
        logits[(k * lowRes + y) * lowRes + x] = logit;
      }
    }
  }
  return { first: 1, ious: Float32Array.from({ length: 3 }, (_, k) => 0.8 + 0.02 * ((13 * fx + 29 * fy + 5 * k) % 11)), logits };
}

describe.skipIf(!present)('everything mode gives what the official generator gives', () => {
  it.each(entries.map((entry) => ({ ...entry, name: `${entry.size.join(' × ')} ${JSON.stringify(entry.options)}` })))('$name', async ({ size: [width, height], options: given, records }) => {
    const options = AutomaticOptions.parse(given);
    const masks = await generateMasks(width, height, options, {
      search: (crop, points) => {
        const frame = frameOf(crop);
        return judgePoints(points, async (point) => standIn(frame, point), createJudge(frame, crop, { width, height }, options));
      },
      progress: () => {},
      pause: async () => {},
    });
    const found = masks.map(toRecord).map(({ segmentation: { size, counts }, ...record }) => {
      expect(size).toEqual([height, width]);
      return { ...record, counts };
    });
    expect(found).toEqual(records);
  });
});

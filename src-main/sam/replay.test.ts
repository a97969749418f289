import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SamPrompt } from '../../src-shared/contract/types.ts';
import type { Instance, MaskShape } from '../../src-shared/domain/schema.ts';
import { maskRle, maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import type { PromptMask } from './predictor.ts';
import { replayPrompt } from './replay.ts';

const SIDE = 6;
const bitmaps = fc.uint8Array({ minLength: SIDE * SIDE, maxLength: SIDE * SIDE, max: 1 });
const shapeOf = (bitmap: Uint8Array): MaskShape => maskShape(rleFromBitmap(bitmap, SIDE, SIDE));
const EMPTY = shapeOf(new Uint8Array(SIDE * SIDE));

const instanceOf = (shape: Instance['shape'], candidate = 2): Pick<Instance, 'shape' | 'provenance'> => ({
  shape,
  provenance: { source: 'model', touched: false, sam: { model: 'old', modelHash: 'hash of old', points: [{ x: 2.5, y: 3, label: 1 }, { x: 1, y: 1, label: 0 }], box: { x: 0, y: 0, width: 4, height: 4 }, candidate, predictedIou: 0.8, stability: 0.9 } },
});

/** A model that gives these masks, and notes what it was asked. */
function modelGiving(shapes: readonly MaskShape[]): { asked: Pick<SamPrompt, 'points' | 'box' | 'multimask'>[]; predictor: Parameters<typeof replayPrompt>[0] } {
  const asked: Pick<SamPrompt, 'points' | 'box' | 'multimask'>[] = [];
  const masks = shapes.map((shape, i): PromptMask => ({ index: i + 1, predictedIou: 0.5 + i / 10, stability: 0.7, shape }));
  return { asked, predictor: { model: { id: 'new', hash: 'hash of new' }, masks: async (_, prompt) => (asked.push(prompt), masks) } };
}

const replay = (predictor: Parameters<typeof replayPrompt>[0], instance: Pick<Instance, 'shape' | 'provenance'>): ReturnType<typeof replayPrompt> => replayPrompt(predictor, { key: 'image' }, instance, new AbortController().signal);

describe('a prompt run again', () => {
  it('gives of the masks offered the one that agrees best with the present one, whatever their order', async () => {
    await fc.assert(fc.asyncProperty(bitmaps.filter((b) => b.includes(1)), fc.array(bitmaps, { minLength: 1, maxLength: 3 }), async (present, offered) => {
      fc.pre(offered.some((bitmap) => bitmap.includes(1)));
      const { shape, iou, provenance } = await replay(modelGiving(offered.map(shapeOf)).predictor, instanceOf(shapeOf(present)));
      const agreements = offered.filter((bitmap) => bitmap.includes(1)).map((bitmap) => rleIou(rleFromBitmap(bitmap, SIDE, SIDE), rleFromBitmap(present, SIDE, SIDE)));
      expect(iou).toBe(Math.max(...agreements));
      expect(rleIou(maskRle(shape), rleFromBitmap(present, SIDE, SIDE))).toBe(iou);
      expect(shape).toEqual(shapeOf(offered[(provenance.sam?.candidate ?? 0) - 1] ?? new Uint8Array()));
    }));
  });

  it('is asked as it was, and says whose the answer is', async () => {
    const shape = shapeOf(new Uint8Array(SIDE * SIDE).fill(1, 3, 20));
    const { asked, predictor } = modelGiving([EMPTY, shape]);
    const { provenance } = await replay(predictor, instanceOf(shape));
    const { points, box } = instanceOf(shape).provenance.sam ?? {};
    expect(asked).toEqual([{ points, box, multimask: true }]);
    expect(provenance).toEqual({ source: 'model', touched: false, sam: { model: 'new', modelHash: 'hash of new', points, box, candidate: 2, predictedIou: 0.6, stability: 0.7 } });
    await replay(predictor, instanceOf(shape, 0));
    expect(asked[1]?.multimask).toBe(false);
  });

  it('is compared with polygons as they cover pixels', async () => {
    const square: Instance['shape'] = { kind: 'polygon', parts: [{ outer: [1, 1, 4, 1, 4, 4, 1, 4], holes: [] }] };
    expect((await replay(modelGiving([maskShape(shapeToRle(square, SIDE, SIDE))]).predictor, instanceOf(square))).iou).toBe(1);
  });

  it('that finds nothing, or that there is none of, is said', async () => {
    const shape = shapeOf(new Uint8Array(SIDE * SIDE).fill(1));
    await expect(replay(modelGiving([EMPTY, EMPTY]).predictor, instanceOf(shape))).rejects.toMatchObject({ code: 'no-prediction' });
    await expect(replay(modelGiving([shape]).predictor, { shape, provenance: { source: 'import', touched: false, sam: null } })).rejects.toMatchObject({ code: 'bad-request' });
  });
});

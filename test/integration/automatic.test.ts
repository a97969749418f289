import { afterEach, describe, expect, it } from 'vitest';
import type { AutomaticMask } from '../../src-shared/sam/automatic/generate.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { killEngine } from '../fixtures/kill-engine.ts';
import { click, disc, discBitmap, paint, startPredictor } from '../fixtures/sam.ts';
import type { Disc, Harness } from '../fixtures/sam.ts';
import { bitmapIou } from '../fixtures/segments.ts';

const harnesses: Harness<Disc>[] = [];
async function start(): Promise<Harness<Disc>> {
  const harness = await startPredictor<Disc>(paint);
  harnesses.push(harness);
  return harness;
}
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ predictor }) => predictor.stop()));
});

const image = disc('one disc', 640, 427, 420, 160, 90);
/** The built-in model is small and seldom sure of itself. */
const options = AutomaticOptions.parse({ points_per_side: 5, pred_iou_thresh: 0.5, stability_score_thresh: 0.5 });
const never = new AbortController().signal;
const quietly = { signal: never, onProgress: () => {} };

describe('everything mode', () => {
  it('finds what is in the picture, and tells how far it is', async () => {
    const { predictor } = await start();
    const told: [number, number][] = [];
    const masks = await predictor.automatic(image, options, { signal: never, onProgress: (done, total) => told.push([done, total]) });
    expect(Math.max(...masks.map(({ mask }) => bitmapIou(rleToBitmap(mask), discBitmap(image))))).toBeGreaterThan(0.85);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual([25, 25]);
    expect(new Set(told.map(([, total]) => total))).toEqual(new Set([25]));
  });

  it('gives the same masks however many points are asked for at once, and when the engine dies on the way', async () => {
    const { predictor, events } = await start();
    const masks = await predictor.automatic(image, options, quietly);
    expect(masks.length).toBeGreaterThan(0);
    expect(await predictor.automatic(image, { ...options, points_per_batch: 1 }, quietly)).toEqual(masks);
    let killed = false;
    const onProgress = (done: number): void => {
      if (killed || done < 10) return;
      killed = true;
      killEngine(predictor);
    };
    expect(await predictor.automatic(image, { ...options, points_per_batch: 4 }, { signal: never, onProgress })).toEqual(masks);
    expect(events.map(({ kind }) => kind)).toContain('died');
  });

  it('lets a prompt go first', async () => {
    const { predictor } = await start();
    const other = disc('another', 300, 480, 110, 330, 60);
    const answered = new AbortController();
    let prompted: Promise<unknown> | null = null;
    const onProgress = (): void => {
      // For an image that has to be encoded first, which must not wait for the grid either. The grid ends with the answer.
      prompted ??= predictor.predict('page', other, click(other.x, other.y)).then(() => answered.abort());
    };
    await expect(predictor.automatic(image, { ...options, points_per_side: 32, points_per_batch: 2 }, { signal: answered.signal, onProgress })).rejects.toMatchObject({ code: 'cancelled' });
    expect(prompted).not.toBeNull();
    await prompted;
  });

  it('ends soon when it is cancelled, and the predictor goes on', async () => {
    const { predictor } = await start();
    const abort = new AbortController();
    let reached = 0;
    const work: Promise<AutomaticMask[]> = predictor.automatic(image, { ...options, points_per_side: 32 }, { signal: abort.signal, onProgress: (done) => {
      reached = done;
      abort.abort();
    } });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect((await predictor.predict('page', image, click(image.x, image.y))).candidates.length).toBe(3);
    expect(reached).toBeLessThan(1024);
    await expect(predictor.automatic(image, options, { ...quietly, signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

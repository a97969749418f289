import type { Agreement } from '../../../src-shared/contract/models.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../src-shared/geometry/rle-algebra.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { InstalledModel } from '../catalogue.ts';

/** Compares two models that were written but are not among the user's models yet. Null: there was nothing to compare them on. */
export type CompareModels = (reference: InstalledModel, made: InstalledModel, run: CompareRun) => Promise<Agreement | null>;

export interface CompareRun {
  readonly signal: AbortSignal;
  /** Pictures through a model, of all that will go through one. */
  onPicture(done: number, total: number): void;
}

export interface PicturePredictor {
  /** The upright picture's size in pixels. Throws where it cannot be read. */
  size(picture: string): Promise<{ readonly width: number; readonly height: number }>;
  /** The best candidate for a click at (x, y) in pixels of the picture, at its full resolution. */
  mask(picture: string, x: number, y: number): Promise<Rle>;
  stop(): Promise<void>;
}

export interface ComparisonMaterial {
  /** Absolute paths. */
  readonly pictures: readonly string[];
  /** @param stays false for a model that is removed when it has been compared */
  predictor(model: InstalledModel, stays: boolean): Promise<PicturePredictor>;
}

/** Clicks along each side of a picture. */
const CLICKS = 4;

/**
 * How well two models agree on real pictures: the mean IoU of what is shown first after a click, over the same grid of
 * clicks in each picture. One model runs at a time, so that their memory does not add up. A picture that cannot be
 * read is left out. The models' own errors and 'cancelled' are thrown on.
 */
export function comparisonOn({ pictures, predictor }: ComparisonMaterial): CompareModels {
  return async (reference, made, { signal, onPicture }) => {
    let done = 0;
    const masksOf = async (model: InstalledModel, stays: boolean): Promise<Map<string, Rle[]>> => {
      const running = await predictor(model, stays);
      const stop = (): void => void running.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        const masks = new Map<string, Rle[]>();
        for (const picture of pictures) {
          signal.throwIfAborted();
          const found = await clicked(running, picture);
          if (found !== null) masks.set(picture, found);
          onPicture(++done, 2 * pictures.length);
        }
        return masks;
      } finally {
        signal.removeEventListener('abort', stop);
        await running.stop();
      }
    };
    const expected = await masksOf(reference, false);
    const found = await masksOf(made, true);
    const ious = [...expected].flatMap(([picture, masks]) => masks.map((mask, i) => rleIou(mask, found.get(picture)?.[i] ?? { size: mask.size, counts: Uint32Array.of(mask.size[0] * mask.size[1]) })));
    return ious.length === 0 ? null : { iou: ious.reduce((a, b) => a + b, 0) / ious.length, pictures: expected.size };
  };
}

/** Whether an error is the picture's, not the model's. */
const ofPicture = ({ code }: MaskwrightError): boolean => code.startsWith('image-') || code === 'not-found' || code === 'no-access';

/** Masks of the grid of clicks; null for a picture that cannot be read. */
async function clicked(running: PicturePredictor, picture: string): Promise<Rle[] | null> {
  let size: { readonly width: number; readonly height: number };
  try {
    size = await running.size(picture);
  } catch (error) {
    if (error instanceof MaskwrightError && ofPicture(error)) return null;
    throw error;
  }
  const masks: Rle[] = [];
  for (let i = 0; i < CLICKS * CLICKS; i++) {
    const [column, row] = [i % CLICKS, Math.floor(i / CLICKS)];
    masks.push(await running.mask(picture, ((column + 0.5) / CLICKS) * size.width, ((row + 0.5) / CLICKS) * size.height));
  }
  return masks;
}

import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Instance, MaskShape, Provenance } from '../../src-shared/domain/schema.ts';
import { maskRle, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { rleArea } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import type { ImageRef, Predictor } from './predictor.ts';

/** What a model makes of the prompt of an instance that another one made. */
export interface Replayed {
  readonly shape: MaskShape;
  readonly provenance: Provenance;
  /** With the instance's present shape, at the image's resolution. */
  readonly iou: number;
}

/**
 * Runs an instance's stored points and box again. Where they are ambiguous the person once chose one of several masks, and
 * another model may offer them in another order: what is taken is the mask that agrees best with the present one, because
 * that is the object that was meant. A single mask is asked for where a single one was accepted.
 * Rejects with 'no-prediction' when the model finds nothing, 'bad-request' when it cannot be asked this prompt or there is none, and as Predictor.masks.
 */
export async function replayPrompt<I extends ImageRef>(predictor: Pick<Predictor<I>, 'masks' | 'model'>, image: I, instance: Pick<Instance, 'shape' | 'provenance'>, signal: AbortSignal): Promise<Replayed> {
  const { sam } = instance.provenance;
  if (sam === null) throw new MaskwrightError('bad-request', 'This instance was made without a prompt, so there is nothing to run again.');
  const { points, box } = sam;
  const masks = await predictor.masks(image, { points, box, multimask: sam.candidate > 0 }, signal);
  const compared = masks.flatMap((mask) => {
    const rle = maskRle(mask.shape);
    return rleArea(rle) === 0 ? [] : [{ ...mask, iou: rleIou(rle, shapeToRle(instance.shape, ...rle.size)) }];
  });
  const [best] = compared.sort((a, b) => b.iou - a.iou || b.predictedIou - a.predictedIou);
  if (best === undefined) throw new MaskwrightError('no-prediction', 'The model finds nothing here with this prompt. The instance stays as it is.');
  const { id, hash } = predictor.model;
  const { index: candidate, predictedIou, stability } = best;
  return { shape: best.shape, iou: best.iou, provenance: { source: 'model', touched: false, sam: { model: id, modelHash: hash, points, box, candidate, predictedIou, stability } } };
}

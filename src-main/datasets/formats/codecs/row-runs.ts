import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Box } from '../../../../src-shared/domain/schema.ts';
import { rleBox } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { cropRle, placeRle } from '../../../../src-shared/geometry/rle-window.ts';
import { transposeRle } from '../../../../src-shared/geometry/transpose-rle.ts';

/** CVAT's masks: run lengths along the rows of a window, the first of pixels outside (docs.cvat.ai, XML annotation format). */
export interface RowRuns {
  readonly counts: Uint32Array;
  /** In image pixels; whole numbers. */
  readonly window: Box;
}

/** The window is the mask's tight box; the mask must not be empty. */
export function toRowRuns(rle: Rle): RowRuns {
  const window = rleBox(rle);
  return { counts: transposeRle(cropRle(rle, window)).counts, window };
}

/** On an image of h × w pixels. Throws 'dataset-invalid' for a window beyond the image or counts that do not fill it, and 'too-large'. */
export function fromRowRuns({ counts, window: { x, y, width, height } }: RowRuns, h: number, w: number): Rle {
  if (width < 1 || height < 1 || x < 0 || y < 0 || x + width > w || y + height > h) {
    throw new MaskwrightError('dataset-invalid', `its mask of ${width} × ${height} pixels at ${x}, ${y} does not lie inside the picture of ${w} × ${h}`);
  }
  let sum = 0;
  for (const count of counts) sum += count;
  if (sum !== width * height) throw new MaskwrightError('dataset-invalid', `its run lengths add up to ${sum} pixels, its mask has ${width * height}`);
  return placeRle(transposeRle({ size: [width, height], counts }), x, y, [h, w]);
}

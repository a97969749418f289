import type { Box } from '../../../src-shared/domain/schema.ts';
import type { ImagePoint } from '../../../src-shared/geometry/coordinates.ts';
import { clamp, type Size } from '../viewport.ts';
import type { Drag, PointerAt, ToolContext } from './tool.ts';

/**
 * The box between two image points, its sides on pixel edges and inside the image; with `square`, both sides are the
 * longer one as far as the image allows. Null when it would hold no pixel.
 */
export function boxBetween(from: ImagePoint, to: ImagePoint, image: Size, square: boolean): Box | null {
  const x0 = clamp(Math.round(from.x), 0, image.width);
  const y0 = clamp(Math.round(from.y), 0, image.height);
  let x1 = clamp(Math.round(to.x), 0, image.width);
  let y1 = clamp(Math.round(to.y), 0, image.height);
  if (square) {
    const right = to.x >= from.x;
    const down = to.y >= from.y;
    const room = Math.min(right ? image.width - x0 : x0, down ? image.height - y0 : y0);
    const side = Math.min(room, Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)));
    x1 = right ? x0 + side : x0 - side;
    y1 = down ? y0 + side : y0 - side;
  }
  const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
  return box.width > 0 && box.height > 0 ? box : null;
}

/** A drag that spans a box; `done` gets it at the end, unless it holds no pixel. */
export function dragBox(context: ToolContext, from: PointerAt, squareWithShift: boolean, done: (box: Box) => void): Drag {
  const boxTo = (at: PointerAt): Box | null => boxBetween(from.image, at.image, context.imageSize(), squareWithShift && at.shift);
  return {
    move(at) {
      const box = boxTo(at);
      context.setRubberBand(box && { box, caption: `${box.width} × ${box.height}` });
    },
    end(at) {
      context.setRubberBand(null);
      const box = boxTo(at);
      if (box) done(box);
    },
    cancel() {
      context.setRubberBand(null);
    },
  };
}

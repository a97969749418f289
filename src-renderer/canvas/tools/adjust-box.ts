import { imagePoint, type ImagePoint } from '../../../src-shared/geometry/coordinates.ts';
import type { Box } from '../../../src-shared/domain/schema.ts';
import { clamp, type Size } from '../viewport.ts';
import { boxBetween } from './drag-box.ts';
import type { Drag, PointerAt, ToolContext } from './tool.ts';

/** What of a box a press would move: for each axis the side at its start (-1) or end (1), or neither (0). Both 0: the whole box. */
export interface Grip {
  readonly x: -1 | 0 | 1;
  readonly y: -1 | 0 | 1;
}

/** CSS pixels around a side or corner within which it is taken. */
const REACH = 7;

/** @param zoom CSS pixels per image pixel @returns null outside of the box */
export function gripAt(box: Box, { x, y }: ImagePoint, zoom: number): Grip | null {
  const reach = REACH / zoom;
  const side = (at: number, from: number, length: number): -1 | 0 | 1 | null => {
    if (at < from - reach || at > from + length + reach) return null;
    // In a box narrower than two reaches the middle still moves it.
    const near = Math.min(reach, length / 3);
    if (at <= from + near) return -1;
    return at >= from + length - near ? 1 : 0;
  };
  const [across, down] = [side(x, box.x, box.width), side(y, box.y, box.height)];
  return across === null || down === null ? null : { x: across, y: down };
}

export function gripCursor({ x, y }: Grip): string {
  if (x === 0 && y === 0) return 'move';
  if (x === 0) return 'ns-resize';
  if (y === 0) return 'ew-resize';
  return x === y ? 'nwse-resize' : 'nesw-resize';
}

/** The box after its grip was dragged from one image point to another, on pixel edges and inside the image; a side may pass the opposite one. Null when it would hold no pixel. */
export function draggedBox(box: Box, grip: Grip, from: ImagePoint, to: ImagePoint, image: Size): Box | null {
  const [dx, dy] = [Math.round(to.x - from.x), Math.round(to.y - from.y)];
  if (grip.x === 0 && grip.y === 0) return { ...box, x: clamp(box.x + dx, 0, image.width - box.width), y: clamp(box.y + dy, 0, image.height - box.height) };
  return boxBetween(
    imagePoint(box.x + (grip.x === -1 ? dx : 0), box.y + (grip.y === -1 ? dy : 0)),
    imagePoint(box.x + box.width + (grip.x === 1 ? dx : 0), box.y + box.height + (grip.y === 1 ? dy : 0)),
    image, false,
  );
}

/** A drag that moves or resizes a box; `done` gets it at the end, unless it is as it was or holds no pixel. */
export function dragGrip(context: ToolContext, box: Box, grip: Grip, from: PointerAt, done: (box: Box) => void): Drag {
  const boxTo = (at: PointerAt): Box | null => draggedBox(box, grip, from.image, at.image, context.imageSize());
  return {
    move(at) {
      const now = boxTo(at);
      context.setRubberBand(now && { box: now, caption: `${now.width} × ${now.height}` });
    },
    end(at) {
      context.setRubberBand(null);
      const now = boxTo(at);
      if (now && (now.x !== box.x || now.y !== box.y || now.width !== box.width || now.height !== box.height)) done(now);
    },
    cancel() {
      context.setRubberBand(null);
    },
  };
}

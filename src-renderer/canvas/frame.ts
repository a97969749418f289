import type { Box } from '../../src-shared/domain/schema.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import type { CanvasTheme } from './theme.ts';
import type { Viewport } from './types.ts';
import type { Size } from './viewport.ts';

/** What painting over the image needs to know of the view. */
export interface Frame {
  readonly view: Viewport;
  readonly transform: DeviceTransform;
  /** CSS pixels. */
  readonly size: Size;
  /** Device pixels. */
  readonly device: Size;
  readonly ratio: number;
  readonly theme: CanvasTheme;
}

/** An image box in CSS pixels of the canvas, on the very device pixels that its image pixels have in the layers below. */
export function screenBox(box: Box, { transform, ratio }: Pick<Frame, 'transform' | 'ratio'>): Box {
  const left = Math.round(box.x * transform.scale + transform.x);
  const top = Math.round(box.y * transform.scale + transform.y);
  return {
    x: left / ratio,
    y: top / ratio,
    width: (Math.round((box.x + box.width) * transform.scale + transform.x) - left) / ratio,
    height: (Math.round((box.y + box.height) * transform.scale + transform.y) - top) / ratio,
  };
}

import type { DeviceTransform } from '../workers/mask-protocol.ts';
import { ringPath } from './ring-path.ts';
import type { Context } from './stage.ts';
import type { Outline } from './types.ts';

/** A dashed outline, white on dark so that it shows on any picture and is told from filled masks. Its path is kept until it or the view changes. */
export class OutlinePainter {
  #outline: Outline | null = null;
  #transform: DeviceTransform | null = null;
  #path: Path2D | null = null;

  paint(context: Context, outline: Outline, transform: DeviceTransform, ratio: number): void {
    const path = this.#pathOf(outline, transform, ratio);
    context.save();
    context.lineJoin = 'round';
    context.lineWidth = 3.5 * ratio;
    context.strokeStyle = 'rgba(0, 0, 0, 0.7)';
    context.stroke(path);
    context.lineWidth = 1.75 * ratio;
    context.strokeStyle = '#ffffff';
    context.setLineDash([6 * ratio, 5 * ratio]);
    context.stroke(path);
    context.restore();
  }

  #pathOf(outline: Outline, transform: DeviceTransform, ratio: number): Path2D {
    const sameView = this.#transform?.scale === transform.scale && this.#transform.x === transform.x && this.#transform.y === transform.y;
    if (this.#path && this.#outline === outline && sameView) return this.#path;
    this.#outline = outline;
    this.#transform = transform;
    this.#path = ringPath(outline.rings, transform, transform.scale / ratio >= 1);
    return this.#path;
  }
}

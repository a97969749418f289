import type { Box } from '../../src-shared/domain/schema.ts';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import { createUpscaler, logitsBox, type Upscaler } from '../../src-shared/sam/upscale.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import { pixelContours, smoothContours, wholePixels } from './draft-contours.ts';
import { visibleRect } from './pyramid.ts';
import { ringPath } from './ring-path.ts';
import type { Context } from './stage.ts';
import type { Draft } from './types.ts';
import type { Size } from './viewport.ts';

/** CSS pixels between samples of a smooth outline, at least; logits vary no faster than that is worth. */
const FINEST_STEP = 1.5;
/** Samples to a low-resolution logit along an axis: between logits the values are bilinear, so few suffice. */
const SAMPLES_PER_LOGIT = 3;

/**
 * The candidate on show: thresholded where it is in view and nowhere else, so that the cost does not depend on the
 * image's size. The outline is kept until the candidate or the view changes.
 */
export class DraftPainter {
  #upscaler: Upscaler | null = null;
  #path: Path2D | null = null;
  #logits: Float32Array | null = null;
  #transform: DeviceTransform | null = null;
  #device: Size | null = null;
  #box: { readonly of: Float32Array; readonly box: Box | null } | null = null;

  paint(context: Context, draft: Draft, transform: DeviceTransform, device: Size, ratio: number): void {
    if (!draft.logits || !draft.frame) return;
    const path = this.#contour(draft.logits, draft.frame, transform, device, ratio);
    context.save();
    context.globalAlpha = 0.36;
    context.fillStyle = draft.colour;
    context.fill(path, 'evenodd');
    context.lineJoin = 'round';
    context.globalAlpha = 0.9;
    context.lineWidth = 2 * ratio;
    context.strokeStyle = draft.colour;
    context.stroke(path);
    context.globalAlpha = 1;
    context.lineWidth = 1.5 * ratio;
    context.strokeStyle = '#ffffff';
    context.setLineDash([6 * ratio, 5 * ratio]);
    context.stroke(path);
    context.restore();
  }

  /** Around the candidate, in image pixels; null without one. */
  box({ logits, frame }: Draft): Box | null {
    if (!logits || !frame) return null;
    if (this.#box?.of !== logits) this.#box = { of: logits, box: logitsBox(logits, frame) };
    return this.#box.box;
  }

  #contour(logits: Float32Array, frame: LogitsFrame, transform: DeviceTransform, device: Size, ratio: number): Path2D {
    const same =
      this.#path && this.#logits === logits && this.#device === device && this.#transform?.scale === transform.scale && this.#transform.x === transform.x && this.#transform.y === transform.y;
    if (this.#path && same) return this.#path;
    this.#logits = logits;
    this.#transform = transform;
    this.#device = device;
    this.#path = ringPath(this.#rings(logits, frame, transform, device, ratio), transform, transform.scale / ratio >= 1);
    return this.#path;
  }

  #rings(logits: Float32Array, frame: LogitsFrame, transform: DeviceTransform, device: Size, ratio: number): number[][] {
    const image = { width: frame.imageWidth, height: frame.imageHeight };
    // A little more than is in view, so that the outline is not drawn along the view's edges.
    const beyond = 8 * ratio;
    const wider = { scale: transform.scale, x: transform.x + beyond, y: transform.y + beyond };
    const view = visibleRect(wider, { width: device.width + 2 * beyond, height: device.height + 2 * beyond }, image);
    const rect = wholePixels(view, logitsBox(logits, frame));
    if (!rect) return [];
    const zoom = transform.scale / ratio;
    const upscaler = this.#upscalerFor(frame);
    if (zoom >= 1) return pixelContours(upscaler, logits, rect);
    const logit = Math.min(frame.imageWidth / frame.inputWidth, frame.imageHeight / frame.inputHeight) * (frame.frame / frame.lowRes);
    return smoothContours(upscaler, logits, rect, Math.max(FINEST_STEP / zoom, logit / SAMPLES_PER_LOGIT));
  }

  #upscalerFor(frame: LogitsFrame): Upscaler {
    if (!this.#upscaler || !sameFrame(this.#upscaler.frame, frame)) this.#upscaler = createUpscaler(frame);
    return this.#upscaler;
  }
}

function sameFrame(a: LogitsFrame, b: LogitsFrame): boolean {
  return (
    a.lowRes === b.lowRes && a.frame === b.frame && a.inputWidth === b.inputWidth && a.inputHeight === b.inputHeight && a.imageWidth === b.imageWidth && a.imageHeight === b.imageHeight
  );
}

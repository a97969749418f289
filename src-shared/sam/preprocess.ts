import type { LogitsFrame } from '../contract/types.ts';
import type { ImagePoint } from '../geometry/coordinates.ts';

/**
 * Size to which an image of width × height is resized so that its longer side fills the model's square input of `frame`
 * pixels: floor(side · frame / max(width, height) + 0.5), as ResizeLongestSide.get_preprocess_shape of
 * facebookresearch/segment-anything. A sliver keeps at least one pixel a side, where the reference would fail.
 */
export function inputSize(width: number, height: number, frame: number): { inputWidth: number; inputHeight: number } {
  const scale = frame / Math.max(width, height);
  return {
    inputWidth: Math.max(1, Math.floor(width * scale + 0.5)),
    inputHeight: Math.max(1, Math.floor(height * scale + 0.5)),
  };
}

/** How a picture is laid into a model's square frame: its longer side fills it and the rest is padding, or both sides are stretched to it. */
export type Fit = 'pad' | 'stretch';

/** What of a model says how its logits lie over an image. */
export interface ModelFrame {
  /** Sides of the square input and of the square logits. */
  readonly frame: number;
  readonly lowRes: number;
  readonly fit: Fit;
}

/**
 * How a model's low-resolution logits lie over an image of width × height. Padded ones take SAM's way over the frame
 * (Sam.postprocess_masks); stretched ones are scaled to the image at once (SAM2Transforms.postprocess_masks), which is
 * a frame of the logits' own size, filled.
 */
export function logitsFrame({ frame, lowRes, fit }: ModelFrame, width: number, height: number): LogitsFrame {
  const sizes = fit === 'pad' ? { frame, ...inputSize(width, height, frame) } : { frame: lowRes, inputWidth: lowRes, inputHeight: lowRes };
  return { lowRes, ...sizes, imageWidth: width, imageHeight: height };
}

/**
 * An image point in pixels of the frame: scaled per axis by input size / image size and not rounded
 * (ResizeLongestSide.apply_coords). The half-pixel shift belongs to the prompt encoder and is not added here.
 */
export function toFrame(point: ImagePoint, frame: LogitsFrame): { x: number; y: number } {
  return { x: (point.x * frame.inputWidth) / frame.imageWidth, y: (point.y * frame.inputHeight) / frame.imageHeight };
}

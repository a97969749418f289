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

/**
 * An image point in pixels of the model's input frame: scaled per axis by input size / image size and not rounded
 * (ResizeLongestSide.apply_coords). The half-pixel shift belongs to the prompt encoder and is not added here.
 */
export function toFrame(point: ImagePoint, frame: LogitsFrame): { x: number; y: number } {
  return { x: (point.x * frame.inputWidth) / frame.imageWidth, y: (point.y * frame.inputHeight) / frame.imageHeight };
}

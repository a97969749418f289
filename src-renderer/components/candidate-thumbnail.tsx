import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import type { Box } from '../../src-shared/domain/schema.ts';
import { coveredPart } from '../state/logits.ts';

/** Device pixels; shown at half that, so sharp on high-density screens. */
const WIDTH = 236;
const HEIGHT = 140;
const DIMMED = 0.42;

/** One candidate over a darkened picture, framed by `view` (image pixels) so that all candidates compare. */
export function CandidateThumbnail({ logits, frame, view, picture, colour }: {
  readonly logits: Float32Array;
  readonly frame: LogitsFrame;
  readonly view: Box;
  readonly picture: HTMLImageElement | null;
  readonly colour: string;
}): ReactElement {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current?.getContext('2d') ?? null;
    if (context !== null) draw(context, logits, frame, view, picture, colour);
  }, [logits, frame, view, picture, colour]);
  return <canvas ref={ref} width={WIDTH} height={HEIGHT} aria-hidden />;
}

function draw(context: CanvasRenderingContext2D, logits: Float32Array, frame: LogitsFrame, view: Box, picture: HTMLImageElement | null, colour: string): void {
  const scale = Math.min(WIDTH / view.width, HEIGHT / view.height);
  const left = (WIDTH - view.width * scale) / 2 - view.x * scale;
  const top = (HEIGHT - view.height * scale) / 2 - view.y * scale;
  const width = frame.imageWidth * scale;
  const height = frame.imageHeight * scale;
  context.clearRect(0, 0, WIDTH, HEIGHT);
  context.imageSmoothingQuality = 'high';
  if (picture !== null) {
    context.globalAlpha = DIMMED;
    context.drawImage(picture, left, top, width, height);
    context.globalAlpha = 1;
  }
  const mask = maskPicture(logits, frame.lowRes, colour);
  const covered = coveredPart(frame);
  context.drawImage(mask, 0, 0, covered.width, covered.height, left, top, width, height);
}

/** The mask as a picture of lowRes² pixels; the edge is softened over one logit, so that enlarging does not show stairs. */
function maskPicture(logits: Float32Array, side: number, colour: string): OffscreenCanvas {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  const pixels = new ImageData(side, side);
  const rgb = Number.parseInt(colour.slice(1), 16);
  for (let i = 0; i < side * side; i += 1) {
    const at = i * 4;
    pixels.data[at] = rgb >> 16;
    pixels.data[at + 1] = (rgb >> 8) & 255;
    pixels.data[at + 2] = rgb & 255;
    pixels.data[at + 3] = 225 * Math.max(0, Math.min(1, (logits[i] ?? 0) + 0.5));
  }
  context?.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * What the thumbnails show: the boxes of all candidates with some ground around them, widened to the thumbnails'
 * proportions, kept inside the image where that is possible, and never so narrow that one cannot tell where it is.
 */
export function commonView(boxes: readonly Box[], frame: LogitsFrame): Box {
  const covered = coveredPart(frame);
  const whole = { x: 0, y: 0, width: frame.imageWidth, height: frame.imageHeight };
  if (boxes.length === 0) return whole;
  const toX = frame.imageWidth / covered.width;
  const toY = frame.imageHeight / covered.height;
  const left = Math.min(...boxes.map((b) => b.x)) * toX;
  const top = Math.min(...boxes.map((b) => b.y)) * toY;
  const right = Math.max(...boxes.map((b) => b.x + b.width)) * toX;
  const bottom = Math.max(...boxes.map((b) => b.y + b.height)) * toY;
  const margin = 1.3;
  const height = Math.max((bottom - top) * margin, ((right - left) * margin * HEIGHT) / WIDTH, frame.imageHeight * 0.2);
  const width = (height * WIDTH) / HEIGHT;
  return {
    x: within((left + right - width) / 2, frame.imageWidth - width),
    y: within((top + bottom - height) / 2, frame.imageHeight - height),
    width,
    height,
  };
}

/** Between 0 and `most`; in the middle of both where the view is larger than the image. */
const within = (value: number, most: number): number => (most < 0 ? most / 2 : Math.max(0, Math.min(most, value)));

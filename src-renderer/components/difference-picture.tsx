import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import type { ImageDifference } from '../../src-shared/contract/snapshots.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { shapeToParts } from '../../src-shared/geometry/shape.ts';
import { ringPath } from '../canvas/ring-path.ts';

/** In CSS pixels; drawn at twice that, so sharp on high-density screens. */
const WIDTH = 168;
const HEIGHT = 112;
const RATIO = 2;

/** Of the outlines, as the legend has them (snapshots.css). Seen on any picture, in both themes. */
const COLOURS = { added: '#3ddc84', removed: '#ff5a5f', before: '#ffb020', after: '#38b6ff' } as const;

/** The picture, small, with what is different on it: added green, removed red, changed orange before and blue after. */
export function DifferencePicture({ difference, address }: { readonly difference: ImageDifference; readonly address: string | null }): ReactElement {
  const ref = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<HTMLImageElement | null>(null);
  useEffect(() => {
    if (address === null) return;
    const image = new Image();
    const loaded = (): void => setPicture(image);
    image.addEventListener('load', loaded, { once: true });
    image.src = address;
    return () => image.removeEventListener('load', loaded);
  }, [address]);
  useEffect(() => {
    const context = ref.current?.getContext('2d') ?? null;
    if (context !== null) draw(context, difference, picture);
  }, [difference, picture]);
  return <canvas ref={ref} className="difference-picture" width={WIDTH * RATIO} height={HEIGHT * RATIO} aria-hidden />;
}

function draw(context: CanvasRenderingContext2D, { before, after, instances }: ImageDifference, picture: HTMLImageElement | null): void {
  const width = (after ?? before)?.width ?? 4;
  const height = (after ?? before)?.height ?? 3;
  const scale = Math.min((WIDTH * RATIO) / width, (HEIGHT * RATIO) / height);
  const x = (WIDTH * RATIO - width * scale) / 2;
  const y = (HEIGHT * RATIO - height * scale) / 2;
  context.clearRect(0, 0, WIDTH * RATIO, HEIGHT * RATIO);
  context.imageSmoothingQuality = 'high';
  if (picture !== null) context.drawImage(picture, x, y, width * scale, height * scale);
  const paint = (shape: Shape, colour: string, fill: boolean): void => {
    const path = ringPath(shapeToParts(shape).flatMap(({ outer, holes }) => [outer, ...holes]), { scale, x, y }, false);
    if (fill) {
      context.globalAlpha = 0.35;
      context.fillStyle = colour;
      context.fill(path, 'evenodd');
      context.globalAlpha = 1;
    }
    context.lineJoin = 'round';
    context.lineWidth = 5;
    context.strokeStyle = 'rgba(0, 0, 0, 0.55)';
    context.stroke(path);
    context.lineWidth = 3;
    context.strokeStyle = colour;
    context.stroke(path);
  };
  for (const instance of instances) {
    if (instance.before !== null && instance.after !== null) {
      paint(instance.before.shape, COLOURS.before, false);
      if (instance.aspects.includes('shape')) paint(instance.after.shape, COLOURS.after, false);
    } else if (instance.before !== null) paint(instance.before.shape, COLOURS.removed, true);
    else if (instance.after !== null) paint(instance.after.shape, COLOURS.added, true);
  }
}

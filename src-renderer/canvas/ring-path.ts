import type { DeviceTransform } from '../workers/mask-protocol.ts';

/**
 * Closed rings, flat [x0, y0, …] in image pixels, as a path in device pixels.
 * `crisp`: corners on device pixels, those that the squares of the image's pixels have.
 */
export function ringPath(rings: readonly (readonly number[])[], { scale, x, y }: DeviceTransform, crisp: boolean): Path2D {
  const path = new Path2D();
  const place = (value: number, offset: number): number => (crisp ? Math.ceil(value * scale + offset - 0.5) : value * scale + offset);
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const [px, py] = [place(ring[i] ?? 0, x), place(ring[i + 1] ?? 0, y)];
      if (i === 0) path.moveTo(px, py);
      else path.lineTo(px, py);
    }
    path.closePath();
  }
  return path;
}

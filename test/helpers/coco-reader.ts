/*
 * What pycocotools' COCO.annToMask gives for an annotation, pixel by pixel and straight from the descriptions of the
 * formats: nothing here is shared with the program, so that the program can be held against it.
 */

export interface CocoFile {
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: { id: number; image_id: number; category_id: number; iscrowd: number; area: number; bbox: number[]; segmentation: unknown }[];
  categories: { id: number; name: string }[];
}

/** Row-major, height × width, of an annotation's `segmentation` in any of its three forms. */
export function annToMask(segmentation: unknown, height: number, width: number): Uint8Array {
  if (Array.isArray(segmentation)) {
    const mask = new Uint8Array(height * width);
    for (const polygon of segmentation as number[][]) {
      if (polygon.length < 6) throw new Error('pycocotools takes a list of four numbers for a box, and refuses fewer');
      fillPolygon(polygon, height, width).forEach((inside, i) => (mask[i] = (mask[i] ?? 0) | inside));
    }
    if (segmentation.length === 0) throw new Error('pycocotools fails on an empty list');
    return mask;
  }
  const { size, counts } = segmentation as { size: [number, number]; counts: string | number[] };
  if (size[0] !== height || size[1] !== width) throw new Error(`size ${size.join(' × ')} is not the image's`);
  return fillRuns(typeof counts === 'string' ? decompress(counts) : counts, height, width);
}

/** maskApi's rleFrString. */
function decompress(text: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const code = BigInt((text.codePointAt(at++) ?? NaN) - 48);
      value |= (code & 31n) << shift;
      shift += 5n;
      if (code & 32n) continue;
      if (code & 16n) value |= -1n << shift;
      break;
    }
    const back = counts.length > 2 ? (counts.at(-2) ?? 0) : 0;
    counts.push(Number(value) + back);
  }
  return counts;
}

function fillRuns(counts: readonly number[], height: number, width: number): Uint8Array {
  const mask = new Uint8Array(height * width);
  let at = 0;
  counts.forEach((count, run) => {
    for (let k = 0; k < count; k++, at++) {
      if (at >= mask.length) throw new Error('runs are longer than the image');
      if (run % 2 === 1) mask[(at % height) * width + Math.floor(at / height)] = 1;
    }
  });
  if (at !== mask.length) throw new Error('runs are shorter than the image');
  return mask;
}

/** maskApi's rleFrPoly: all points of the boundary at five times the resolution, then where they change column. */
function fillPolygon(polygon: readonly number[], height: number, width: number): Uint8Array {
  const corners: [number, number][] = [];
  for (let i = 0; i < polygon.length; i += 2) corners.push([Math.trunc(5 * (polygon[i] ?? NaN) + 0.5), Math.trunc(5 * (polygon[i + 1] ?? NaN) + 0.5)]);
  const boundary: [number, number][] = [];
  corners.forEach(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length] ?? [NaN, NaN];
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
    const alongX = Math.abs(x1 - x0) >= Math.abs(y1 - y0);
    const backward = alongX ? x0 > x1 : y0 > y1;
    const [ax, ay, bx, by] = backward ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
    for (let d = 0; d <= steps; d++) {
      const t = backward ? steps - d : d;
      if (steps === 0) boundary.push([ax, ay]);
      else if (alongX) boundary.push([ax + t, Math.trunc(ay + ((by - ay) / steps) * t + 0.5)]);
      else boundary.push([Math.trunc(ax + ((bx - ax) / steps) * t + 0.5), ay + t]);
    }
  });
  const flips = new Uint8Array(height * width + 1);
  for (let i = 1; i < boundary.length; i++) {
    const [u, v] = boundary[i] ?? [NaN, NaN];
    const [u0, v0] = boundary[i - 1] ?? [NaN, NaN];
    if (u === u0) continue;
    const column = (Math.min(u, u0) + 0.5) / 5 - 0.5;
    if (column !== Math.floor(column) || column < 0 || column > width - 1) continue;
    const row = Math.ceil(Math.min(height, Math.max(0, (Math.min(v, v0) + 0.5) / 5 - 0.5)));
    flips[column * height + row] = (flips[column * height + row] ?? 0) ^ 1;
  }
  const mask = new Uint8Array(height * width);
  let inside = 0;
  for (let i = 0; i < height * width; i++) {
    inside ^= flips[i] ?? 0;
    mask[(i % height) * width + Math.floor(i / height)] = inside;
  }
  return mask;
}

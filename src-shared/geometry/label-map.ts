import { MaskwrightError } from '../contract/errors.ts';
import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** A number for each pixel, row-major, h × w; 0 is background. Masks painted into one map hide one another. */
export type LabelMap = Uint8Array | Uint16Array | Uint32Array;

/** Columns that are turned into columns of memory at once: a few cache lines of each row. */
const BLOCK = 32;

/** Sets the pixels inside a mask of the map's size to `label`. */
export function paintLabel(map: LabelMap, mask: Rle, label: number): void {
  const w = mask.size[1];
  forEachColumnRun(mask, (x, top, bottom) => {
    for (let y = top, i = top * w + x; y < bottom; y++, i += w) map[i] = label;
  });
}

/**
 * The mask of each label but 0 that the map of h × w pixels has, in the order in which they are met column by column.
 * Throws 'too-large' when there are more than `mostLabels`, which no map of objects has.
 */
export function masksOfLabels(map: LabelMap, h: number, w: number, mostLabels = 1_000_000): Map<number, Rle> {
  const found = new Map<number, { readonly runs: RunWriter; end: number }>();
  const block = new Uint32Array(Math.min(BLOCK, w) * h);
  const add = (label: number, from: number, to: number): void => {
    if (label === 0) return;
    let entry = found.get(label);
    if (entry === undefined) {
      if (found.size >= mostLabels) throw new MaskwrightError('too-large', `This picture has more than ${mostLabels} labels. It is probably a photograph and no label picture.`);
      found.set(label, (entry = { runs: new RunWriter(), end: 0 }));
    }
    entry.runs.add(false, from - entry.end);
    entry.runs.add(true, to - from);
    entry.end = to;
  };
  let label = 0;
  let began = 0;
  for (let left = 0; left < w; left += BLOCK) {
    const columns = Math.min(BLOCK, w - left);
    for (let y = 0; y < h; y++) {
      for (let c = 0, from = y * w + left, to = y; c < columns; c++, from++, to += h) block[to] = map[from] ?? 0;
    }
    const offset = left * h;
    const length = columns * h;
    for (let i = 0; i < length; i++) {
      const next = block[i] ?? 0;
      if (next === label) continue;
      add(label, began, offset + i);
      label = next;
      began = offset + i;
    }
  }
  add(label, began, h * w);
  return new Map([...found].map(([key, { runs, end }]) => {
    runs.add(false, h * w - end);
    return [key, { size: [h, w], counts: runs.finish() }] as const;
  }));
}

import type { GraphBuilder } from './graph-builder.ts';

/** Windows of `window` × `window` patches, `across` in each direction, that lie over a grid of `grid` × `grid`. */
export interface Windows {
  readonly across: number;
  readonly window: number;
  readonly grid: number;
  readonly width: number;
}

export const windowsOver = (grid: number, window: number, width: number): Windows => ({ across: Math.ceil(grid / window), window, grid, width });

/** [1, grid, grid, width] with zeros below and to the right up to whole windows, as window_partition pads. */
export function padded(g: GraphBuilder, x: string, { across, window, grid }: Windows): string {
  const missing = across * window - grid;
  return missing === 0 ? x : g.node('Pad', [x, g.ints([0, 0, 0, 0, 0, missing, missing, 0])]);
}

/** A padded grid → [across² · window², width], window after window. */
export function partition(g: GraphBuilder, x: string, { across, window, width }: Windows): string {
  const rows = [(across * window) ** 2, width];
  if (across === 1) return g.reshape(x, rows);
  return g.reshape(g.transpose(g.reshape(x, [across, window, across, window, width]), [0, 2, 1, 3, 4]), rows);
}

/** The way back, without what was padded: → [grid², width]. */
export function unpartition(g: GraphBuilder, rows: string, { across, window, grid, width }: Windows): string {
  const side = across * window;
  const placed = across === 1 ? rows : g.transpose(g.reshape(rows, [across, across, window, window, width]), [0, 2, 1, 3, 4]);
  if (side === grid) return across === 1 ? rows : g.reshape(placed, [grid * grid, width]);
  return g.reshape(g.node('Slice', [g.reshape(placed, [1, side, side, width]), g.ints([0, 0]), g.ints([grid, grid]), g.ints([1, 2])]), [grid * grid, width]);
}

import type { GraphBuilder } from './graph-builder.ts';
import { DECODER } from './sam-layout.ts';

/** LayerNorm2d's epsilon. */
const EPSILON = 1e-6;

/** What follows every image encoder (`neck` in image_encoder.py): rows [grid², width] → `image_embeddings` [1, 256, grid, grid]. */
export function neck(g: GraphBuilder, rows: string, grid: number): string {
  const root = 'image_encoder.neck';
  const normed = g.reshape(g.layerNorm(g.linearRows(rows, `${root}.0`), `${root}.1`, EPSILON), [1, grid, grid, DECODER.width]);
  const mixed = g.node('Conv', [g.transpose(normed, [0, 3, 1, 2]), g.tensor(`${root}.2.weight`)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const last = g.layerNorm(g.transpose(mixed, [0, 2, 3, 1]), `${root}.3`, EPSILON);
  g.node('Transpose', [last], { perm: [0, 3, 1, 2] }, 'image_embeddings');
  return g.reshape(last, [1, grid * grid, DECODER.width]);
}

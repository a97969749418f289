import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** LayerNorm2d's epsilon. */
export const EPSILON_2D = 1e-6;

/**
 * A transposed convolution of kernel 2 and stride 2, whose outputs do not overlap, so that it is a Linear that makes four
 * pixels of one: rows [B, n, in] → [B, n, 2 · 2 · out]. Its weight [in, out, 2, 2] becomes [in, 2 · 2 · out].
 */
export function quadruple(g: GraphBuilder, weights: Pick<Checkpoint, 'shapes' | 'read'>, x: string, name: string): string {
  const [from = 0, to = 0] = weights.shapes.get(`${name}.weight`) ?? [];
  const weight = g.derived(`${name}.weight`, [from, 4 * to], async () => {
    const values = await weights.read(`${name}.weight`);
    return Float32Array.from({ length: values.length }, (_, at) => values[(Math.floor(at / (4 * to)) * to + (at % to)) * 4 + (Math.floor(at / to) % 4)] ?? 0);
  });
  const bias = g.derived(`${name}.bias`, [4 * to], async () => {
    const values = await weights.read(`${name}.bias`);
    return Float32Array.from({ length: 4 * to }, (_, at) => values[at % to] ?? 0);
  });
  return g.add(g.matMul(x, weight), bias);
}

/**
 * Two transposed convolutions with a norm and a GELU between: rows [B, grid², in] → [B, 16 · grid², out]. What follows on
 * the channels of single pixels can work on these rows; toPlanes puts the pixels in their places.
 */
export function upscaled(g: GraphBuilder, weights: Pick<Checkpoint, 'shapes' | 'read'>, rows: string, name: string, grid: number): string {
  const channels = (index: number): number => weights.shapes.get(`${name}.${index}.weight`)?.[1] ?? 0;
  const half = g.reshape(quadruple(g, weights, rows, `${name}.0`), [0, 4 * grid * grid, channels(0)]);
  return g.reshape(quadruple(g, weights, g.gelu(g.layerNorm(half, `${name}.1`, EPSILON_2D)), `${name}.3`), [0, 16 * grid * grid, channels(3)]);
}

/** Rows that `upscaled` made, [B, 16 · grid², channels] → [B, channels, 4 · grid, 4 · grid]. @param as name of the result where it is given */
export function toPlanes(g: GraphBuilder, rows: string, grid: number, channels: number, as?: string): string {
  // Each cell (y, x) of the embedding has 2 × 2 (i, j) of 2 × 2 (k, l) pixels: rows are y, i, k and columns x, j, l.
  const inner = g.transpose(g.reshape(rows, [-1, grid, grid, 2, 2, 4 * channels]), [0, 1, 3, 2, 4, 5]);
  const outer = g.transpose(g.reshape(inner, [-1, 2 * grid, 2 * grid, 2, 2, channels]), [0, 5, 1, 3, 2, 4]);
  return g.node('Reshape', [outer, g.ints([-1, channels, 4 * grid, 4 * grid])], {}, as);
}

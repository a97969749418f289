import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { GraphBuilder } from './graph-builder.ts';

/**
 * Bytes of attention scores that are computed at once: whole, those of one global block of ViT-H take 1 GiB, which some
 * allocators refuse and small machines do not have.
 */
export const LARGEST_SCORES = 64 * 1024 ** 2;
const FLOAT = 4;

export interface AttentionSize {
  /** Number of windows. */
  readonly batch: number;
  /** Side of a window in patches. */
  readonly window: number;
  readonly heads: number;
  readonly headWidth: number;
  /** Bytes of scores to compute at once; at least one query's are. */
  readonly largestScores: number;
}

/** Weights [window, headWidth, window]: for each query row (column) what each key row (column) adds for each channel. */
export interface RelativePositions {
  readonly rows: string;
  readonly columns: string;
}

/** get_rel_pos: the offset i − k of a query at i from a key at k picks the row i − k + window − 1 of the table. */
export function relativePositions(g: GraphBuilder, checkpoint: Pick<Checkpoint, 'read'>, name: string, window: number, headWidth: number): RelativePositions {
  const table = (axis: 'h' | 'w'): string =>
    g.derived(`${name}.rel_pos_${axis}`, [window, headWidth, window], async () => {
      const offsets = await checkpoint.read(`${name}.rel_pos_${axis}`);
      return Float32Array.from({ length: window * headWidth * window }, (_, at) => {
        const key = at % window;
        const channel = Math.floor(at / window) % headWidth;
        const query = Math.floor(at / window / headWidth);
        return offsets[(query - key + window - 1) * headWidth + channel] ?? 0;
      });
    });
  return { rows: table('h'), columns: table('w') };
}

/**
 * Attention inside windows with decomposed relative positions (Attention and add_decomposed_rel_pos): `qkv` is
 * [batch · window², 3 · heads · headWidth] with queries, keys and values in that order; gives [batch · window², heads · headWidth].
 * The positional part of a score, q·R[row of key] + q·C[column of key], is a product, too: of those 2 · window numbers
 * of the query with the key's row and column as ones among zeros. Appended to queries and keys, it costs no further
 * pass over the scores, which are by far the largest tensor.
 */
export function attention(g: GraphBuilder, qkv: string, { batch, window, heads, headWidth, largestScores }: AttentionSize, positions: RelativePositions): string {
  const count = batch * heads;
  const length = window * window;
  const split = g.transpose(g.reshape(qkv, [batch, length, 3, heads, headWidth]), [2, 0, 3, 1, 4]);
  const [q = '', k = '', v = ''] = g.split(g.reshape(split, [3 * count, length, headWidth]), 0, [count, count, count]);

  const grid = g.reshape(q, [count, window, window, headWidth]);
  const toRows = g.reshape(g.matMul(grid, positions.rows), [count, length, window]);
  const toColumns = g.reshape(g.transpose(g.matMul(g.transpose(grid, [0, 2, 1, 3]), positions.columns), [0, 2, 1, 3]), [count, length, window]);
  const scaled = g.multiply(q, g.floats([1 / Math.sqrt(headWidth)]));
  const queries = g.concat([scaled, toRows, toColumns], 2);
  const ones = g.derived(`places in windows of ${window}`, [1, length, 2 * window], () => Promise.resolve(places(window)));
  const keys = g.concat([k, g.expanded(ones, [count, length, 2 * window])], 2);

  const attended = inParts(g, { queries, keys, values: v }, count, length, largestScores);
  return g.reshape(g.transpose(g.reshape(attended, [batch, heads, length, headWidth]), [0, 2, 1, 3]), [batch * length, heads * headWidth]);
}

/** For each place of a window a one at its row, then a one at its column: [window², 2 · window]. */
function places(window: number): Float32Array {
  const ones = new Float32Array(window * window * 2 * window);
  for (let at = 0; at < window * window; at++) {
    ones[at * 2 * window + Math.floor(at / window)] = 1;
    ones[at * 2 * window + window + (at % window)] = 1;
  }
  return ones;
}

/** softmax(queries · keysᵀ) · values for [count, length, …], over some heads at a time and, in very long ones, some queries. */
function inParts(g: GraphBuilder, { queries, keys, values }: Readonly<Record<'queries' | 'keys' | 'values', string>>, count: number, length: number, largest: number): string {
  const headsAtOnce = Math.max(1, Math.floor(largest / (length * length * FLOAT)));
  const queriesAtOnce = Math.max(1, Math.min(length, Math.floor(largest / (length * FLOAT))));
  const heads = parts(count, headsAtOnce);
  const [qs, ks, vs] = [queries, keys, values].map((x) => splitUnlessWhole(g, x, 0, heads));
  const attended = heads.map((_, part) => {
    const key = g.transpose(ks?.[part] ?? '', [0, 2, 1]);
    const pieces = splitUnlessWhole(g, qs?.[part] ?? '', 1, parts(length, queriesAtOnce));
    return g.concat(pieces.map((piece) => g.matMul(g.node('Softmax', [g.matMul(piece, key)], { axis: -1 }), vs?.[part] ?? '')), 1);
  });
  return g.concat(attended, 0);
}

const splitUnlessWhole = (g: GraphBuilder, x: string, axis: number, sizes: readonly number[]): string[] => (sizes.length === 1 ? [x] : g.split(x, axis, sizes));

/** `total` in pieces of `most`, the last one smaller. */
const parts = (total: number, most: number): number[] => Array.from({ length: Math.ceil(total / most) }, (_, i) => Math.min(most, total - i * most));

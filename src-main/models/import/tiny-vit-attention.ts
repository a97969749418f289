import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { AttentionSize } from './sam-attention.ts';

type Weights = Pick<Checkpoint, 'shapes' | 'read'>;

const FLOAT = 4;

/**
 * Attention of tiny_vit_sam.py: normed rows [batch · window², width] → the same, before `proj`. A learned number for each
 * head and distance (|Δy|, |Δx|) is added to the scaled scores.
 */
export function biasedAttention(g: GraphBuilder, weights: Weights, rows: string, name: string, { batch, window, heads, headWidth, largestScores }: AttentionSize): string {
  const length = window * window;
  const qkv = g.reshape(headsLast(g, weights, rows, `${name}.qkv`, heads, headWidth), [batch, length, 3, heads, headWidth]);
  const [q = '', k = '', v = ''] = g.split(g.transpose(qkv, [2, 0, 3, 1, 4]), 0, [1, 1, 1]).map((part) => g.reshape(part, [batch, heads, length, headWidth]));
  const scaled = g.multiply(q, g.floats([1 / Math.sqrt(headWidth)]));
  const keys = g.transpose(k, [0, 1, 3, 2]);
  const biases = distanceBiases(g, weights, `${name}.attention_biases`, window, heads);

  const atOnce = Math.max(1, Math.floor(largestScores / (heads * length * length * FLOAT)));
  const sizes = Array.from({ length: Math.ceil(batch / atOnce) }, (_, i) => Math.min(atOnce, batch - i * atOnce));
  const [qs = [], ks = [], vs = []] = [scaled, keys, v].map((x) => (sizes.length === 1 ? [x] : g.split(x, 0, sizes)));
  const attended = g.concat(sizes.map((_, i) => g.matMul(g.node('Softmax', [g.add(g.matMul(qs[i] ?? '', ks[i] ?? ''), biases)], { axis: -1 }), vs[i] ?? '')), 0);
  return g.reshape(g.transpose(attended, [0, 2, 1, 3]), [batch * length, heads * headWidth]);
}

/** The Linear that makes queries, keys and values: the checkpoint has those of a head together, here all queries come first. */
function headsLast(g: GraphBuilder, { shapes, read }: Weights, rows: string, name: string, heads: number, headWidth: number): string {
  const [out = 0, width = 0] = shapes.get(`${name}.weight`) ?? [];
  const reordered = (values: Float32Array, rowLength: number): Float32Array => {
    const made = new Float32Array(values.length);
    for (let part = 0, to = 0; part < 3; part++) {
      for (let head = 0; head < heads; head++, to += headWidth) {
        const from = (head * 3 + part) * headWidth;
        made.set(values.subarray(from * rowLength, (from + headWidth) * rowLength), to * rowLength);
      }
    }
    return made;
  };
  const weight = g.derived(`${name}.weight`, [out, width], async () => reordered(await read(`${name}.weight`), width));
  const bias = g.derived(`${name}.bias`, [out], async () => reordered(await read(`${name}.bias`), 1));
  return g.node('Gemm', [rows, weight, bias], { transB: 1 });
}

/** [heads, window², window²]: the checkpoint numbers the distances in the order of the first row of pairs, |Δy| · window + |Δx|. */
function distanceBiases(g: GraphBuilder, { read }: Weights, name: string, window: number, heads: number): string {
  const length = window * window;
  return g.derived(name, [heads, length, length], async () => {
    const byDistance = await read(name);
    const values = new Float32Array(heads * length * length);
    for (let head = 0, at = 0; head < heads; head++) {
      for (let query = 0; query < length; query++) {
        for (let key = 0; key < length; key++, at++) {
          const down = Math.abs(Math.floor(query / window) - Math.floor(key / window));
          const across = Math.abs((query % window) - (key % window));
          values[at] = byDistance[head * length + down * window + across] ?? 0;
        }
      }
    }
    return values;
  });
}

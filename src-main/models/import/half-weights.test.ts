import { describe, expect, it } from 'vitest';
import { halfWeights } from './half-weights.ts';
import type { OnnxGraph, OnnxWeight } from './onnx-writer.ts';

const SIDE = 40;
const quiet = new AbortController().signal;
const bytes = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);
const wave = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.sin(i));

/** One product with this weight. */
function graphOf(values: Float32Array): OnnxGraph {
  const side = Math.sqrt(values.length);
  return {
    name: 'test',
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    weights: [{ name: 'w', type: 'float32', dims: [side, side], data: () => Promise.resolve(bytes(values)) }],
    inputs: { x: [1, side] },
    outputs: { y: [1, side] },
  };
}
const withOne = (value: number): Float32Array => wave.with(7, value);
const numbers = async ({ data }: OnnxWeight): Promise<Float16Array> => new Float16Array((data instanceof Uint8Array ? data : await data()).slice().buffer);

describe('weights as half floats', () => {
  it('are the nearest halves, and are cast to floats under their old name before anything uses them', async () => {
    const { nodes, weights } = await halfWeights(graphOf(wave), quiet);
    expect(nodes).toEqual([{ op: 'Cast', inputs: ['w half'], outputs: ['w'], attributes: { to: 1 } }, graphOf(wave).nodes[0]]);
    const [half] = weights;
    if (half === undefined || weights.length !== 1) throw new Error('one weight was given');
    expect(half).toMatchObject({ name: 'w half', type: 'float16', dims: [SIDE, SIDE] });
    expect([...(await numbers(half))]).toEqual([...wave].map(Math.f16round));
  });

  it.each([['the largest half', 65_504, 'float16'], ['more than a half can hold', 65_505, 'float32'], ['less than a half can hold', -1e9, 'float32'], ['infinity', Infinity, 'float32'], ['no number', Number.NaN, 'float32']])('with %s in it: %d is stored as %s', async (_, value, type) => {
    const { nodes, weights } = await halfWeights(graphOf(withOne(value)), quiet);
    expect(weights.map((weight) => weight.type)).toEqual([type]);
    expect(nodes).toHaveLength(type === 'float16' ? 2 : 1);
  });

  it('are left alone where they are few', async () => {
    const small = graphOf(Float32Array.of(1, 2, 3, 4));
    expect(await halfWeights(small, quiet)).toEqual(small);
  });

  it('are not read any further when the signal is aborted', async () => {
    await expect(halfWeights(graphOf(wave), AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

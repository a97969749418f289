import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenChannels } from './even-channels.ts';

const NORM = 'image_encoder.blocks.0.norm1';
const PRODUCT = 'image_encoder.blocks.0.attn.qkv';

const numbers = (length: number): fc.Arbitrary<Float32Array> => fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: length, maxLength: length }).map((list) => Float32Array.from(list));

/** A norm over `channels` and the product after it, as a checkpoint has them. */
const block = fc.integer({ min: 3, max: 9 }).chain((channels) => {
  return fc.record({ scale: numbers(channels), shift: numbers(channels), weight: numbers(3 * channels), row: numbers(channels) });
});

const weightsOf = (scale: Float32Array, shift: Float32Array, weight: Float32Array): Parameters<typeof evenChannels>[0] => {
  const tensors = new Map([[`${NORM}.weight`, scale], [`${NORM}.bias`, shift], [`${PRODUCT}.weight`, weight], ['image_encoder.neck.1.weight', scale]]);
  return { shapes: new Map([...tensors].map(([name, values]) => [name, [values.length]])), read: async (name) => tensors.get(name) ?? new Float32Array() };
};

const read = async ({ read: from }: Parameters<typeof evenChannels>[0]): Promise<[Float32Array, Float32Array, Float32Array]> => [await from(`${NORM}.weight`), await from(`${NORM}.bias`), await from(`${PRODUCT}.weight`)];

/** What the product gives for numbers that the norm has brought to one scale, and how large its terms are together. */
const products = (row: Float32Array, [scale, shift, weight]: readonly [Float32Array, Float32Array, Float32Array]): { sum: number; size: number }[] =>
  Array.from({ length: weight.length / row.length }, (_, o) => {
    const terms = Array.from(row, (z, c) => (z * (scale[c] ?? NaN) + (shift[c] ?? NaN)) * (weight[o * row.length + c] ?? NaN));
    return { sum: terms.reduce((a, b) => a + b, 0), size: Array.from(row, (z, c) => (Math.abs(z * (scale[c] ?? NaN)) + Math.abs(shift[c] ?? NaN)) * Math.abs(weight[o * row.length + c] ?? NaN)).reduce((a, b) => a + b, 0) };
  });

const largest = (values: Iterable<number>): number => Math.max(...Array.from(values, Math.abs));

describe('channels of norms made even', () => {
  it('compute the same, with no channel larger and no weight larger than the largest was', async () => {
    await fc.assert(
      fc.asyncProperty(block, async ({ scale, shift, weight, row }) => {
        const [before, after] = [[scale, shift, weight] as const, await read(evenChannels(weightsOf(scale, shift, weight)))];
        const right = products(row, before);
        for (const [o, { sum }] of products(row, after).entries()) expect(Math.abs(sum - (right[o]?.sum ?? NaN))).toBeLessThanOrEqual((right[o]?.size ?? NaN) * 2 ** -20 + 1e-30);
        for (const part of [0, 1] as const) after[part].forEach((value, c) => expect(Math.abs(value)).toBeLessThanOrEqual(Math.abs(before[part][c] ?? NaN)));
        expect(largest(after[2])).toBeLessThanOrEqual(largest(weight) * (1 + 2 ** -22));
      }),
    );
  });

  it('lose a channel that is far larger than the rest, whose weights are as much smaller', async () => {
    const [scale, shift, weight] = [Float32Array.of(1, -30, 1, 1), Float32Array.of(0, 6, 0, 0.5), Float32Array.of(1, -1 / 30, 0.5, 1)];
    const [evenScale, evenShift, evenWeight] = await read(evenChannels(weightsOf(scale, shift, weight)));
    expect(largest(evenScale)).toBeLessThan(1.2);
    expect(largest(evenShift)).toBeLessThan(1);
    expect(largest(evenWeight)).toBeLessThan(1.2);
  });

  it('leave everything else of a checkpoint as it is', async () => {
    const scale = Float32Array.of(1, 90, 1);
    const even = evenChannels(weightsOf(scale, Float32Array.of(0, 0, 0), Float32Array.of(1, 1, 1)));
    expect(await even.read('image_encoder.neck.1.weight')).toEqual(scale);
    // Its weights are as large as the others': what it would gain they would lose.
    expect(await even.read(`${NORM}.weight`)).toEqual(scale);
  });
});

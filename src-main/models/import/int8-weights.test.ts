import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST, quantise } from './int8-weights.ts';
import type { WeightShape } from './int8-weights.ts';

/** torch's [outputs, inputs]. */
const torchShape = (outputs: number, inputs: number): WeightShape => ({ outputs, inputs, outputStep: inputs, inputStep: 1 });

const weights = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }))
  .chain(([outputs, inputs]) => fc.tuple(fc.constant(outputs), fc.constant(inputs), fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: outputs * inputs, maxLength: outputs * inputs })));

describe('weights as integers', () => {
  it('differ from what they were by half a step of their own output channel at most, whatever else is in the tensor', () => {
    fc.assert(
      fc.property(weights, ([outputs, inputs, numbers]) => {
        const given = Float32Array.from(numbers);
        const { values, scales } = quantise(given, torchShape(outputs, inputs));
        for (let o = 0; o < outputs; o++) {
          const channel = given.subarray(o * inputs, (o + 1) * inputs);
          const step = channel.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / LARGEST;
          for (const [i, w] of channel.entries()) {
            const q = values[i * outputs + o] ?? NaN;
            expect(Math.abs(q)).toBeLessThanOrEqual(LARGEST);
            // 2⁻²³: scales are 32-bit floats, and the numbers that have no scale are the smallest of them.
            expect(Math.abs(q * (scales[o] ?? NaN) - w)).toBeLessThanOrEqual((step / 2) * (1 + 2 ** -16) + 1e-43);
          }
        }
      }),
    );
  });

  it('are the same however the tensor lies in memory', () => {
    fc.assert(
      fc.property(weights, ([outputs, inputs, numbers]) => {
        const turned = Float32Array.from(numbers, (_, at) => numbers[(at % outputs) * inputs + Math.floor(at / outputs)] ?? NaN);
        expect(quantise(turned, { outputs, inputs, outputStep: 1, inputStep: outputs })).toEqual(quantise(Float32Array.from(numbers), torchShape(outputs, inputs)));
      }),
    );
  });

  it('of a channel of zeros are zeros at a scale that divides nothing by zero', () => {
    const { values, scales } = quantise(Float32Array.of(0, 0, 0, 3, -1.5, 0), torchShape(2, 3));
    expect([...scales]).toEqual([1, Math.fround(3 / LARGEST)]);
    expect([...values]).toEqual([0, LARGEST, 0, -LARGEST / 2, 0, 0]);
  });

  it('lose the small ones beside a huge one in their channel, and not in the others', () => {
    const { values, scales } = quantise(Float32Array.of(1e6, 1, -1, 0.5, 1, -1), torchShape(2, 3));
    expect([...values]).toEqual([LARGEST, LARGEST / 2, 0, LARGEST, 0, -LARGEST]);
    expect(scales[1]).toBe(1 / LARGEST);
  });

  it('leave room for two products with unsigned bytes in 16 bits', () => {
    expect(2 * 255 * LARGEST).toBeLessThan(2 ** 15);
  });
});

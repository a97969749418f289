/**
 * Weights of a matrix product as 8-bit integers, symmetric per output channel: w ≈ scale[output] · q. Integers stay
 * within ±LARGEST (seven bits): processors without dot products of bytes (AVX2 without VNNI) add two products of an
 * unsigned and a signed byte in 16 bits with saturation, and 2 · 255 · 127 would be too much (onnxruntime's docs on
 * quantization, "reduce_range").
 */
export const LARGEST = 64;

export interface Int8Weights {
  /** [inputs, outputs], row-major. */
  readonly values: Int8Array;
  /** [outputs] */
  readonly scales: Float32Array;
}

/** Where the weight of output `o` and input `i` lies among `values`: o · outputStep + i · inputStep. */
export interface WeightShape {
  readonly outputs: number;
  readonly inputs: number;
  readonly outputStep: number;
  readonly inputStep: number;
}

/** One scale for each output, at which its largest weight is LARGEST; 1 where all are 0. */
function channelScales(values: Float32Array, { outputs, inputs, outputStep, inputStep }: WeightShape): Float32Array {
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let largest = 0;
    for (let i = 0, at = o * outputStep; i < inputs; i++, at += inputStep) largest = Math.max(largest, Math.abs(values[at] ?? 0));
    // So small a number that it rounds to no scale at all is none.
    scales[o] = Math.fround(largest / LARGEST) || 1;
  }
  return scales;
}

export function quantise(values: Float32Array, shape: WeightShape): Int8Weights {
  const { outputs, inputs, outputStep, inputStep } = shape;
  const scales = channelScales(values, shape);
  const out = new Int8Array(inputs * outputs);
  // The inner loop writes in order: reading with a stride costs less than writing so.
  for (let i = 0, to = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++, to++) out[to] = Math.round((values[o * outputStep + i * inputStep] ?? 0) / (scales[o] ?? 1));
  }
  return { values: out, scales };
}

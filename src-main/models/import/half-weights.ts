import type { OnnxGraph, OnnxNode, OnnxWeight } from './onnx-writer.ts';

/** The largest finite number of IEEE 754's binary16. */
const LARGEST = 65_504;
/** Numbers below which a weight is too small to be worth a node of its own. */
const SMALLEST = 1024;
/** TensorProto.DataType */
const FLOAT = 1;

/**
 * The same graph with its weights stored as half floats, each cast to float where it is used: onnxruntime does that once,
 * when it opens the graph, so that what is computed with is 32 bits wide. A weight with a number that a half cannot hold
 * stays as it is. Reads each weight once now, to know, and again when it is written.
 * Throws what reading throws, and the signal's reason.
 */
export async function halfWeights(graph: OnnxGraph, signal: AbortSignal): Promise<OnnxGraph> {
  const casts: OnnxNode[] = [];
  const weights: OnnxWeight[] = [];
  for (const weight of graph.weights) {
    const half = await halved(weight, signal);
    weights.push(half ?? weight);
    if (half !== null) casts.push({ op: 'Cast', inputs: [half.name], outputs: [weight.name], attributes: { to: FLOAT } });
  }
  return { ...graph, nodes: [...casts, ...graph.nodes], weights };
}

async function halved({ name, type, dims, data }: OnnxWeight, signal: AbortSignal): Promise<OnnxWeight | null> {
  if (type !== 'float32' || data instanceof Uint8Array || dims.reduce((a, b) => a * b, 1) < SMALLEST) return null;
  signal.throwIfAborted();
  if (!floats(await data()).every((value) => Math.abs(value) <= LARGEST)) return null;
  return {
    name: `${name} half`,
    type: 'float16',
    dims,
    data: async () => new Uint8Array(new Float16Array(floats(await data())).buffer),
  };
}

const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / Float32Array.BYTES_PER_ELEMENT);

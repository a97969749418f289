import { quantise } from './int8-weights.ts';
import type { Int8Weights, WeightShape } from './int8-weights.ts';
import { MICROSOFT } from './onnx-writer.ts';
import type { OnnxGraph, OnnxNode, OnnxWeight } from './onnx-writer.ts';

/** Numbers of a weight below which a product is not worth rounding its operands. */
const SMALLEST = 4096;

/**
 * The same graph with its products by weights computed in 8-bit integers: onnxruntime's DynamicQuantizeMatMul rounds the
 * left side to bytes as it comes, by its own range, and the weight was rounded per output channel. Gemm with a weight
 * [outputs, inputs], as torch keeps it, and MatMul with one of [inputs, outputs] are replaced; all else stays.
 * @param exact whether a weight of this name is to be left as it is.
 */
export function quantiseGraph(graph: OnnxGraph, exact: (name: string) => boolean): OnnxGraph {
  const known = new Map(graph.weights.map((weight) => [weight.name, weight]));
  const made = new Map<string, readonly OnnxWeight[]>();
  const nodes = graph.nodes.map((node): OnnxNode => {
    const weight = known.get(node.inputs[1] ?? '');
    const shape = weight === undefined || exact(weight.name) ? null : productShape(node, weight);
    if (weight === undefined || shape === null) return node;
    const { name } = weight;
    if (!made.has(name)) made.set(name, int8Weights(weight, shape));
    const [x = '', , bias] = node.inputs;
    return { op: 'DynamicQuantizeMatMul', domain: MICROSOFT, inputs: [x, `${name} int8`, `${name} scales`, ...(bias === undefined ? [] : ['', bias])], outputs: node.outputs };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { ...graph, nodes, weights: graph.weights.flatMap((weight) => [...(used.has(weight.name) ? [weight] : []), ...(made.get(weight.name) ?? [])]) };
}

function productShape({ op, domain, attributes = {} }: OnnxNode, { type, dims, data }: OnnxWeight): WeightShape | null {
  const [rows = 0, columns = 0] = dims;
  if (domain !== undefined || type !== 'float32' || dims.length !== 2 || data instanceof Uint8Array || rows * columns < SMALLEST) return null;
  if (op === 'Gemm' && attributes['transB'] === 1) return { outputs: rows, inputs: columns, outputStep: columns, inputStep: 1 };
  return op === 'MatMul' ? { outputs: columns, inputs: rows, outputStep: 1, inputStep: columns } : null;
}

/** Its integers, then its scales, which are known once the integers have been made. */
function int8Weights({ name, data }: OnnxWeight, shape: WeightShape): readonly OnnxWeight[] {
  let scales: Float32Array | null = null;
  const read = async (): Promise<Int8Weights> => {
    const bytes = data instanceof Uint8Array ? data : await data();
    return quantise(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / Float32Array.BYTES_PER_ELEMENT), shape);
  };
  return [
    { name: `${name} int8`, type: 'int8', dims: [shape.inputs, shape.outputs], data: async () => {
      const made = await read();
      ({ scales } = made);
      return bytesOf(made.values);
    } },
    { name: `${name} scales`, type: 'float32', dims: [shape.outputs], data: async () => bytesOf(scales ?? (await read()).scales) },
  ];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array | Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

import { MICROSOFT } from './onnx-writer.ts';
import type { Attribute, OnnxGraph, OnnxNode, OnnxWeight } from './onnx-writer.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';

type Attributes = Readonly<Record<string, Attribute>>;

/** Grows a graph node by node. Values are named by their producers; each method returns the name of what it makes. */
export class GraphBuilder {
  readonly #checkpoint: Pick<Checkpoint, 'shapes' | 'read'>;
  readonly #nodes: OnnxNode[] = [];
  readonly #weights = new Map<string, OnnxWeight>();
  readonly #expanded = new Map<string, string>();
  /** Their names by their content. */
  readonly #constants = new Map<string, string>();
  #serial = 0;

  constructor(checkpoint: Pick<Checkpoint, 'shapes' | 'read'>) {
    this.#checkpoint = checkpoint;
  }

  /** A node with one output; `as` where the output's name is given. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, as = this.#name(op)): string {
    this.#nodes.push({ op, inputs, outputs: [as], attributes });
    return as;
  }

  split(input: string, axis: number, sizes: readonly number[]): string[] {
    const outputs = sizes.map(() => this.#name('Split'));
    this.#nodes.push({ op: 'Split', inputs: [input, this.ints(sizes)], outputs, attributes: { axis } });
    return outputs;
  }

  /** 0 keeps a side, −1 is what is left over. */
  reshape(input: string, shape: readonly number[]): string {
    return this.node('Reshape', [input, this.ints(shape)]);
  }

  transpose(input: string, perm: readonly number[]): string {
    return this.node('Transpose', [input], { perm });
  }

  add(a: string, b: string): string {
    return this.node('Add', [a, b]);
  }

  multiply(a: string, b: string): string {
    return this.node('Mul', [a, b]);
  }

  matMul(a: string, b: string): string {
    return this.node('MatMul', [a, b]);
  }

  /** Repeated to `shape` where its sides are 1; made once for all who ask. */
  expanded(input: string, shape: readonly number[]): string {
    const key = `${input} as ${shape.join()}`;
    const made = this.#expanded.get(key) ?? this.node('Expand', [input, this.ints(shape)]);
    this.#expanded.set(key, made);
    return made;
  }

  concat(inputs: readonly string[], axis: number, as?: string): string {
    return inputs.length === 1 && as === undefined ? (inputs[0] ?? '') : this.node('Concat', inputs, { axis }, as);
  }

  /** The exact one, with the error function, in onnxruntime's own operator. */
  gelu(input: string): string {
    const output = this.#name('Gelu');
    this.#nodes.push({ op: 'Gelu', domain: MICROSOFT, inputs: [input], outputs: [output] });
    return output;
  }

  /** Over the last axis, with the checkpoint's `${name}.weight` and `.bias`. */
  layerNorm(input: string, name: string, epsilon: number): string {
    return this.node('LayerNormalization', [input, this.tensor(`${name}.weight`), this.tensor(`${name}.bias`)], { axis: -1, epsilon: { float: epsilon } });
  }

  /**
   * torch's Linear `name` on rows [n, in] → [n, out]; the weight stays as the checkpoint has it, [out, in]. A convolution
   * of single pixels [out, in, 1, 1] is the same. The bias is left out where there is none.
   */
  linearRows(rows: string, name: string): string {
    const { shapes, read } = this.#checkpoint;
    const [out = 0, width = 0] = shapes.get(`${name}.weight`) ?? [];
    const weight = this.derived(`${name}.weight`, [out, width], () => read(`${name}.weight`));
    return this.node('Gemm', [rows, weight, ...(shapes.has(`${name}.bias`) ? [this.tensor(`${name}.bias`)] : [])], { transB: 1 });
  }

  /** torch's Linear `name` on the last axis of any shape. */
  linear(input: string, name: string): string {
    const [out = 0, width = 0] = this.#checkpoint.shapes.get(`${name}.weight`) ?? [];
    const weight = this.derived(`${name}.weight`, [width, out], async () => transposed(await this.#checkpoint.read(`${name}.weight`), out, width));
    return this.add(this.matMul(input, weight), this.tensor(`${name}.bias`));
  }

  /** A tensor of the checkpoint as it is. */
  tensor(name: string): string {
    return this.derived(name, this.#checkpoint.shapes.get(name) ?? [], () => this.#checkpoint.read(name));
  }

  /** A weight computed while the file is written. */
  derived(name: string, dims: readonly number[], compute: () => Promise<Float32Array>): string {
    if (!this.#weights.has(name)) this.#weights.set(name, { name, type: 'float32', dims, data: async () => bytesOf(await compute()) });
    return name;
  }

  floats(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#constant('float32', dims, values.join(), () => Float32Array.from(values));
  }

  ints(values: readonly number[]): string {
    return this.#constant('int64', [values.length], values.join(), () => BigInt64Array.from(values, BigInt));
  }

  graph(name: string, inputs: OnnxGraph['inputs'], outputs: OnnxGraph['outputs']): OnnxGraph {
    return { name, nodes: this.#nodes, weights: [...this.#weights.values()], inputs, outputs };
  }

  #constant(type: OnnxWeight['type'], dims: readonly number[], key: string, values: () => Float32Array | BigInt64Array): string {
    const content = `${type} [${dims.join()}] ${key}`;
    const known = this.#constants.get(content);
    if (known !== undefined) return known;
    const name = this.#name('Constant');
    this.#constants.set(content, name);
    this.#weights.set(name, { name, type, dims, data: bytesOf(values()) });
    return name;
  }

  #name(op: string): string {
    return `${op} ${this.#serial++}`;
  }
}

const bytesOf = (values: Float32Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** [rows, columns] → [columns, rows] */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c] ?? 0;
  return out;
}

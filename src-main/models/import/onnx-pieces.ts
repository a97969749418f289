import { fieldsOf, integer, message, text } from './protobuf.ts';
import type { Field } from './protobuf.ts';

/**
 * Takes ONNX models (onnx/onnx.proto) apart into nodes and weights, and makes models of some of them: each is kept as the
 * bytes that it was, so that nothing need be known of operators and their attributes.
 */

export interface OnnxPieces {
  /** Fields that every part needs: version of the format, operator sets, functions. */
  readonly head: readonly Uint8Array[];
  /** In an order in which they can be computed. */
  readonly nodes: readonly NodePiece[];
  /** By name; those in files beside the graph are read from these as before. */
  readonly weights: ReadonlyMap<string, Uint8Array>;
  readonly outputs: readonly string[];
}

export interface NodePiece {
  readonly op: string;
  /** Values that it reads, those read by graphs inside it included; '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly whole: Uint8Array;
}

/** A value that comes into a part from outside; its type is one of numbers, as onnxruntime names it. */
export interface PartInput {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
}

/** One that is known already. Little-endian, row-major. */
export interface PartConstant extends PartInput {
  readonly data: Uint8Array;
}

export interface PartSpec {
  readonly nodes: readonly NodePiece[];
  readonly inputs: readonly PartInput[];
  readonly constants: readonly PartConstant[];
  readonly outputs: readonly string[];
}

/** Numbers of fields. */
const MODEL = { version: 1, graph: 7, operators: 8, functions: 25 } as const;
const GRAPH = { node: 1, name: 2, weight: 5, input: 11, output: 12, sparse: 15 } as const;
const NODE = { input: 1, output: 2, op: 4, attribute: 5 } as const;
const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
const [TENSOR_NAME, TENSOR_DATA] = [8, 9];
const NAME = 1;

/** TensorProto.DataType of onnxruntime's names. */
const TYPES: Readonly<Record<string, number>> = { float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12, uint64: 13 };

/** Throws RangeError for what is no ONNX, or holds sparse weights. */
export function readPieces(model: Uint8Array): OnnxPieces {
  const head: Uint8Array[] = [];
  let graph: Uint8Array = new Uint8Array();
  for (const { field, content, whole } of fieldsOf(model)) {
    if (field === MODEL.graph && content !== null) graph = content;
    else if (field === MODEL.version || field === MODEL.operators || field === MODEL.functions) head.push(whole);
  }
  const nodes: NodePiece[] = [];
  const weights = new Map<string, Uint8Array>();
  const outputs: string[] = [];
  for (const part of fieldsOf(graph)) {
    const content = part.content ?? new Uint8Array();
    if (part.field === GRAPH.node) nodes.push(nodePiece(part));
    else if (part.field === GRAPH.weight) weights.set(textOf(content, TENSOR_NAME), part.whole);
    else if (part.field === GRAPH.output) outputs.push(textOf(content, NAME));
    else if (part.field === GRAPH.sparse) throw new RangeError('sparse weights are not taken apart');
  }
  return { head, nodes, weights, outputs };
}

/**
 * A model of these nodes and the weights that they need. Its outputs have the types and shapes that onnxruntime infers.
 * Throws RangeError for a type that is none of numbers.
 */
export function modelOfPieces({ head, weights }: OnnxPieces, { nodes, inputs, constants, outputs }: PartSpec): Uint8Array {
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...outputs]);
  const graph = [
    ...nodes.map(({ whole }) => whole),
    text(GRAPH.name, 'part'),
    ...[...weights].flatMap(([name, whole]) => (used.has(name) ? [whole] : [])),
    ...constants.map(({ name, type, dims, data }) => message(GRAPH.weight, [...sides(dims), integer(2, elementOf(type)), text(TENSOR_NAME, name), message(TENSOR_DATA, [data])])),
    ...inputs.map(({ name, type, dims }) => message(GRAPH.input, [text(NAME, name), message(2, [message(1, [integer(1, elementOf(type)), message(2, sides(dims).map((side) => message(1, [side])))])])])),
    ...outputs.map((name) => message(GRAPH.output, [text(NAME, name)])),
  ];
  return Buffer.concat([...head, message(MODEL.graph, graph)]);
}

const sides = (dims: readonly number[]): Buffer[] => dims.map((side) => integer(1, side));

function elementOf(type: string): number {
  const element = TYPES[type];
  if (element === undefined) throw new RangeError(`a part cannot be given ${type}`);
  return element;
}

function nodePiece({ content, whole }: Field): NodePiece {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let op = '';
  for (const { field, content: value } of fieldsOf(content ?? new Uint8Array())) {
    if (value === null) continue;
    if (field === NODE.input) inputs.push(decoded(value));
    else if (field === NODE.output) outputs.push(decoded(value));
    else if (field === NODE.op) op = decoded(value);
    else if (field === NODE.attribute) inputs.push(...readInside(value));
  }
  return { op, inputs, outputs, whole };
}

/** What the nodes of an attribute's graphs read; their own values have names that occur nowhere else. */
const readInside = (attribute: Uint8Array): string[] =>
  [...fieldsOf(attribute)].flatMap(({ field, content }) => (content !== null && (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs) ? [...fieldsOf(content)].flatMap((part) => (part.field === GRAPH.node ? nodePiece(part).inputs : [])) : []));

function textOf(bytes: Uint8Array, wanted: number): string {
  for (const { field, content } of fieldsOf(bytes)) if (field === wanted && content !== null) return decoded(content);
  return '';
}

const decoded = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

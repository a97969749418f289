import { delimited, float, integer, message, text } from './protobuf.ts';

/**
 * Writes ONNX models (onnx/onnx.proto; protobuf wire format). A model comes out as parts in order, so that weights are
 * read and written one at a time and never lie in memory together.
 */

export type Dimension = number | string;
export type Attribute = number | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  /** Of the operator set; ONNX's own when absent. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxWeight {
  readonly name: string;
  readonly type: keyof typeof ELEMENT;
  readonly dims: readonly number[];
  /** Little-endian, row-major; as many bytes as type and dims say. */
  readonly data: Uint8Array | (() => Promise<Uint8Array>);
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxWeight[];
  /** f32 where `types` says nothing else. */
  readonly inputs: Readonly<Record<string, readonly Dimension[]>>;
  readonly outputs: Readonly<Record<string, readonly Dimension[]>>;
  readonly types?: Readonly<Record<string, OnnxWeight['type']>>;
}

export const MICROSOFT = 'com.microsoft';

const OPSET = 17;
/** Of the format, for operator set 17. */
const IR_VERSION = 8;
/** TensorProto.DataType. */
const FLOAT = 1;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;
const ELEMENT = { float32: { id: FLOAT, bytes: 4 }, float16: { id: 10, bytes: 2 }, int64: { id: 7, bytes: 8 }, int8: { id: 3, bytes: 1 }, uint8: { id: 2, bytes: 1 } } as const;

/** TensorProto.DataLocation. */
const EXTERNAL = 1;
const ALIGNMENT = 64;

const weightBytes = ({ type, dims }: OnnxWeight): number => dims.reduce((a, b) => a * b, ELEMENT[type].bytes);

/** Pieces of a file in order: bytes, or what reads a weight's bytes that come there. */
export interface FileParts {
  readonly parts: readonly OnnxWeight['data'][];
  /** Of all parts; known before a weight is read. */
  readonly bytes: number;
}

/** The model as one file. */
export function modelFile(graph: OnnxGraph): FileParts {
  return assemble(graph, graph.weights.map((weight) => ({ header: weightHeader(weight, [delimited(9, weightBytes(weight))]), weight })));
}

/**
 * The model as two files, as protobuf needs it above 2 GB: the graph with its small constants, and beside it the weights
 * (onnx/docs/ExternalData.md), each from a multiple of ALIGNMENT bytes. @param location the second file's name.
 */
export function modelWithData(graph: OnnxGraph, location: string): { readonly graph: FileParts; readonly data: FileParts } {
  const parts: OnnxWeight['data'][] = [];
  let bytes = 0;
  const weights = graph.weights.map((weight) => {
    // A constant may say what shape a tensor has, so it belongs into the graph.
    if (weight.data instanceof Uint8Array) return { header: weightHeader(weight, [delimited(9, weightBytes(weight))]), weight };
    const padding = -bytes & (ALIGNMENT - 1);
    if (padding > 0) parts.push(new Uint8Array(padding));
    const where = { location, offset: String(bytes + padding), length: String(weightBytes(weight)) };
    parts.push(weight.data);
    bytes += padding + weightBytes(weight);
    return { header: weightHeader(weight, [...Object.entries(where).map(([key, value]) => message(13, [text(1, key), text(2, value)])), integer(14, EXTERNAL)], 0), weight: null };
  });
  return { graph: assemble(graph, weights), data: { parts, bytes } };
}

/** `weight`: whose data follows the header, or null. */
function assemble(graph: OnnxGraph, weights: readonly { readonly header: Buffer; readonly weight: OnnxWeight | null }[]): FileParts {
  const nodes = graph.nodes.map(node).concat(text(2, graph.name));
  const end = (field: number) => ([name, shape]: readonly [string, readonly Dimension[]]): Buffer => valueInfo(field, name, shape, graph.types?.[name] ?? 'float32');
  const ends = [...Object.entries(graph.inputs).map(end(11)), ...Object.entries(graph.outputs).map(end(12))];
  const data = weights.reduce((sum, { weight }) => sum + (weight === null ? 0 : weightBytes(weight)), 0);
  const size = [...nodes, ...ends, ...weights.map(({ header }) => header)].reduce((sum, part) => sum + part.length, data);
  const model = [integer(1, IR_VERSION), text(2, 'Maskwright'), ...[['', OPSET] as const, [MICROSOFT, 1] as const].map(([domain, version]) => message(8, [text(1, domain), integer(2, version)]))];
  const head = Buffer.concat([...model, delimited(7, size)]);
  return { parts: [head, ...nodes, ...weights.flatMap(({ header, weight }) => (weight === null ? [header] : [header, weight.data])), ...ends], bytes: head.length + size };
}

/** A TensorProto of the graph up to its data, of which `inside` bytes follow. `where`: the fields that tell of the data. */
function weightHeader(weight: OnnxWeight, where: readonly Buffer[], inside = weightBytes(weight)): Buffer {
  const fields = [...weight.dims.map((side) => integer(1, side)), integer(2, ELEMENT[weight.type].id), text(8, weight.name), ...where];
  return Buffer.concat([delimited(5, fields.reduce((sum, field) => sum + field.length, inside)), ...fields]);
}

const node = ({ op, domain, inputs, outputs, attributes = {} }: OnnxNode): Buffer =>
  message(1, [...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, op), ...Object.entries(attributes).map(attribute), ...(domain === undefined ? [] : [text(7, domain)])]);

function attribute([name, value]: readonly [string, Attribute]): Buffer {
  if (typeof value === 'number') return message(5, [text(1, name), integer(3, value), integer(20, ATTRIBUTE.int)]);
  if ('float' in value) return message(5, [text(1, name), float(2, value.float), integer(20, ATTRIBUTE.float)]);
  return message(5, [text(1, name), ...value.map((number) => integer(8, number)), integer(20, ATTRIBUTE.ints)]);
}

const valueInfo = (field: number, name: string, shape: readonly Dimension[], type: OnnxWeight['type']): Buffer =>
  message(field, [text(1, name), message(2, [message(1, [integer(1, ELEMENT[type].id), message(2, shape.map((side) => message(1, [typeof side === 'number' ? integer(1, side) : text(2, side)])))])])]);

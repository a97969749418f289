import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Preparation } from '../../../src-shared/contract/models.ts';
import { elements } from '../sam-graph.ts';
import type { EmbeddingPart } from '../sam-graph.ts';

/** What a session says of its inputs and outputs. */
export type Signature = Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>;

export interface SignaturePair {
  readonly encoder: Signature;
  readonly decoder: Signature;
  /** Side of the frame where the graph leaves it open. */
  readonly inputSize: number;
  /** How images are prepared, where the graphs leave it to their caller; `sam` when absent. */
  readonly preparation?: Preparation;
}

export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  /** Null for an open side. */
  readonly shape: readonly (number | null)[];
}

/** Far below and above any model there is; a graph that announces more is damaged or means harm. */
const SMALLEST_FRAME = 64;
const LARGEST_SIDE = 4_096;
const LARGEST_EMBEDDING = 1 << 26;
/** Of a description: a graph can have a thousand outputs. */
const LONGEST_LIST = 12;

export const inputs = (signature: Signature): TensorInfo[] => signature.inputMetadata.map(info);
export const outputs = (signature: Signature): TensorInfo[] => signature.outputMetadata.map(info);

function info(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) return { name: metadata.name, type: 'no tensor', shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape.map((side) => (typeof side === 'number' && side > 0 ? side : null)) };
}

/** "x float32 [1, 3, 1024, 1024]", an open side as ?. */
const written = ({ name, type, shape }: TensorInfo): string => `${name} ${type} [${shape.map((side) => side ?? '?').join(', ')}]`;
const list = (tensors: readonly TensorInfo[]): string => `${tensors.slice(0, LONGEST_LIST).map(written).join(', ')}${tensors.length > LONGEST_LIST ? ` and ${tensors.length - LONGEST_LIST} more` : ''}`;
export const describe = (signature: Signature): string => `takes ${list(inputs(signature))} and gives ${list(outputs(signature))}`;

/** Reads a pair of signatures for a family. Every complaint is 'model-invalid' and says what the family expects and what is there. */
export class PairReader {
  readonly #family: string;
  readonly #pair: SignaturePair;

  constructor(family: string, pair: SignaturePair) {
    this.#family = family;
    this.#pair = pair;
  }

  /** @param what completes "it is not …, because …". */
  invalid(what: string): never {
    const { encoder, decoder } = this.#pair;
    throw new MaskwrightError('model-invalid', `These graphs come nearest to ${this.#family}, but do not fit: ${what}. The encoder ${describe(encoder)}; the decoder ${describe(decoder)}. Choose another model, or export this one again.`);
  }

  /** The decoder's inputs by name; there must be no others than `known`, and each of `needed`. */
  decoderInputs(needed: readonly string[], optional: readonly string[]): ReadonlyMap<string, TensorInfo> {
    const found = new Map(inputs(this.#pair.decoder).map((input) => [input.name, input]));
    for (const name of needed) if (!found.has(name)) this.invalid(`the decoder has no input "${name}"`);
    for (const name of found.keys()) if (!needed.includes(name) && !optional.includes(name)) this.invalid(`the decoder wants "${name}", which this family does not have`);
    return found;
  }

  /** The first of these names that the decoder has as an output. */
  decoderOutput(...names: readonly [string, ...string[]]): string {
    const there = new Set(outputs(this.#pair.decoder).map(({ name }) => name));
    return names.find((name) => there.has(name)) ?? this.invalid(`the decoder has no output "${names[0]}"`);
  }

  /** The encoder's only input: float32. */
  picture(): TensorInfo {
    const [picture, ...more] = inputs(this.#pair.encoder);
    if (picture === undefined || more.length > 0) this.invalid(`the encoder has ${more.length === 0 ? 'no input' : `${more.length + 1} inputs`}, not one picture`);
    this.typed(picture, ['float32']);
    return picture;
  }

  /** Side of a square frame [1, 3, S, S], the pair's own where the graph leaves it open. */
  frameSide({ name, shape }: TensorInfo): number {
    const [batch, channels, height, width] = shape;
    if (shape.length !== 4 || (batch !== null && batch !== 1) || (channels !== null && channels !== 3)) this.invalid(`the encoder's input "${name}" is not one RGB picture [1, 3, height, width]`);
    if (height !== null && width !== null && height !== width) this.invalid(`the encoder's frame is ${width} × ${height} pixels, not square`);
    const side = height ?? width ?? this.#pair.inputSize;
    return side >= SMALLEST_FRAME && side <= LARGEST_SIDE ? side : this.invalid(`a frame of ${side} pixels is impossible`);
  }

  typed({ name, type }: TensorInfo, types: readonly string[]): void {
    if (!types.includes(type)) this.invalid(`"${name}" is ${type}, not ${types.join(' or ')}`);
  }

  /** What the encoder gives under `output`, as the decoder takes it in `taken`: a side that one leaves open is the other's. */
  embedding(output: string, taken: TensorInfo, rank = 4): EmbeddingPart {
    const made = outputs(this.#pair.encoder).find(({ name }) => name === output) ?? this.invalid(`the encoder has no output "${output}"`);
    this.typed(made, ['float32']);
    this.typed(taken, ['float32']);
    for (const { name, shape } of [made, taken]) if (shape.length !== rank) this.invalid(`"${name}" has ${shape.length} dimensions, not ${rank}`);
    const shape = taken.shape.map((side, i) => {
      const other = made.shape[i] ?? null;
      if (side !== null && other !== null && side !== other) this.invalid(`the encoder makes embeddings of ${sides(made.shape)}, the decoder takes ${sides(taken.shape)}; they belong to different models`);
      return side ?? other ?? (i === 0 ? 1 : this.invalid(`the shape of "${taken.name}" is open`));
    });
    if (shape[0] !== 1) this.invalid(`"${taken.name}" holds ${shape[0]} pictures at once, not one`);
    if (!(elements(shape) <= LARGEST_EMBEDDING)) this.invalid(`an embedding of ${sides(shape)} is impossible`);
    return { output, shape };
  }

  /** Side of the low-resolution logits, from the mask prompt [1, 1, side, side]. */
  lowRes({ name, shape }: TensorInfo): number {
    const [, , height, width] = shape;
    if (shape.length !== 4 || height === undefined || height === null || height !== width || height > LARGEST_SIDE) this.invalid(`the size of the low-resolution masks is not to be read off "${name}": it is open, not square or impossible`);
    return height;
  }
}

const sides = (shape: readonly (number | null)[]): string => shape.map((side) => side ?? '?').join(' × ');

/** Numbers as the type that a graph wants them in. */
export function tensorOf({ type }: Pick<TensorInfo, 'type'>, values: Float32Array | readonly number[], dims: readonly number[]): Tensor {
  if (type === 'int64') return new Tensor('int64', BigInt64Array.from(values, (value) => BigInt(Math.round(value))), dims);
  if (type === 'int32') return new Tensor('int32', Int32Array.from(values), dims);
  return new Tensor('float32', values instanceof Float32Array ? values : Float32Array.from(values), dims);
}

/** Types that tensorOf can make. */
export const NUMBERS = ['float32', 'int32', 'int64'];

/** The parts of an embedding, which lie one after the other, as the decoder's inputs of these names. */
export function embeddingFeeds(names: readonly string[], parts: readonly EmbeddingPart[], embedding: Float32Array): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  let at = 0;
  for (const [i, { shape }] of parts.entries()) {
    const length = elements(shape);
    feeds[names[i] ?? ''] = new Tensor('float32', embedding.subarray(at, at + length), shape);
    at += length;
  }
  return feeds;
}

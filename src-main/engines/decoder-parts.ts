import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { modelOfPieces, readPieces } from '../models/import/onnx-pieces.ts';
import type { OnnxPieces, PartConstant } from '../models/import/onnx-pieces.ts';
import { splitGraph } from '../models/import/split-graph.ts';
import type { GraphPart, SplitGraph } from '../models/import/split-graph.ts';
import type { GraphBytes } from './sam-files.ts';
import type { DecoderPrompt, Feeds, SamGraph } from './sam-graph.ts';
import { floats, free, runDecoder } from './sam-run.ts';
import { openDecoder } from './sam-sessions.ts';
import type { Sessions } from './sam-sessions.ts';

/** A single point as the decoder takes it. */
export type PointPrompt = Pick<DecoderPrompt, 'coords' | 'labels'>;

/** What the decoder says of a point: [k] predicted IoUs, and [k, lowRes, lowRes] logits, or null where they were not wanted. */
export interface PointRun {
  readonly ious: Float32Array;
  readonly logits: Float32Array | null;
}

/** Answers points of one picture. */
export type PointDecoder = (prompt: PointPrompt, isWanted: (ious: Float32Array) => boolean) => Promise<PointRun>;

/** The parts' numbers may be off by this share of the largest: the same sums in another order. */
const TOLERANCE = 1e-5;
/** Points at which the parts are compared with the whole, as shares of the frame. */
const PROBES = [[0.5, 0.5], [0.21, 0.34], [0.83, 0.67]] as const;
/** Share of the points whose masks are made, as far as is known before. */
const MASKS_MADE = 0.5;

type PartSessions = Readonly<Record<'fixed' | 'first' | 'second', InferenceSession>>;

/**
 * A decoder in three parts, for many single points of a picture: what is the same for all of them is run once a picture,
 * the predicted IoUs once a point, and the masks only where the predicted IoU makes them worth it.
 */
export class DecoderParts {
  readonly #graph: SamGraph;
  readonly #split: SplitGraph;
  readonly #sessions: PartSessions;
  #last: { readonly embedding: Float32Array; readonly decoder: PointDecoder } | null = null;

  constructor(graph: SamGraph, split: SplitGraph, sessions: PartSessions) {
    this.#graph = graph;
    this.#split = split;
    this.#sessions = sessions;
  }

  /** For the picture of this embedding; that of the last one is kept. */
  async prepare(embedding: Float32Array): Promise<PointDecoder> {
    if (this.#last?.embedding === embedding) return this.#last.decoder;
    this.#last = null;
    const { fixed } = this.#sessions;
    const { settled } = this.#split;
    const wanted = this.#split.fixed.outputs.filter((name) => !settled.includes(name));
    const values = await fixed.run(pick(this.#feeds(embedding, probe(this.#graph, PROBES[0])), fixed.inputNames), wanted);
    const decoder: PointDecoder = (prompt, isWanted) => this.#run({ ...this.#feeds(embedding, prompt), ...values }, isWanted);
    this.#last = { embedding, decoder };
    return decoder;
  }

  async #run(values: Feeds, isWanted: (ious: Float32Array) => boolean): Promise<PointRun> {
    const { first, second } = this.#sessions;
    const names = this.#graph.decoderOutputs;
    const made = await first.run(pick(values, first.inputNames), this.#split.first.outputs);
    try {
      const ious = floats(made[names.ious], null);
      if (!isWanted(ious)) return { ious, logits: null };
      const masks = await second.run(pick({ ...values, ...made }, second.inputNames), this.#split.second.outputs);
      return { ious, logits: floats(masks[names.masks], ious.length * this.#graph.lowRes ** 2) };
    } finally {
      // Megabytes a point, which would wait for the collector by the hundred.
      for (const [name, value] of Object.entries(made)) if (name !== names.ious) free(value);
    }
  }

  #feeds(embedding: Float32Array, prompt: PointPrompt): Feeds {
    return this.#graph.decoderFeeds({ embedding, ...prompt, mask: null });
  }
}

/**
 * The parts of a decoder, or null where they are not worth having: where nothing in the graph is the same for all points,
 * where the parts do not give the numbers of the whole, or are slower. Which inputs differ from point to point is seen in
 * what the family feeds, and what depends on them in the graph, so that it works for every family.
 * Rejects with onnxruntime's own error, or RangeError for a graph that cannot be taken apart.
 * @param embedding of a real picture, with which they are tried
 */
export async function openParts(bytes: GraphBytes, { graph, decoder }: Pick<Sessions, 'graph' | 'decoder'>, provider: string, embedding: Float32Array): Promise<DecoderParts | null> {
  const pieces = readPieces(bytes.graph);
  const [feeds, others] = [PROBES[0], PROBES[1]].map((at) => graph.decoderFeeds({ embedding, ...probe(graph, at), mask: null }));
  if (feeds === undefined || others === undefined) return null;
  const inputs = Object.keys(feeds);
  const varying = new Set(inputs.filter((name) => Buffer.compare(bytesOf(feeds[name]), bytesOf(others[name])) !== 0));
  const split = splitGraph(pieces, { inputs, varying, first: graph.decoderOutputs.ious, second: graph.decoderOutputs.masks });
  if (split === null) return null;
  const opened: InferenceSession[] = [];
  try {
    const open = async (part: GraphPart, values: Feeds, constants: readonly PartConstant[], seldom = false): Promise<InferenceSession> => {
      const session = await openDecoder({ graph: partModel(pieces, part, values, constants), external: bytes.external }, provider, seldom);
      opened.push(session);
      return session;
    };
    const fixed = await open(split.fixed, feeds, [], true);
    let values: Feeds = { ...feeds, ...(await fixed.run(pick(feeds, fixed.inputNames), split.fixed.outputs)) };
    const constants = split.settled.map((name): PartConstant => ({ ...described(name, values), data: bytesOf(values[name]) }));
    const first = await open(split.first, values, constants);
    values = { ...values, ...(await first.run(pick(values, first.inputNames), split.first.outputs)) };
    const second = await open(split.second, values, constants);
    const parts = new DecoderParts(graph, split, { fixed, first, second });
    const { same, faster } = await compared(parts, { graph, decoder }, embedding);
    // On the CPU the parts do less than the whole, and a busy machine measures badly; elsewhere it costs something to bring values from part to part.
    if (same && (faster || provider === 'cpu')) return parts;
  } catch (error) {
    await Promise.all(opened.map((session) => session.release()));
    throw error;
  }
  await Promise.all(opened.map((session) => session.release()));
  return null;
}

function partModel(pieces: OnnxPieces, part: GraphPart, values: Feeds, constants: readonly PartConstant[]): Uint8Array {
  const known = new Set(constants.map(({ name }) => name));
  const inputs = part.inputs.filter((name) => !known.has(name)).map((name) => described(name, values));
  return modelOfPieces(pieces, { nodes: part.nodes, inputs, constants: constants.filter(({ name }) => part.inputs.includes(name)), outputs: part.outputs });
}

/** Whether the parts give the same numbers as the whole at all probes, and take less time at the best of them. */
async function compared(parts: DecoderParts, { graph, decoder }: Pick<Sessions, 'graph' | 'decoder'>, embedding: Float32Array): Promise<{ same: boolean; faster: boolean }> {
  const run = await parts.prepare(embedding);
  let [whole, iousOnly, all] = [Infinity, Infinity, Infinity];
  for (const at of PROBES) {
    const prompt = probe(graph, at);
    const start = performance.now();
    await run(prompt, () => false);
    const middle = performance.now();
    const { ious, logits } = await run(prompt, () => true);
    const end = performance.now();
    const expected = await runDecoder(graph, decoder, { embedding, ...prompt, mask: null });
    if (!isSame(ious, expected.ious) || logits === null || !isSame(logits, expected.logits)) return { same: false, faster: false };
    iousOnly = Math.min(iousOnly, middle - start);
    all = Math.min(all, end - middle);
    whole = Math.min(whole, expected.ms);
  }
  return { same: true, faster: iousOnly + MASKS_MADE * (all - iousOnly) < whole };
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  let [most, largest] = [0, 1];
  for (let i = 0; i < b.length; i++) {
    most = Math.max(most, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
    largest = Math.max(largest, Math.abs(b[i] ?? NaN));
  }
  return a.length === b.length && most <= TOLERANCE * largest;
}

const probe = ({ frame }: SamGraph, [x, y]: readonly [number, number]): PointPrompt => ({ coords: Float32Array.of(x * frame, y * frame), labels: Float32Array.of(1) });

function described(name: string, values: Feeds): Omit<PartConstant, 'data'> {
  const value = values[name];
  if (value === undefined) throw new RangeError(`nothing makes "${name}"`);
  return { name, type: value.type, dims: value.dims };
}

function bytesOf(value: Tensor | undefined): Uint8Array {
  const data = value?.data;
  if (!ArrayBuffer.isView(data)) throw new RangeError('a value is no array of numbers');
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const pick = (values: Feeds, names: readonly string[]): Feeds => Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));

import type { ModelEntry } from '../models/catalogue.ts';
import type { Bench, Figures } from './choose-provider.ts';
import type { ModelBytes } from './sam-files.ts';
import { embeddingLength } from './sam-graph.ts';
import type { FramePicture } from './sam-graph.ts';
import { runDecoder, runEncoder } from './sam-run.ts';
import type { DecoderRun } from './sam-run.ts';
import { closeSessions, openSessions } from './sam-sessions.ts';
import type { Sessions } from './sam-sessions.ts';

/** What the CPU answers to the probe. */
export interface Reference extends Figures {
  readonly embedding: Float32Array;
  readonly logits: Float32Array;
}

/** A model is compiled within this. */
const PATIENCE_MS = 10_000;

/** A provider can be wrong or slow without saying so: it and the CPU are given the same picture and the same point. */
export function selfTest(bytes: ModelBytes, entry: ModelEntry): Bench<Sessions, Reference> {
  return {
    open: (provider) => openSessions(bytes, entry, provider),
    close: closeSessions,
    reference: async (cpu) => {
      // Once: with a large model each run takes a minute, and allocations are little of that.
      const picture = probePicture(cpu.graph.frame);
      const encoded = await timedOnce(() => runEncoder(cpu.graph, cpu.encoder, picture));
      const decoded = await timed(() => probeDecoder(cpu, encoded.value));
      return { embedding: encoded.value, logits: decoded.value.logits, encoderMs: encoded.ms, decoderMs: decoded.ms };
    },
    compare: async (sessions, reference) => {
      const picture = probePicture(sessions.graph.frame);
      const encode = (): Promise<Float32Array> => runEncoder(sessions.graph, sessions.encoder, picture);
      const first = await timedOnce(encode);
      // The first run pays for compiling; but not this much, and with a large model a second one would take minutes.
      const encoded = first.ms > 2 * reference.encoderMs + PATIENCE_MS ? first : await timedOnce(encode);
      // Of the CPU's embedding, so that each half's own error is seen.
      const decoded = await timed(() => probeDecoder(sessions, reference.embedding));
      const worse = Math.max(difference(encoded.value, reference.embedding), difference(decoded.value.logits, reference.logits));
      return { encoderMs: encoded.ms, decoderMs: decoded.ms, difference: worse };
    },
  };
}

/** One run of the decoder over an empty embedding: what it answers, and how long a second one takes, in milliseconds. */
export const timeDecoder = (sessions: Sessions): Promise<{ value: DecoderRun; ms: number }> => timed(() => probeDecoder(sessions, emptyEmbedding(sessions)));

/** What the decoder answers to a point; of an empty embedding. */
export const tryDecoder = (sessions: Sessions): Promise<DecoderRun> => probeDecoder(sessions, emptyEmbedding(sessions));

/** What the model answers to a picture and a point, once. */
export async function tryModel(sessions: Sessions): Promise<DecoderRun> {
  const { graph, encoder } = sessions;
  return probeDecoder(sessions, await runEncoder(graph, encoder, probePicture(graph.frame)));
}

const emptyEmbedding = ({ graph }: Sessions): Float32Array => new Float32Array(embeddingLength(graph));

function probeDecoder({ graph, decoder }: Sessions, embedding: Float32Array): Promise<DecoderRun> {
  const middle = graph.frame / 2;
  return runDecoder(graph, decoder, { embedding, coords: Float32Array.of(middle, middle), labels: Float32Array.of(1), mask: null });
}

/** A disc on a gradient, filling the frame: as bright and as varied as a photograph. */
function probePicture(frame: number): FramePicture {
  const rgb = new Uint8Array(3 * frame * frame);
  for (let y = 0, i = 0; y < frame; y++) {
    for (let x = 0; x < frame; x++) {
      const inside = Math.hypot(x - frame / 2, y - frame / 2) < frame / 4;
      for (let c = 0; c < 3; c++, i++) rgb[i] = (inside ? 210 - 60 * c : 60 + (60 * (x + c * y)) / frame) + 6 * Math.sin(x * 0.7 + y * 0.3);
    }
  }
  return { rgb, inputWidth: frame, inputHeight: frame };
}

/** The second run: the first one pays for allocations and, on a GPU, for compiling. */
async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  await run();
  return timedOnce(run);
}

async function timedOnce<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

/** Root mean square of the difference over that of `b`. */
function difference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let error = 0;
  let power = 0;
  for (let i = 0; i < a.length; i++) {
    error += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    power += (b[i] ?? 0) ** 2;
  }
  return Math.sqrt(error / Math.max(power, Number.MIN_VALUE));
}

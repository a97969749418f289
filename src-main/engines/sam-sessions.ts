import { availableParallelism } from 'node:os';
import { InferenceSession } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import { recognise } from './families/families.ts';
import type { GraphBytes, ModelBytes } from './sam-files.ts';
import type { SamGraph } from './sam-graph.ts';
import { whyNot } from './sam-providers.ts';

/** A model opened on a provider. */
export interface Sessions {
  readonly graph: SamGraph;
  readonly encoder: InferenceSession;
  readonly decoder: InferenceSession;
}

/** Throws onnxruntime's own error; on the CPU 'model-invalid', as `recognise` does. */
export async function openSessions(bytes: ModelBytes, entry: ModelEntry, provider: string): Promise<Sessions> {
  let encoder: InferenceSession;
  let decoder: InferenceSession;
  try {
    encoder = await openSession(bytes.encoder, provider);
    decoder = await openDecoder(bytes.decoder, provider);
  } catch (cause) {
    if (provider !== 'cpu') throw cause;
    throw new MaskwrightError('model-invalid', `The model "${entry.name}" cannot be opened: ${whyNot(cause)}. Choose another model.`, entry.id, { cause });
  }
  return { graph: recognise({ encoder, decoder, inputSize: entry.inputSize, preparation: entry.preparation }), encoder, decoder };
}

export async function closeSessions({ encoder, decoder }: Sessions): Promise<void> {
  await Promise.all([encoder.release(), decoder.release()]);
}

/** The same model with its decoder on the CPU. */
export async function withCpuDecoder(sessions: Sessions, bytes: ModelBytes): Promise<Sessions> {
  await sessions.decoder.release();
  return { ...sessions, decoder: await openDecoder(bytes.decoder, 'cpu') };
}

interface SpecialOptions {
  /** Names of onnxruntime's optimisations that are not to be made. */
  readonly without?: readonly string[];
  /** It is run so seldom that its memory is given back after each run. */
  readonly seldom?: boolean;
}

/** Throws onnxruntime's own error. */
export const openSession = ({ graph, external }: GraphBytes, provider: string, special: SpecialOptions = {}): Promise<InferenceSession> =>
  InferenceSession.create(graph, { ...sessionOptions(provider, special), ...(external.length === 0 ? {} : { externalData: external }) });

/**
 * Optimisations that onnxruntime makes or not by what it knows of shapes and constants. A decoder and its parts
 * (decoder-parts.ts), of which more is known, are opened without them, so that on the CPU both give the same bits; they gain
 * little, and adding and normalising in one takes three times as long as one after the other.
 */
const UNSTEADY = ['SkipLayerNormFusion', 'MatMulAddFusion', 'MatMulScaleFusion'];

/** Throws onnxruntime's own error. */
export const openDecoder = (bytes: GraphBytes, provider: string, seldom = false): Promise<InferenceSession> => openSession(bytes, provider, { without: provider === 'cpu' ? UNSTEADY : [], seldom });

/**
 * Without spinning: onnxruntime's idle threads otherwise burn the cores for a while after each run, just when the answer
 * has to travel through main to the page. On two cores that doubled the time from click to candidate.
 * Without memory patterns: from its second run on, an encoder otherwise keeps a second block of all its intermediate
 * tensors, 0.8 GB for ViT-B, and is no faster for it.
 */
function sessionOptions(provider: string, { without = [], seldom = false }: SpecialOptions): InferenceSession.SessionOptions {
  return { executionProviders: [provider], intraOpNumThreads: threads(), graphOptimizationLevel: 'all', enableMemPattern: false, enableCpuMemArena: !seldom, extra: { session: { intra_op: { allow_spinning: '0' } }, optimization: { disable_specified_optimizers: without.join(';') } } };
}

/** Above four, half of what the system counts are second threads of the same cores, which only slow matrix products down. */
export const threads = (): number => {
  const cores = availableParallelism();
  return cores <= 4 ? cores : Math.min(16, Math.ceil(cores / 2));
};

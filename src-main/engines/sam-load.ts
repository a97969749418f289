import { availableParallelism } from 'node:os';
import { InferenceSession, env } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ModelLimits, ProviderReport } from '../../src-shared/contract/models.ts';
import { readModel } from './sam-files.ts';
import type { GraphBytes, ModelBytes } from './sam-files.ts';
import { officialExport } from './sam-graph.ts';
import type { SamGraph } from './sam-graph.ts';
import type { LoadParams } from './sam-messages.ts';
import { runDecoder, runEncoder } from './sam-run.ts';
import { ProviderMemory, isFallback, providerName, providersToTry, whyNot } from './sam-providers.ts';

export interface LoadedModel {
  readonly graph: SamGraph;
  readonly encoder: InferenceSession;
  readonly decoder: InferenceSession;
  /** As onnxruntime names it. */
  readonly provider: string;
  readonly reason: string | null;
  /** A better provider's hardware is there, or may be, but could not be used. */
  readonly fallback: boolean;
  readonly limits: ModelLimits;
  readonly providers: readonly ProviderReport[];
}

type Sessions = Pick<LoadedModel, 'graph' | 'encoder' | 'decoder'>;

/** A provider that is not used, and why: as whyNot says it. */
interface PassedOver {
  readonly provider: string;
  readonly reason: string;
}

/**
 * Verifies a model and opens it on the best execution provider that is there, right and no slower than the CPU;
 * otherwise on the CPU, with the reasons. `trying` is told each provider before it is tried.
 * Throws 'model-missing', 'model-hash' or 'model-invalid'.
 */
export async function loadModel(params: LoadParams, trying: (provider: string) => void): Promise<LoadedModel> {
  const bytes = await readModel(params.entry, params.folder);
  const memory = new ProviderMemory(params.providersFile);
  const passedOver: PassedOver[] = [];
  for (const provider of (params.providers ?? providersToTry()).filter((p) => p !== 'cpu')) {
    if (params.avoid.includes(provider)) {
      passedOver.push({ provider, reason: 'the engine stopped while using it' });
      continue;
    }
    trying(provider);
    // One after the other: a provider is tried only when the better one before it is not to be had.
    const attempt = await attemptProvider(provider, params, bytes, memory);
    if (typeof attempt !== 'string') return finish(attempt, provider, passedOver);
    passedOver.push({ provider, reason: attempt });
  }
  trying('cpu');
  return finish(await openSessions(bytes, params, 'cpu'), 'cpu', passedOver);
}

async function finish(sessions: Sessions, provider: string, passedOver: readonly PassedOver[]): Promise<LoadedModel> {
  const probed = await probeDecoder(sessions, new Float32Array(sessions.graph.embedding.reduce((a, b) => a * b)));
  const reason = passedOver.length === 0 ? null : `Running on ${providerName(provider)}. ${passedOver.map((p) => `${providerName(p.provider)}: ${p.reason}`).join('; ')}.`;
  return { ...sessions, provider, reason, fallback: isFallback(passedOver.map((p) => p.reason)), limits: { multimask: probed.ious.length >= 4, backgroundPoints: true, box: true, maskInput: true, maxPoints: null }, providers: [] };
}

/** The sessions, or why not. */
async function attemptProvider(provider: string, params: LoadParams, bytes: ModelBytes, memory: ProviderMemory): Promise<Sessions | string> {
  const key = `${provider} ${env.versions.node ?? env.versions.common} ${params.hash}`;
  const known = await memory.recall(key);
  if (known.verdict === 'refused') return known.reason ?? 'it was found unfit';
  if (!(await memory.begin(key))) return 'the engine stopped each time it was tried';
  let sessions: Sessions;
  try {
    sessions = await openSessions(bytes, params, provider);
  } catch (error) {
    await memory.end(key, null);
    return whyNot(error);
  }
  try {
    if (known.verdict === 'good') {
      await memory.end(key, known);
      return known.decoderOnCpu ? await withCpuDecoder(sessions, bytes) : sessions;
    }
    return await compareWithCpu(sessions, params, bytes, (found) => memory.end(key, found));
  } catch (error) {
    const reason = whyNot(error);
    await memory.end(key, { verdict: 'refused', reason, decoderOnCpu: false });
    return reason;
  }
}

/** Root mean square of the difference over that of the CPU's answer. Half precision stays below 1 %. */
const TOLERANCE = 0.05;

/** A provider can be wrong or slow without saying so: both run the same picture once, and the outcome is remembered. */
async function compareWithCpu(sessions: Sessions, params: LoadParams, bytes: ModelBytes, remember: (found: { verdict: 'good' | 'refused'; reason: string | null; decoderOnCpu: boolean }) => Promise<void>): Promise<Sessions | string> {
  const cpu = await openSessions(bytes, params, 'cpu');
  const picture = probePicture(cpu.graph.frame);
  const embedding = await timed(() => runEncoder(cpu.graph, cpu.encoder, picture));
  const theirs = await timed(() => runEncoder(sessions.graph, sessions.encoder, picture));
  const masks = await timed(() => probeDecoder(cpu, embedding.value));
  const theirMasks = await timed(() => probeDecoder(sessions, embedding.value));
  const refuse = async (reason: string): Promise<string> => {
    await Promise.all([sessions.encoder.release(), sessions.decoder.release(), cpu.encoder.release(), cpu.decoder.release()]);
    await remember({ verdict: 'refused', reason, decoderOnCpu: false });
    return reason;
  };
  if (!(difference(theirs.value, embedding.value) < TOLERANCE && difference(theirMasks.value.logits, masks.value.logits) < TOLERANCE)) return refuse('its results differ from the CPU’s');
  if (theirs.ms > embedding.ms) return refuse(`it takes ${Math.round(theirs.ms)} ms for a picture, the CPU ${Math.round(embedding.ms)} ms`);
  const decoderOnCpu = theirMasks.ms > masks.ms;
  await remember({ verdict: 'good', reason: null, decoderOnCpu });
  await cpu.encoder.release();
  if (!decoderOnCpu) {
    await cpu.decoder.release();
    return sessions;
  }
  await sessions.decoder.release();
  return { ...sessions, decoder: cpu.decoder };
}

async function withCpuDecoder(sessions: Sessions, bytes: ModelBytes): Promise<Sessions> {
  await sessions.decoder.release();
  return { ...sessions, decoder: await openSession(bytes.decoder, 'cpu') };
}

async function openSessions(bytes: ModelBytes, params: LoadParams, provider: string): Promise<Sessions> {
  let encoder: InferenceSession;
  let decoder: InferenceSession;
  try {
    encoder = await openSession(bytes.encoder, provider);
    decoder = await openSession(bytes.decoder, provider);
  } catch (cause) {
    if (provider !== 'cpu') throw cause;
    throw new MaskwrightError('model-invalid', `The model "${params.entry.name}" cannot be opened: ${whyNot(cause)}. Choose another model.`, params.entry.id, { cause });
  }
  return { graph: officialExport(encoder, decoder, params.entry.inputSize), encoder, decoder };
}

const openSession = ({ graph, external }: GraphBytes, provider: string): Promise<InferenceSession> =>
  InferenceSession.create(graph, { ...sessionOptions(provider), ...(external.length === 0 ? {} : { externalData: external }) });

/**
 * Without spinning: onnxruntime's idle threads otherwise burn the cores for a while after each run, just when the answer
 * has to travel through main to the page. On two cores that doubled the time from click to candidate.
 * Without memory patterns: from its second run on, an encoder otherwise keeps a second block of all its intermediate
 * tensors, 0.8 GB for ViT-B, and is no faster for it.
 */
function sessionOptions(provider: string): InferenceSession.SessionOptions {
  return { executionProviders: [provider], intraOpNumThreads: threads(), graphOptimizationLevel: 'all', enableMemPattern: false, extra: { session: { intra_op: { allow_spinning: '0' } } } };
}

/** Above four, half of what the system counts are second threads of the same cores, which only slow matrix products down. */
const threads = (): number => {
  const cores = availableParallelism();
  return cores <= 4 ? cores : Math.min(16, Math.ceil(cores / 2));
};

const probeDecoder = (sessions: Sessions, embedding: Float32Array): Promise<{ logits: Float32Array; ious: Float32Array }> => {
  const middle = sessions.graph.frame / 2;
  return runDecoder(sessions.graph, sessions.decoder, { embedding, coords: Float32Array.of(middle, middle, 0, 0), labels: Float32Array.of(1, -1), mask: null });
};

/** A disc on a gradient, f32 [3, frame, frame] around zero, as a normalised photograph is. */
function probePicture(frame: number): Float32Array {
  const planes = new Float32Array(3 * frame * frame);
  for (let c = 0, i = 0; c < 3; c++) {
    for (let y = 0; y < frame; y++) {
      for (let x = 0; x < frame; x++, i++) {
        const inside = Math.hypot(x - frame / 2, y - frame / 2) < frame / 4;
        planes[i] = (inside ? 1.5 - c : (x + c * y) / frame - 1) + 0.1 * Math.sin(x * 0.7 + y * 0.3);
      }
    }
  }
  return planes;
}

/** The second run: the first one pays for allocations and, on a GPU, for compiling. */
async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  await run();
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

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

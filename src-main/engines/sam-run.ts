import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { DecoderPrompt, SamGraph } from './sam-graph.ts';

export interface DecoderRun {
  /** [k, lowRes, lowRes] */
  readonly logits: Float32Array;
  /** [k]; can exceed 1. */
  readonly ious: Float32Array;
  /** Milliseconds of the bare session.run. */
  readonly ms: number;
}

/** @param planes f32 [3, frame, frame]. Returns the embedding, whose shape is graph.embedding. */
export async function runEncoder(graph: SamGraph, session: InferenceSession, planes: Float32Array): Promise<Float32Array> {
  const outputs = await session.run(graph.encoderFeeds(planes), [graph.encoderOutput]);
  return floats(outputs[graph.encoderOutput], graph.embedding.reduce((a, b) => a * b));
}

export async function runDecoder(graph: SamGraph, session: InferenceSession, prompt: DecoderPrompt): Promise<DecoderRun> {
  const { masks, ious } = graph.decoderOutputs;
  const feeds = graph.decoderFeeds(prompt);
  const start = performance.now();
  const outputs = await session.run(feeds, [masks, ious]);
  const ms = performance.now() - start;
  const scores = floats(outputs[ious], null);
  return { logits: floats(outputs[masks], scores.length * graph.lowRes ** 2), ious: scores, ms };
}

function floats(tensor: Tensor | undefined, length: number | null): Float32Array {
  const data = tensor?.data;
  if (!(data instanceof Float32Array) || (length !== null && data.length !== length)) {
    throw new MaskwrightError('model-invalid', 'The model answered with a tensor of another shape than it had announced. Choose another model.');
  }
  return data;
}

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { elements, embeddingLength } from './sam-graph.ts';
import type { DecoderPrompt, FramePicture, SamGraph } from './sam-graph.ts';

export interface DecoderRun {
  /** [k, lowRes, lowRes] */
  readonly logits: Float32Array;
  /** [k]; can exceed 1. */
  readonly ious: Float32Array;
  /** Milliseconds of the bare session.run. */
  readonly ms: number;
}

/** The picture's embedding: all parts one after the other, as graph.embeddings lists them. */
export async function runEncoder(graph: SamGraph, session: InferenceSession, picture: FramePicture): Promise<Float32Array> {
  const outputs = await session.run(graph.encoderFeeds(picture), graph.embeddings.map(({ output }) => output));
  const parts = graph.embeddings.map(({ output, shape }) => floats(outputs[output], elements(shape)));
  const embedding = new Float32Array(embeddingLength(graph));
  let at = 0;
  for (const part of parts) {
    embedding.set(part, at);
    at += part.length;
  }
  for (const tensor of Object.values(outputs)) free(tensor);
  return embedding;
}

export async function runDecoder(graph: SamGraph, session: InferenceSession, prompt: DecoderPrompt): Promise<DecoderRun> {
  const { masks, ious } = graph.decoderOutputs;
  const feeds = graph.decoderFeeds(prompt);
  const start = performance.now();
  const outputs = await session.run(feeds, [masks, ious]);
  const ms = performance.now() - start;
  const scores = floats(outputs[ious], null).slice();
  const logits = floats(outputs[masks], scores.length * graph.lowRes ** 2).slice();
  for (const tensor of Object.values(outputs)) free(tensor);
  return { logits, ious: scores, ms };
}

/**
 * Gives a tensor's memory back at once: it is onnxruntime's own, for which garbage is collected late, 4 MB an image
 * until there are hundreds. The tensor cannot be used afterwards.
 */
export function free({ data }: Tensor): void {
  if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer && !data.buffer.detached) data.buffer.transfer(0);
}

/** A tensor's numbers. Throws 'model-invalid' when there are not so many of them; any number for null. */
export function floats(tensor: Tensor | undefined, length: number | null): Float32Array {
  const data = tensor?.data;
  if (!(data instanceof Float32Array) || (length !== null && data.length !== length)) {
    throw new MaskwrightError('model-invalid', 'The model answered with a tensor of another shape than it had announced. Choose another model.');
  }
  return data;
}

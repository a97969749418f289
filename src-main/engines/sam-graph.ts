import type { Tensor } from 'onnxruntime-node';
import type { ModelLimits } from '../../src-shared/contract/models.ts';
import type { Fit } from '../../src-shared/sam/preprocess.ts';

/**
 * What a model's two graphs are: how they are fed and what they answer. Made by a family (families/), which knows its
 * graphs by the names, types and shapes of their inputs and outputs, never by file names.
 */
export interface SamGraph {
  /** As people know it: "SAM 2". */
  readonly family: string;
  /** Side of the encoder's square frame in pixels. */
  readonly frame: number;
  /** Side of the square low-resolution logits. */
  readonly lowRes: number;
  /** How a picture is laid into the frame. */
  readonly fit: Fit;
  /** Changes whenever the same picture would give the encoder other numbers: part of the embeddings' name on disk. */
  readonly preprocessing: string;
  /** What the encoder gives and the decoder takes, in this order; the first is the image's embedding itself. */
  readonly embeddings: readonly EmbeddingPart[];
  /** What a prompt may hold. */
  readonly limits: PromptLimits;
  encoderFeeds(picture: FramePicture): Feeds;
  decoderFeeds(prompt: DecoderPrompt): Feeds;
  /** The single mask gives way to the best candidate where it is not steady (isUnsteady). */
  readonly steadySingle: boolean;
  readonly decoderOutputs: { readonly masks: string; readonly ious: string };
}

/** ModelLimits without what only a run of the decoder shows: how many masks there are. */
export type PromptLimits = Omit<ModelLimits, 'multimask'>;

export interface EmbeddingPart {
  /** Name of the encoder's output. */
  readonly output: string;
  /** Batch first; the batch is 1. */
  readonly shape: readonly number[];
}

export type Feeds = Record<string, Tensor>;

/** A picture as it lies in the frame: with fit 'pad' its longer side fills it, with 'stretch' both do. */
export interface FramePicture {
  /** inputHeight × inputWidth × 3 bytes, row-major. */
  readonly rgb: Uint8Array;
  readonly inputWidth: number;
  readonly inputHeight: number;
}

export interface DecoderPrompt {
  /** All parts one after the other, as runEncoder gives them. */
  readonly embedding: Float32Array;
  /** [N, 2] in frame pixels, not rounded: the points, then the box's corners. */
  readonly coords: Float32Array;
  /** [N]: 1 foreground, 0 background, 2 and 3 the box's corners. Padding points are the family's business. */
  readonly labels: Float32Array;
  /** lowRes² logits of an earlier run, or null. */
  readonly mask: Float32Array | null;
}

export const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers in all parts of an embedding together. */
export const embeddingLength = (graph: SamGraph): number => graph.embeddings.reduce((sum, { shape }) => sum + elements(shape), 0);

import { z } from 'zod';
import { ModelEntry } from '../models/catalogue.ts';
import { ModelLimits, ProviderReport } from '../../src-shared/contract/models.ts';
import { LogitsFrame } from '../../src-shared/contract/types.ts';

/** What main asks of the SAM engine and what it answers; each side checks what it gets. */

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
/** Names an embedding: the hash of the picture's pixels. The engine adds model and preprocessing. */
const key = z.string().min(1).max(200);
const side = z.int().positive();

/** A provider that failed while it was used, and how; `lasting` when it is not to be tried by later starts either. */
export const AvoidedProvider = z.strictObject({ reason: z.string(), lasting: z.boolean() });
export type AvoidedProvider = z.infer<typeof AvoidedProvider>;

/** The setup of each engine process. */
export const LoadParams = z.strictObject({
  entry: ModelEntry,
  folder: z.string(),
  hash: z.string(),
  /** Execution providers to try, or null for this machine's own. */
  providers: z.array(z.string()).nullable(),
  /** Those of them that are left alone. */
  avoid: z.record(z.string(), AvoidedProvider),
  /** What was found out about providers before is forgotten. */
  afresh: z.boolean(),
  /** Folder of the embeddings on disk. */
  cacheFolder: z.string(),
  cacheQuota: z.number().nonnegative(),
  /** Bytes of embeddings kept in memory. */
  memoryQuota: z.number().nonnegative(),
  /** Remembers what was found out about this model on this machine; null remembers nothing. */
  findingsFile: z.string().nullable(),
});
export type LoadParams = z.infer<typeof LoadParams>;

export const LoadResult = z.strictObject({
  /** Side of the model's square input frame. */
  frame: side,
  /** Side of the square logits. */
  lowRes: side,
  /** How a picture is laid into the frame. */
  fit: z.enum(['pad', 'stretch']),
  limits: ModelLimits,
  provider: z.string(),
  reason: z.string().nullable(),
  /** A better provider's hardware is there, or may be, but could not be used. */
  fallback: z.boolean(),
  /** What the self-test found about each provider that onnxruntime has here. */
  providers: z.array(ProviderReport),
});
export type LoadResult = z.infer<typeof LoadResult>;

/** Graphs of no known role, to be opened and run once. `name` is for people, `location` as the graph names the file. */
export const InspectParams = z.strictObject({
  graphs: z.array(z.strictObject({ name: z.string(), path: z.string(), external: z.array(z.strictObject({ location: z.string(), path: z.string() })) })).min(1).max(3),
  /** Side of the frame where the graphs leave it open. */
  inputSize: side,
});
export type InspectParams = z.infer<typeof InspectParams>;

export const InspectResult = z.strictObject({
  /** Indices into the graphs. */
  encoder: z.int().nonnegative(),
  decoder: z.int().nonnegative(),
  /** As people know it. */
  family: z.string(),
  frame: side,
  limits: ModelLimits,
});
export type InspectResult = z.infer<typeof InspectResult>;

/** Brings an embedding from disk into memory where it is not there yet. */
export const HasParams = z.strictObject({ key });
export const HasResult = z.strictObject({ embedding: z.boolean() });

/** The image's embedding, f32, in the graph's order ([256, 64, 64] for official SAM) and without finer features beside it, or null when it is neither in memory nor on disk. */
export const EmbeddingResult = z.strictObject({ shape: z.array(side), values: bytes.nullable() });
export type EmbeddingResult = z.infer<typeof EmbeddingResult>;

/** `rgb`: inputWidth × inputHeight × 3 bytes, the picture already resized to lie in the frame as the model's `fit` says. */
export const EncodeParams = z.strictObject({ key, rgb: bytes, inputWidth: side, inputHeight: side });
export type EncodeParams = z.infer<typeof EncodeParams>;
export const EncodeResult = z.strictObject({ encoderMs: z.number() });

export const PredictParams = z.strictObject({
  key,
  frame: LogitsFrame,
  /** In pixels of `frame`, not rounded. */
  points: z.array(z.strictObject({ x: z.number(), y: z.number(), label: z.union([z.literal(0), z.literal(1)]) })),
  /** Corners in pixels of `frame`. */
  box: z.strictObject({ x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() }).nullable(),
  /** lowRes² f32 logits of an earlier run, unchanged. */
  mask: bytes.nullable(),
  multimask: z.boolean(),
});
export type PredictParams = z.infer<typeof PredictParams>;

/**
 * The answer comes in two parts, because the page waits for the first: a `progress` with what it draws, then the result
 * with the exact logits, which only a later prompt or the accepted mask needs.
 */
export const PredictPreview = z.strictObject({
  candidates: z
    .array(z.strictObject({ index: z.int().min(0).max(3), predictedIou: z.number(), stability: z.number(), logits: z.instanceof(Uint8Array).describe('lowRes² half floats, row-major') }))
    .min(1)
    .max(3),
  decoderMs: z.number(),
});
export type PredictPreview = z.infer<typeof PredictPreview>;

export const PredictResult = z.discriminatedUnion('found', [
  /** The embedding is neither in memory nor on disk: encode, then ask again. No preview was sent. */
  z.strictObject({ found: z.literal(false) }),
  /** lowRes² f32 logits of each candidate, in the preview's order. */
  z.strictObject({ found: z.literal(true), logits: z.array(bytes).min(1).max(3) }),
]);
export type PredictResult = z.infer<typeof PredictResult>;

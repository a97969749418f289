import { z } from 'zod';
import { Problem } from './errors.ts';

/** Names a model's folder and its entry in lists. */
export const ModelId = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
export type ModelId = z.infer<typeof ModelId>;

/** Files that a model can be imported from: checkpoints, and graphs. */
export const MODEL_EXTENSIONS: readonly string[] = ['.pth', '.pt', '.safetensors', '.onnx'];

/** How a model's weights are stored; what it computes with is the provider's business. */
export const Precision = z.enum(['fp32', 'fp16', 'int8']);
export type Precision = z.infer<typeof Precision>;

/**
 * How images are made ready for an encoder that leaves it to its caller: `sam`, the longer side fills the frame, ImageNet's mean and
 * deviation, the rest padded; `medsam`, stretched to the frame, each image's own range made 0–1.
 */
export const Preparation = z.enum(['sam', 'medsam']);
export type Preparation = z.infer<typeof Preparation>;

/** What says which of an ambiguous prompt's candidates is the best (sam/candidates.ts). */
export const CandidateOrder = z.enum(['predicted-iou', 'predicted-iou-times-stability']);
export type CandidateOrder = z.infer<typeof CandidateOrder>;

/** What a model can be asked. */
export const ModelLimits = z.strictObject({
  /** Several candidates for an ambiguous prompt. */
  multimask: z.boolean(),
  /** Points that say what is not the object. */
  backgroundPoints: z.boolean(),
  box: z.boolean(),
  /** Logits of an earlier prediction fed back. */
  maskInput: z.boolean(),
  /** In one prompt; null: as many as one likes. */
  maxPoints: z.int().positive().nullable(),
});
export type ModelLimits = z.infer<typeof ModelLimits>;

/** What the self-test found about one execution provider with one model on this machine. Milliseconds; null: not measured. */
export const ProviderReport = z.strictObject({
  /** As onnxruntime names it. */
  provider: z.string(),
  verdict: z.enum(['used', 'refused', 'absent']),
  /** Why it is not used, or not for everything; null when it is. */
  reason: z.string().nullable(),
  encoderMs: z.number().nullable(),
  decoderMs: z.number().nullable(),
  /** Root mean square of the difference of its answers from the CPU's, over that of the CPU's; the worse of embedding and logits. Null for the CPU itself. */
  difference: z.number().nullable(),
});
export type ProviderReport = z.infer<typeof ProviderReport>;

/** Milliseconds of a picture and of a prompt on this machine. */
const ModelSpeed = z.strictObject({ provider: z.string(), encoderMs: z.number(), decoderMs: z.number() });
export type ModelSpeed = z.infer<typeof ModelSpeed>;

/** Mean IoU of a model's masks with those of its own fp32 weights, over so many pictures; measured when it was imported. */
export const Agreement = z.strictObject({ iou: z.number(), pictures: z.int() });
export type Agreement = z.infer<typeof Agreement>;

export const ModelRow = z.strictObject({
  id: ModelId,
  name: z.string(),
  /** For people; what decides how it is used are its graphs. */
  family: z.string(),
  state: z.enum(['installed', 'available']),
  /** The one that projects use until another is chosen; it ships with the program. */
  builtIn: z.boolean(),
  /** On disk when installed, else of the download. */
  bytes: z.int(),
  /** What it is good for, in a sentence; null where nobody has said. */
  summary: z.string().nullable(),
  licence: z.string(),
  /** Where its text is; null when that is not known. */
  licenceUrl: z.string().nullable(),
  source: z.string(),
  precision: Precision,
  /** Null where it cannot be chosen: the graphs or their family settle it. */
  preparation: Preparation.nullable(),
  /** Null for fp32, and where it was not measured. */
  agreement: Agreement.nullable(),
  /** Null until it was loaded once on this machine. */
  limits: ModelLimits.nullable(),
  /** Null until it was measured on this machine. */
  speed: ModelSpeed.nullable(),
  /** How its weights can be stored when it is downloaded; empty when it is installed. */
  precisions: z.array(Precision),
  /** Host names to download it from; empty when it is installed. */
  mirrors: z.array(z.string()),
  /** Bytes that a download of it has left on the disk which was not finished. */
  arrived: z.int(),
  /** Open projects that use it. */
  usedBy: z.int(),
});
export type ModelRow = z.infer<typeof ModelRow>;

/** What has to be chosen before a checkpoint is imported. */
export const CheckpointLook = z.strictObject({
  weights: z.array(z.string()).describe('names of the sets of weights that it holds; one of several has to be chosen'),
  known: Preparation.nullable().describe('how images are prepared for it, where the file is a known one'),
  suggested: Preparation.nullable().describe('else what is likely; null where its name speaks of another way'),
});
export type CheckpointLook = z.infer<typeof CheckpointLook>;

export const ModelList = z.strictObject({ models: z.array(ModelRow), problems: z.array(Problem).describe('folders among the models that hold none') });
export type ModelList = z.infer<typeof ModelList>;

/** Which model a project works with. */
export const ProjectModel = z.strictObject({
  id: ModelId.describe('in use'),
  missing: ModelId.nullable().describe('chosen, but not installed here: the built-in one is used instead'),
});
export type ProjectModel = z.infer<typeof ProjectModel>;

import { z } from 'zod';
import { Box, ClassId, ImageId, ImageStatus, Instance, InstanceId, LabelClass, PromptPoint } from '../domain/schema.ts';
import { ErrorCode, Problem } from './errors.ts';
import { ModelId, ModelLimits, ProjectModel, ProviderReport } from './models.ts';

/** An open project's handle for this run of the program: opaque, random. */
export const ProjectHandle = z.string().regex(/^[a-z0-9]{8,40}$/);
export type ProjectHandle = z.infer<typeof ProjectHandle>;

/** The id of a piece of work that may be requested twice and must be done once. The caller makes one up. */
export const WorkId = z.string().min(1).max(100);
export type WorkId = z.infer<typeof WorkId>;

export const UndoState = z.strictObject({
  undo: z.string().nullable().describe('label of the edit that undo would take back'),
  redo: z.string().nullable(),
});
export type UndoState = z.infer<typeof UndoState>;

export const ClassWithCount = LabelClass.extend({ instances: z.int() });
export type ClassWithCount = z.infer<typeof ClassWithCount>;

export const ProjectInfo = z.strictObject({
  project: ProjectHandle,
  path: z.string(),
  name: z.string(),
  /** Null when writable; else why not, in a sentence. */
  readOnly: Problem.nullable(),
  /** What a person should know of the project although it can be used: a damaged object that is not shown, a file that was moved. */
  warnings: z.array(Problem),
  roots: z.array(z.strictObject({ id: z.int(), path: z.string(), missing: z.boolean() })),
  images: z.strictObject({ total: z.int(), todo: z.int(), inProgress: z.int(), done: z.int() }),
  instances: z.int(),
  classes: z.array(ClassWithCount),
  model: ProjectModel,
  undo: UndoState,
  /** Milliseconds since the epoch of the last durable write, or null in a project never written since it was opened. */
  savedAt: z.number().nullable(),
});
export type ProjectInfo = z.infer<typeof ProjectInfo>;

export const ImageRow = z.strictObject({
  id: ImageId,
  name: z.string(),
  /** Path relative to its root, with forward slashes. */
  path: z.string(),
  status: ImageStatus,
  /** After orientation; null until the file has been looked at. */
  width: z.int().nullable(),
  height: z.int().nullable(),
  instances: z.int(),
  problem: Problem.nullable(),
  /** Part of the data set, such as train; null for none. */
  split: z.string().nullable(),
  /** Changes when the file's content does: for addresses of thumbnails and tiles. */
  version: z.string(),
});
export type ImageRow = z.infer<typeof ImageRow>;

export const ImageFilter = z.strictObject({
  name: z.string().max(500).default(''),
  status: z.enum(['all', 'todo', 'in-progress', 'done', 'problem']).default('all'),
  /** Of one split, null for images without any; absent for all images. */
  split: z.strictObject({ name: z.string().max(500).nullable() }).optional(),
  /** With an instance of one class, null for instances without any; 'empty': without an instance. Absent for all images. */
  instances: z.union([z.strictObject({ class: ClassId.nullable() }), z.literal('empty')]).optional(),
});
export type ImageFilter = z.infer<typeof ImageFilter>;

/**
 * How an image is served. Level 0 is the full resolution; level k is ceil(side / 2^k).
 * `base` is the smallest level that is delivered whole; finer ones come in tiles of `tile` pixels.
 */
export const Pyramid = z.strictObject({ width: z.int(), height: z.int(), tile: z.int(), base: z.int() });
export type Pyramid = z.infer<typeof Pyramid>;

export const OpenImage = z.strictObject({
  row: ImageRow,
  pyramid: Pyramid.nullable().describe('null when the file cannot be shown; row.problem says why'),
  instances: z.array(Instance),
});
export type OpenImage = z.infer<typeof OpenImage>;

/** How many images an EditResult names, and how many instances it carries. */
export const MOST_NAMED_IMAGES = 1000;
export const MOST_CARRIED_INSTANCES = 500;

/** What an edit, an undo or a redo touched: views change, or refetch, just that. */
export const EditResult = z.strictObject({
  /** Greater than that of every edit before it, in this run of the program. */
  number: z.int().positive(),
  /** As the window gave it that asked for the edit, so that it knows its own; null for everybody else's. */
  request: z.string().nullable(),
  label: z.string(),
  /** Ids of what was created, in the order of the commands. */
  created: z.strictObject({ instances: z.array(InstanceId), classes: z.array(ClassId) }),
  images: z.array(ImageId).describe('images whose row or instances changed; at most 1,000 are named'),
  /** The instances that changed, as they are now, and those that are gone; null when they are too many to carry. */
  instances: z.strictObject({ set: z.array(Instance), removed: z.array(InstanceId) }).nullable(),
  manyImages: z.boolean().describe('more images changed than are named'),
  classes: z.boolean(),
  undo: UndoState,
  savedAt: z.number(),
});
export type EditResult = z.infer<typeof EditResult>;

export const SamPrompt = z.strictObject({
  points: z.array(PromptPoint).max(500),
  box: Box.nullable(),
  /** A candidate of an earlier prediction whose logits are fed back as the mask prompt. */
  previous: z.strictObject({ prediction: z.string(), candidate: z.int().min(0).max(3) }).nullable(),
  /** True: three candidates. False: one. */
  multimask: z.boolean(),
});
export type SamPrompt = z.infer<typeof SamPrompt>;

/** How low-resolution logits lie over the image (sam/upscale.ts). */
export const LogitsFrame = z.strictObject({
  /** Side of the square logits, 256. */
  lowRes: z.int(),
  /** Side of the model's padded input frame: 1024 for official SAM, 512 for the built-in model. */
  frame: z.int(),
  /** Size of the resized image inside the frame. */
  inputWidth: z.int(),
  inputHeight: z.int(),
  imageWidth: z.int(),
  imageHeight: z.int(),
});
export type LogitsFrame = z.infer<typeof LogitsFrame>;

export const Candidate = z.strictObject({
  /** Index in the decoder's output: 0 the single mask, 1–3 the candidates of an ambiguous prompt. */
  index: z.int().min(0).max(3),
  predictedIou: z.number(),
  stability: z.number(),
  /** lowRes × lowRes half floats, row-major, little-endian; above 0 is inside. */
  logits: z.instanceof(Uint8Array),
});
export type Candidate = z.infer<typeof Candidate>;

export const Prediction = z.strictObject({
  prediction: z.string(),
  frame: LogitsFrame,
  /** Best first, as the model orders them (sam/candidates.ts). */
  candidates: z.array(Candidate).min(1).max(3),
  /** Milliseconds: bare session.run of the decoder, and of the whole call in main. */
  timings: z.strictObject({ decoder: z.number(), total: z.number(), encoded: z.boolean() }),
});
export type Prediction = z.infer<typeof Prediction>;

/** Of the engine that runs one model; there is one for each model that an open project uses. */
export const SamStatus = z.strictObject({
  state: z.enum(['starting', 'ready', 'failed']),
  /** The model that this is about. */
  wanted: z.strictObject({ id: ModelId, name: z.string() }),
  /** Null until it is loaded. */
  model: z.strictObject({ id: ModelId, name: z.string(), hash: z.string(), limits: ModelLimits }).nullable(),
  /** The execution provider in use, as onnxruntime names it. */
  provider: z.string().nullable(),
  /** Why that provider and no better one; null when it was the first choice. */
  reason: z.string().nullable(),
  /** A graphics processor or the like is there, or may be, and is not used as well as it could be: `reason` says why. */
  fallback: z.boolean(),
  /** What the self-test found: the one in use, then the others; empty until the model is loaded. */
  providers: z.array(ProviderReport),
  problem: Problem.nullable(),
});
export type SamStatus = z.infer<typeof SamStatus>;

const JobItemProblem = z.strictObject({ item: z.string(), problem: Problem });
export const Job = z.strictObject({
  job: z.string(),
  kind: z.enum(['add-folder', 'index', 'import', 'export', 'check', 'model-import', 'model-download', 'automatic', 'replay', 'fingerprints', 'snapshot']),
  title: z.string(),
  project: ProjectHandle.nullable(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  done: z.int(),
  /** Null while not yet known. */
  total: z.int().nullable(),
  etaMs: z.number().nullable(),
  /** The first 1,000 items that failed, and how many did. */
  problems: z.array(JobItemProblem),
  problemCount: z.int(),
  /** What was chosen, derived or found where the input left it open; the first 1,000. */
  notes: z.array(z.string()),
  /** What it works on or makes: a model's id, an image's id in everything mode, the path that an export writes; null where there is no such thing, or not yet. */
  subject: z.string().nullable(),
  /** A sentence about the end: what was written, why it failed. */
  message: z.string().nullable(),
  /** Of a failure; null for every other state. */
  code: ErrorCode.nullable(),
});
export type Job = z.infer<typeof Job>;

/** What one instance would lose when it is written with these options. */
export const ExportLoss = z.strictObject({
  instance: InstanceId,
  image: ImageId,
  imagePath: z.string(),
  class: z.string().nullable(),
  /** IoU of the shape with what a reader of the file would get back. */
  iou: z.number(),
  reasons: z.array(z.string()),
});
export type ExportLoss = z.infer<typeof ExportLoss>;
/** What is lost of a data set beside its instances, in a sentence. */
export const WholeLoss = z.strictObject({ text: z.string(), cosmetic: z.boolean().describe('only looks are lost, no data') });
export type WholeLoss = z.infer<typeof WholeLoss>;
export const ExportPreflight = z.strictObject({
  images: z.int(),
  instances: z.int(),
  unlabelled: z.int().describe('instances without a class, which are left out in formats that require one'),
  /** Worst first, at most 1,000. */
  losses: z.array(ExportLoss),
  lossCount: z.int(),
  maskCount: z.int().describe('those of the losses whose pixels change, or that are left out; the others keep every pixel'),
  whole: z.array(WholeLoss),
});
export type ExportPreflight = z.infer<typeof ExportPreflight>;

export const FolderListing = z.strictObject({
  path: z.string(),
  parent: z.string().nullable(),
  entries: z.array(z.strictObject({ name: z.string(), path: z.string(), kind: z.enum(['folder', 'project', 'dataset', 'model', 'image']) })),
  imageCount: z.int(),
  places: z.array(z.strictObject({ name: z.string(), path: z.string() })),
});
export type FolderListing = z.infer<typeof FolderListing>;

const setting = {
  theme: z.enum(['system', 'dark', 'light']),
  language: z.string().max(20),
  panels: z.strictObject({ left: z.number(), right: z.number() }),
  /** Bytes on disk that embeddings and pictures may take. */
  cacheQuota: z.number().int().min(0),
  coachMarksSeen: z.boolean(),
  /** Whether a packaged desktop program asks at its start for a newer version. */
  updates: z.boolean(),
};
export const Settings = z.strictObject({
  theme: setting.theme.default('system'),
  language: setting.language.default('en'),
  panels: setting.panels.default({ left: 248, right: 296 }),
  cacheQuota: setting.cacheQuota.default(4 * 1024 ** 3),
  coachMarksSeen: setting.coachMarksSeen.default(false),
  updates: setting.updates.default(false),
});
export type Settings = z.infer<typeof Settings>;
/** Without defaults: zod fills them in for absent fields of a partial schema too, and what is not to be changed must stay absent. */
export const SettingsChange = z.strictObject(setting).partial();

export const RecentProject = z.strictObject({ path: z.string(), name: z.string(), openedAt: z.number(), missing: z.boolean() });
export type RecentProject = z.infer<typeof RecentProject>;

export const AppInfo = z.strictObject({
  version: z.string(),
  host: z.enum(['electron', 'browser', 'cli']),
  platform: z.string(),
  /** The project to show first: from the command line, or the last one; null when there is none. */
  initialProject: z.string().nullable(),
  /** Nothing was ever opened here: show the sample project ('project.openSample'). */
  firstStart: z.boolean(),
  settings: Settings,
});
export type AppInfo = z.infer<typeof AppInfo>;

import { z } from 'zod';
import { ClassId, ImageId, Instance, InstanceId, RootId } from '../domain/schema.ts';
import { AutomaticCandidates, AutomaticLabeling, AutomaticSearch } from './automatic.ts';
import { CheckOptions, CheckResults, FindingRow, MOST_FINDINGS, RuleId } from './check.ts';
import { ExportImages, ExportOptions, FormatRow, ImportOptions } from './datasets.ts';
import { ErrorCode, Problem } from './errors.ts';
import { Versions } from './help.ts';
import { CheckpointLook, ModelId, ModelList, Precision, Preparation, ProjectModel } from './models.ts';
import { Comparison, MOST_PROPOSALS, ProposalList, ReplayScope } from './replay.ts';
import { Difference, ImageDifference, MOST_COMPARED, SnapshotId, SnapshotName, SnapshotNote, SnapshotOrNow, SnapshotRow } from './snapshots.ts';
import { Statistics } from './statistics.ts';
import { SplitCounts, SplitImages, SplitPlan, SplitReport } from './splits.ts';
import { AppInfo, EditResult, ExportPreflight, FolderListing, ImageFilter, ImageRow, Job, OpenImage, Prediction, ProjectHandle, ProjectInfo, RecentProject, SamPrompt, SamStatus, Settings, SettingsChange, WorkId } from './types.ts';
import { EditCommand, SplitName, cornersOf, MOST_CORNERS } from '../domain/commands.ts';

const path = z.string().min(1).max(4096).refine((p) => !p.includes('\0'), 'a path holds no NUL');
/** What undo will call an edit. It may name a class, or a file whose name takes all 255 characters that disks allow. */
const editLabel = z.string().min(1).max(500);
/** As much as can arrive and be checked without a pause; many shapes or rows are then written by an engine. */
const EditCommands = z.array(EditCommand).min(1).max(10_000).refine((commands) => cornersOf(commands) <= MOST_CORNERS, `the polygons of one edit have at most ${MOST_CORNERS.toLocaleString('en')} corners in all: simplify them, or make several edits`);
const formatId = z.string().min(1).max(40);
const nothing = z.strictObject({});
const call = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });

/** Every call a client can make of main: one map from name to the schemas of its parameters and result. */
export const calls = {
  'app.info': call(nothing, AppInfo),
  'app.recent': call(nothing, z.array(RecentProject)),
  /** Takes a project from the list; its file stays. */
  'app.forgetRecent': call(z.strictObject({ path }), z.array(RecentProject)),
  'app.versions': call(nothing, Versions),
  /** What helps to find out what went wrong, without paths and names; `project`: whose numbers are in it. */
  'app.diagnostics': call(z.strictObject({ project: ProjectHandle.nullable() }), z.strictObject({ text: z.string() })),
  'app.settings': call(z.strictObject({ set: SettingsChange.optional() }), Settings),
  'app.browse': call(z.strictObject({ path: path.nullable() }), FolderListing),

  /** `path`: a .mwproj file, or a folder of images, whose project is found or made. `remember` false: not among the recent projects. */
  'project.open': call(z.strictObject({ path, remember: z.boolean().default(true) }), ProjectInfo),
  'project.openSample': call(nothing, ProjectInfo),
  'project.info': call(z.strictObject({ project: ProjectHandle }), ProjectInfo),
  'project.close': call(z.strictObject({ project: ProjectHandle }), nothing),
  'project.addFolder': call(z.strictObject({ project: ProjectHandle, path }), z.strictObject({ job: z.string() })),
  /** Looks for files that have come into the folders that were added since, as a job. */
  'project.findNew': call(z.strictObject({ project: ProjectHandle }), z.strictObject({ job: z.string() })),
  /** Says where a folder of the project is now, in one step of undo. Refused where the images that are there are not the project's. */
  'project.relocate': call(z.strictObject({ project: ProjectHandle, root: RootId, path }), EditResult),
  /** A data set of another program, all or nothing, as one step of undo. `format` null: find out; `pictures`: folders to look for pictures in; `work`: nothing happens when this import was done before, under that id. */
  'project.import': call(z.strictObject({ project: ProjectHandle, path, format: formatId.nullable(), pictures: z.array(path).max(100), unpackTo: path.nullable().default(null), options: ImportOptions.prefault({}), work: WorkId.optional() }), z.strictObject({ job: z.string() })),
  /** `request` comes back in the result. */
  'project.edit': call(z.strictObject({ project: ProjectHandle, label: editLabel, commands: EditCommands, request: z.string().min(1).max(100).optional() }), EditResult),
  'project.undo': call(z.strictObject({ project: ProjectHandle }), EditResult),
  'project.redo': call(z.strictObject({ project: ProjectHandle }), EditResult),
  'project.flush': call(z.strictObject({ project: ProjectHandle }), z.strictObject({ savedAt: z.number() })),
  'project.backup': call(z.strictObject({ project: ProjectHandle }), z.strictObject({ path: z.string() })),

  'images.ids': call(z.strictObject({ project: ProjectHandle, filter: ImageFilter }), z.strictObject({ ids: z.instanceof(Uint8Array).describe('ids in order, 32-bit little-endian') })),
  'images.rows': call(z.strictObject({ project: ProjectHandle, ids: z.array(ImageId).max(500) }), z.array(ImageRow)),
  'images.open': call(z.strictObject({ project: ProjectHandle, image: ImageId }), OpenImage),
  /** Prepare this image, then the ones ahead while idle. Returns at once; `image.prepared` tells the rest. */
  'images.prepare': call(z.strictObject({ project: ProjectHandle, image: ImageId, ahead: z.array(ImageId).max(8) }), nothing),

  /** Of the model that the project uses; without a project, of the built-in one. */
  'sam.status': call(z.strictObject({ project: ProjectHandle.nullable() }), SamStatus),
  /** Execution providers that were left alone because they failed are tried again; the status tells how it went. */
  'sam.tryProviders': call(z.strictObject({ project: ProjectHandle }), z.strictObject({})),
  'sam.predict': call(z.strictObject({ project: ProjectHandle, image: ImageId, prompt: SamPrompt }), Prediction),
  'sam.accept': call(z.strictObject({ project: ProjectHandle, image: ImageId, prediction: z.string(), candidate: z.int().min(0).max(3), class: ClassId.nullable(), label: editLabel.default('Add instance') }), z.strictObject({ instance: Instance, edit: EditResult })),

  /** Everything mode on one image, as a job; 'automatic.changed' tells of its end. While the same is asked of it already, that job. */
  'automatic.start': call(z.strictObject({ project: ProjectHandle, image: ImageId, options: AutomaticSearch }), z.strictObject({ job: z.string() })),
  'automatic.candidates': call(z.strictObject({ project: ProjectHandle, image: ImageId }), AutomaticCandidates),
  /** Makes instances of candidates in one step of undo; those that are instances already are passed over. */
  'automatic.accept': call(z.strictObject({ project: ProjectHandle, image: ImageId, candidates: z.array(z.int().nonnegative()).min(1).max(10_000), class: ClassId.nullable(), label: editLabel }), z.strictObject({ instances: z.array(Instance), edit: EditResult })),
  'automatic.discard': call(z.strictObject({ project: ProjectHandle, image: ImageId }), nothing),
  /** Labels all images of the project with what everything mode finds, as a job, an edit an image. */
  'automatic.label': call(z.strictObject({ project: ProjectHandle, labeling: AutomaticLabeling }), z.strictObject({ job: z.string() })),

  /** Runs stored prompts again with another model, as a job; what comes of it waits as proposals. What people drew or changed is passed over. */
  'replay.start': call(z.strictObject({ project: ProjectHandle, model: ModelId, scope: ReplayScope }), z.strictObject({ job: z.string() })),
  'replay.list': call(z.strictObject({ project: ProjectHandle }), ProposalList),
  /** Throws 'no-such-instance' when there is no proposal for it any more. */
  'replay.compare': call(z.strictObject({ project: ProjectHandle, instance: InstanceId }), Comparison),
  /**
   * Gives instances the masks proposed for them, in one step of undo, and drops other proposals. Proposals that are gone,
   * because their instance is or was changed, are passed over; `edit` is null when none was accepted.
   */
  'replay.decide': call(
    z.strictObject({ project: ProjectHandle, label: editLabel, accept: z.array(InstanceId).max(MOST_PROPOSALS), reject: z.array(InstanceId).max(MOST_PROPOSALS) }),
    z.strictObject({ edit: EditResult.nullable(), left: z.int() }),
  ),

  'models.list': call(nothing, ModelList),
  'models.import': call(z.strictObject({ paths: z.array(path).min(1).max(3).describe('a checkpoint, or the .onnx files of encoder and decoder in any order'), precision: Precision,
    weights: z.string().min(1).max(1000).nullable().default(null).describe('of several sets of weights in a checkpoint'), preparation: Preparation.nullable().default(null).describe('null: what is known of the file, else sam') }), z.strictObject({ job: z.string() })),
  /** What importing a checkpoint will want to know. */
  'models.look': call(z.strictObject({ path }), CheckpointLook),
  /** Changes how images are prepared for a model that was imported from a checkpoint. */
  'models.prepare': call(z.strictObject({ model: ModelId, preparation: Preparation }), nothing),
  'models.download': call(z.strictObject({ model: ModelId, mirror: z.int().min(0).max(15).describe('index in ModelRow.mirrors'), precision: Precision }), z.strictObject({ job: z.string() })),
  /** Refused for models that ship with the program, and while an open project uses it. */
  'models.remove': call(z.strictObject({ model: ModelId }), nothing),
  /** Kept in the project; in a read-only one for this run. */
  'models.choose': call(z.strictObject({ project: ProjectHandle, model: ModelId }), ProjectInfo),

  'export.formats': call(nothing, z.array(FormatRow)),
  /** What each instance would lose. Options that are absent have their defaults. Asking again gives up the question before. */
  'export.preflight': call(z.strictObject({ project: ProjectHandle, format: formatId, images: ExportImages, options: ExportOptions, snapshot: SnapshotOrNow.default(null) }), ExportPreflight),
  /** Writes a file or a folder at `out`, as a job: whole or not at all. `manifest`: with one in the folder, or beside the file. */
  'export.start': call(z.strictObject({ project: ProjectHandle, format: formatId, out: path, images: ExportImages, options: ExportOptions, overwrite: z.boolean(), snapshot: SnapshotOrNow.default(null), manifest: z.boolean().default(true) }), z.strictObject({ job: z.string() })),

  /** Counts the project as it is now; 'statistics.progress' tells how far it is. Asking again, or cancelling, makes the call before throw 'cancelled'. */
  'statistics.compute': call(z.strictObject({ project: ProjectHandle }), Statistics),
  'statistics.cancel': call(nothing, nothing),

  /** The newest first. */
  'snapshots.list': call(z.strictObject({ project: ProjectHandle }), z.array(SnapshotRow)),
  /** Keeps the project as it is now under a name, as a job, while editing goes on. */
  'snapshots.create': call(z.strictObject({ project: ProjectHandle, name: SnapshotName, note: SnapshotNote }), z.strictObject({ job: z.string() })),
  /** Another name or note; what it holds never changes. */
  'snapshots.change': call(z.strictObject({ project: ProjectHandle, snapshot: SnapshotId, name: SnapshotName.optional(), note: SnapshotNote.optional() }), SnapshotRow),
  /** It is gone when this returns; the job frees what only it held. */
  'snapshots.delete': call(z.strictObject({ project: ProjectHandle, snapshot: SnapshotId }), z.strictObject({ job: z.string() })),
  /** Makes the annotations what they were in a snapshot, as a job, in one step of undo. */
  'snapshots.restore': call(z.strictObject({ project: ProjectHandle, snapshot: SnapshotId, label: editLabel }), z.strictObject({ job: z.string() })),
  /** What is different between two states; `other`: `after` is of that project. Asking again gives up the question before. */
  'snapshots.compare': call(z.strictObject({ project: ProjectHandle, before: SnapshotOrNow, after: SnapshotOrNow, other: ProjectHandle.nullable().default(null) }), Difference),
  /** The same of some images in full; those that are not different are left out. */
  'snapshots.images': call(z.strictObject({ project: ProjectHandle, before: SnapshotOrNow, after: SnapshotOrNow, images: z.array(ImageId).max(MOST_COMPARED) }), z.array(ImageDifference)),
  /** Writes what is different as a list (`listing`, a file of JSON Lines) and as pictures (`pictures`, a folder that is not there), as a job. */
  'snapshots.report': call(
    z.strictObject({ project: ProjectHandle, before: SnapshotOrNow, after: SnapshotOrNow, other: ProjectHandle.nullable().default(null), listing: path.nullable(), pictures: path.nullable() }),
    z.strictObject({ job: z.string() }),
  ),

  /** Looks the project over by the rules named, as a job; 'check.changed' tells of its end. */
  'check.start': call(z.strictObject({ project: ProjectHandle, options: CheckOptions }), z.strictObject({ job: z.string() })),
  /** Of the last check, as far as edits since can be told; null before the first. */
  'check.results': call(z.strictObject({ project: ProjectHandle }), CheckResults.nullable()),
  /** Of one rule, by image, those whose image's path or whose class's name holds `text`; `total` of them. Throws 'not-found' before the first check. */
  'check.findings': call(
    z.strictObject({ project: ProjectHandle, rule: RuleId, text: z.string().max(200), offset: z.int().nonnegative(), limit: z.int().min(1).max(200) }),
    z.strictObject({ rows: z.array(FindingRow), total: z.int() }),
  ),
  /** Puts right what a rule found, as a job and one step of undo: the findings with these numbers, or all there are, listed or not. */
  'check.repair': call(z.strictObject({ project: ProjectHandle, rule: RuleId, findings: z.array(z.int()).min(1).max(MOST_FINDINGS).nullable() }), z.strictObject({ job: z.string() })),

  'splits.counts': call(z.strictObject({ project: ProjectHandle }), SplitCounts),
  /** What a plan would come to. Asking again gives up the question before. */
  'splits.preview': call(z.strictObject({ project: ProjectHandle, plan: SplitPlan }), SplitReport),
  /** Divides the images, in one step of undo. `edit` is null when nothing changes. */
  'splits.apply': call(z.strictObject({ project: ProjectHandle, plan: SplitPlan, label: editLabel }), z.strictObject({ report: SplitReport, edit: EditResult.nullable() })),
  /** Gives images a split by hand, or takes it away, in one step of undo. */
  'splits.set': call(z.strictObject({ project: ProjectHandle, images: SplitImages, split: SplitName.nullable(), label: editLabel }), EditResult),
  /** Looks at the pictures that are new or changed, as a job, so that near-duplicates can be told. While one runs on the project, that job. */
  'splits.fingerprint': call(z.strictObject({ project: ProjectHandle }), z.strictObject({ job: z.string() })),

  'jobs.list': call(nothing, z.array(Job)),
  'jobs.cancel': call(z.strictObject({ job: z.string() }), nothing),
} as const;

export type Calls = typeof calls;
export type CallName = keyof Calls;
export type Params<N extends CallName> = z.input<Calls[N]['params']>;
export type ParsedParams<N extends CallName> = z.output<Calls[N]['params']>;
export type Result<N extends CallName> = z.output<Calls[N]['result']>;

/** Every event main sends to all clients. */
export const events = {
  'project.edited': z.strictObject({ project: ProjectHandle, edit: EditResult }),
  /** Rows whose metadata changed, or (ids null) a list that grew: refetch ids and counts. */
  'images.changed': z.strictObject({ project: ProjectHandle, ids: z.array(ImageId).nullable() }),
  'image.prepared': z.strictObject({ project: ProjectHandle, image: ImageId, state: z.enum(['preparing', 'ready', 'failed']) }),
  'sam.status': SamStatus,
  /** The list of models is another: fetch it again. */
  'models.changed': nothing,
  /** The project uses another model now: predictions of the one before are gone. */
  'project.model': z.strictObject({ project: ProjectHandle, model: ProjectModel }),
  /** The image has other candidates of everything mode: fetch them again. */
  'automatic.changed': z.strictObject({ project: ProjectHandle, image: ImageId }),
  /** Other proposals wait in the project than a moment ago: fetch them again. */
  'replay.changed': z.strictObject({ project: ProjectHandle }),
  /** Images counted so far for 'statistics.compute'. */
  'statistics.progress': z.strictObject({ project: ProjectHandle, done: z.int(), total: z.int().nullable() }),
  /** Snapshots were taken, deleted, or called otherwise: fetch them again. */
  'snapshots.changed': z.strictObject({ project: ProjectHandle }),
  /** The last check's findings are others: fetch them again. */
  'check.changed': z.strictObject({ project: ProjectHandle }),
  job: Job,
  /** There is a new warning: all that ProjectInfo has now, and its path, which may be another one. */
  'project.warnings': z.strictObject({ project: ProjectHandle, path: z.string(), warnings: z.array(Problem) }),
  'project.readOnly': z.strictObject({ project: ProjectHandle, code: ErrorCode, message: z.string() }),
  /** Something a person should read. */
  notice: z.strictObject({ level: z.enum(['info', 'warning', 'error']), code: ErrorCode.nullable(), message: z.string(), item: z.string().nullable() }),
} as const;

export type Events = typeof events;
export type EventName = keyof Events;
export type EventData<N extends EventName> = z.output<Events[N]>;

/** What the renderer has of main, whatever carries it. `on` returns the function that stops listening. */
export interface Contract {
  call<N extends CallName>(name: N, params: Params<N>): Promise<Result<N>>;
  on<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void;
}

/** Addresses of pictures, relative to the page: the same in every host. */
export const imageAddress = {
  thumbnail: (project: ProjectHandle, image: ImageId, version: string): string => `image/${project}/${image}/${version}/thumb`,
  base: (project: ProjectHandle, image: ImageId, version: string): string => `image/${project}/${image}/${version}/base`,
  tile: (project: ProjectHandle, image: ImageId, version: string, level: number, column: number, row: number): string =>
    `image/${project}/${image}/${version}/tile/${level}/${column}/${row}`,
};

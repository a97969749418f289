import { z } from 'zod';
import { ExportImages, ExportOptions, ImportOptions } from '../../src-shared/contract/datasets.ts';
import { Problem } from '../../src-shared/contract/errors.ts';
import { SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import { WorkId } from '../../src-shared/contract/types.ts';

/** What main may ask of the datasets engine: parameters are checked there, results here. */

const path = z.string().min(1).max(32_768);
const count = z.int().nonnegative();

export const ReadParams = z.strictObject({
  /** The project's file, which main has open. */
  project: path,
  /** The data set: a file or a folder. */
  dataset: path,
  /** A format's id, or null to find out. */
  format: z.string().max(40).nullable(),
  /** Folders to look for pictures in. */
  pictures: z.array(path).max(100),
  options: ImportOptions,
  /** Of an archive: a folder for what comes of it, which main removes in the end, and what that becomes if it is needed. */
  unpack: z.strictObject({ content: path, target: path.nullable() }).nullable(),
});

const moment = {
  /** The file that is read: the project, or the copy of a damaged one. */
  opened: path,
  /** The project's file, beside which its folders lie. */
  project: path,
};
/** One moment of a project as it is now. */
export const MomentParams = z.strictObject(moment);

const exported = {
  ...moment,
  snapshot: SnapshotOrNow,
  format: z.string().max(40),
  images: ExportImages,
  options: ExportOptions,
};
export const PreflightParams = z.strictObject(exported);
export const ExportParams = z.strictObject({ ...exported, out: path, overwrite: z.boolean(), program: z.string().nullable().describe('name and version, for a manifest; null for none') });
export const ExportResult = z.strictObject({ images: count, instances: count, unlabelled: count, problems: count });

export const Progress = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), done: z.number().nonnegative(), total: z.number().nonnegative().nullable() }),
  z.strictObject({ kind: z.literal('problem'), item: z.string(), problem: Problem }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
]);

export const ReadResult = z.strictObject({ format: z.string(), images: count, instances: count });
/** `read` must have gone before, unless the work was done already: then the answer is the same again. */
export const WriteParams = z.strictObject({ project: path, work: WorkId });
/** For work without a result. */
export const Nothing = z.strictObject({});
export const WriteResult = z.strictObject({ images: count, newImages: count, instances: count, newClasses: count, unpackedTo: path.nullable() });

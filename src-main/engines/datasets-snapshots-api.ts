import { z } from 'zod';
import { SnapshotId, SnapshotName, SnapshotNote, SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import { WorkId } from '../../src-shared/contract/types.ts';

/** What main may ask of the datasets engine about snapshots, and the answers. */

const path = z.string().min(1).max(32_768);

export const TakeParams = z.strictObject({ project: path, work: WorkId, name: SnapshotName, note: SnapshotNote, at: z.number() });
export const ClearParams = z.strictObject({ project: path });
export const RestoreParams = z.strictObject({ project: path, work: WorkId, snapshot: SnapshotId, label: z.string() });
const State = z.strictObject({ opened: path, project: path, snapshot: SnapshotOrNow });
const compared = { before: State, after: State };
export const CompareParams = z.strictObject(compared);
export const ReportParams = z.strictObject({ ...compared, listing: path.nullable(), pictures: path.nullable() });

const count = z.int().nonnegative();
export const Taken = z.strictObject({ snapshot: SnapshotId, images: count, instances: count, stored: count });
export const Restored = z.strictObject({ added: count, removed: count, changed: count });
export const Reported = z.strictObject({ images: count });

import { t } from 'i18next';
import { create } from 'zustand';
import { DIFFERENCE_ROW, MOST_COMPARED } from '../../src-shared/contract/snapshots.ts';
import type { DifferenceSummary, ImageDifference, SnapshotId, SnapshotOrNow, SnapshotRow } from '../../src-shared/contract/snapshots.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ImageRow, Job } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { backend, call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { openProject } from './edits.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';

/** An image that is different, in numbers. */
export interface ChangedImage {
  readonly image: ImageId;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Of the image itself; null when it is on both sides. */
  readonly came: 'added' | 'removed' | null;
}

/** What two states of the project are compared by; null stands for now. */
export interface ShownComparison {
  readonly before: SnapshotOrNow;
  readonly after: SnapshotOrNow;
  /** Null while it is being found out. */
  readonly summary: DifferenceSummary | null;
  /** Packed, DIFFERENCE_ROW numbers an image. */
  readonly rows: Uint32Array;
  readonly error: string | null;
  /** The project has been edited since. */
  readonly stale: boolean;
}

/** An image that is different in full, with what shows its picture. */
export interface ComparedImage {
  readonly difference: ImageDifference;
  readonly row: ImageRow | null;
}

interface SnapshotsState {
  /** The newest first; null before they have come. */
  readonly rows: readonly SnapshotRow[] | null;
  readonly comparison: ShownComparison | null;
  /** Those that were in view. */
  readonly images: ReadonlyMap<ImageId, ComparedImage>;
}

const START: SnapshotsState = { rows: null, comparison: null, images: new Map() };
export const useSnapshots = create<SnapshotsState>(() => START);

/** The work on snapshots that runs in this project. */
export const runningSnapshot = (jobs: Iterable<Job>, project: string | null): Job | undefined => [...jobs].findLast((job) => job.kind === 'snapshot' && job.project === project && job.state === 'running');

async function fetchSnapshots(): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  const rows = await call('snapshots.list', { project });
  if (projectHandle() !== project) return;
  useSnapshots.setState({ rows });
  const { comparison } = useSnapshots.getState();
  const gone = (id: SnapshotOrNow): boolean => id !== null && rows.every(({ snapshot }) => snapshot !== id);
  if (comparison !== null && (gone(comparison.before) || gone(comparison.after))) leaveComparison();
}

export const refreshSnapshots = coalesced(fetchSnapshots, 50, notifyError);

/** Keeps the list in step with the project that is open. */
export function watchSnapshots(): void {
  useProject.subscribe(({ info }, before) => {
    if (info?.project !== before.info?.project) useSnapshots.setState(START);
  });
  backend().on('snapshots.changed', ({ project }) => project === projectHandle() && refreshSnapshots());
  backend().on('project.edited', ({ project }) => {
    const { comparison } = useSnapshots.getState();
    if (project === projectHandle() && comparison !== null && (comparison.before === null || comparison.after === null)) useSnapshots.setState({ comparison: { ...comparison, stale: true } });
  });
}

/** Rejects when main refuses, as for a name that is in use. */
export async function takeSnapshot(name: string, note: string): Promise<void> {
  await call('snapshots.create', { project: openProject(), name, note });
}

export async function changeSnapshot(snapshot: SnapshotId, change: { readonly name?: string; readonly note?: string }): Promise<void> {
  await call('snapshots.change', { project: openProject(), snapshot, ...change });
}

export function deleteSnapshot(snapshot: SnapshotId): void {
  call('snapshots.delete', { project: openProject(), snapshot }).catch(notifyError);
}

export function restoreSnapshot({ snapshot, name }: SnapshotRow): void {
  call('snapshots.restore', { project: openProject(), snapshot, label: t('edit.restoreSnapshot', { name }) }).catch(notifyError);
}

/** Finds out what is different; asking again gives up the question before. */
export async function compareSnapshots(before: SnapshotOrNow, after: SnapshotOrNow): Promise<void> {
  const asked: ShownComparison = { before, after, summary: null, rows: new Uint32Array(0), error: null, stale: false };
  useSnapshots.setState({ comparison: asked, images: new Map() });
  const isAsked = (): boolean => useSnapshots.getState().comparison === asked;
  try {
    const { summary, rows } = await call('snapshots.compare', { project: openProject(), before, after });
    // Copied, because the bytes need not begin at a multiple of four.
    if (isAsked()) useSnapshots.setState({ comparison: { ...asked, summary, rows: new Uint32Array(rows.slice().buffer) } });
  } catch (error) {
    if (isAsked()) useSnapshots.setState({ comparison: { ...asked, error: toProblem(error).message } });
  }
}

export function leaveComparison(): void {
  useSnapshots.setState({ comparison: null, images: new Map() });
}

export const changedImages = (rows: Uint32Array): number => rows.length / DIFFERENCE_ROW;

export function changedImage(rows: Uint32Array, index: number): ChangedImage {
  const [image = 0, added = 0, removed = 0, changed = 0, came = 0] = rows.subarray(index * DIFFERENCE_ROW, (index + 1) * DIFFERENCE_ROW);
  return { image, added, removed, changed, came: came === 1 ? 'added' : came === 2 ? 'removed' : null };
}

/** Fetches images in full that are not there yet. */
export async function wantCompared(ids: readonly ImageId[]): Promise<void> {
  const { comparison, images } = useSnapshots.getState();
  const missing = ids.filter((id) => !images.has(id)).slice(0, MOST_COMPARED);
  if (comparison === null || missing.length === 0) return;
  const project = openProject();
  const { before, after } = comparison;
  try {
    const [differences, rows] = await Promise.all([call('snapshots.images', { project, before, after, images: missing }), call('images.rows', { project, ids: missing })]);
    const now = useSnapshots.getState().comparison;
    if (now?.before !== before || now.after !== after || projectHandle() !== project) return;
    const byId = new Map(rows.map((row) => [row.id, row]));
    useSnapshots.setState((state) => {
      const found = new Map(state.images);
      for (const difference of differences) {
        const id = (difference.after ?? difference.before)?.image;
        if (id !== undefined) found.set(id, { difference, row: byId.get(id) ?? null });
      }
      return { images: found };
    });
  } catch (error) {
    notifyError(error);
  }
}

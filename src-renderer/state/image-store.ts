import { create } from 'zustand';
import type { OpenImage } from '../../src-shared/contract/types.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { ImageId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { keepInstance, keepSame } from '../../src-shared/domain/same-instance.ts';
import { call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { putRow, useList } from './list-store.ts';
import { mark } from './marks.ts';
import { withPending } from './pending-edits.ts';
import { projectHandle } from './project-store.ts';

interface ImageState {
  readonly current: ImageId | null;
  /** The current image, once main has answered. */
  readonly open: OpenImage | null;
  /** Why the current image could not be opened at all. */
  readonly problem: Problem | null;
  /** The image whose picture is on screen. */
  readonly painted: ImageId | null;
  /** As main knows them. */
  readonly stored: readonly Instance[];
  /** As they are on show: with the edits that main has not answered yet. What did not change stays the same object. */
  readonly instances: readonly Instance[];
  readonly selection: ReadonlySet<InstanceId>;
  readonly hovered: InstanceId | null;
  readonly hidden: ReadonlySet<InstanceId>;
  /** Answers for the images around the current one, so that going on paints at once. */
  readonly ahead: ReadonlyMap<ImageId, OpenImage>;
}

const NONE: ReadonlySet<InstanceId> = new Set();
const START: ImageState = { current: null, open: null, problem: null, painted: null, stored: [], instances: [], selection: NONE, hovered: null, hidden: NONE, ahead: new Map() };
export const useImage = create<ImageState>(() => START);

const KEPT_AHEAD = 8;
const AHEAD = 2;

export function resetImage(): void {
  useImage.setState(START, true);
}

/** What was fetched ahead for these images is stale (null: for all). */
export function forgetAhead(ids: Iterable<ImageId> | null): void {
  const ahead = new Map(ids === null ? [] : useImage.getState().ahead);
  for (const id of ids ?? []) ahead.delete(id);
  useImage.setState({ ahead });
}

/** Shows an image. What is known of it is shown at once and refreshed behind. */
export async function showImage(image: ImageId): Promise<void> {
  const project = projectHandle();
  if (project === null || useImage.getState().current === image) return;
  mark('image-asked', { image });
  const { ahead, painted } = useImage.getState();
  const known = ahead.get(image) ?? null;
  useImage.setState({ ...START, ahead, painted, current: image, open: known });
  showInstances(known?.instances ?? []);
  await fetchCurrent();
  if (projectHandle() === project && useImage.getState().current === image) await prepareAround(image);
}

async function fetchCurrent(): Promise<void> {
  const project = projectHandle();
  const image = useImage.getState().current;
  if (project === null || image === null) return;
  // Images of different projects have the same ids, so an answer about the project before must not reach this one's list.
  try {
    const open = await call('images.open', { project, image });
    if (projectHandle() === project) receiveOpen(open);
  } catch (error) {
    if (projectHandle() === project && useImage.getState().current === image) useImage.setState({ problem: toProblem(error) });
  }
}

function receiveOpen(open: OpenImage): void {
  putRow(open.row);
  const { current, stored } = useImage.getState();
  if (current !== open.row.id) return;
  useImage.setState({ open, problem: null });
  showInstances(keepSame(stored, open.instances));
}

/** Shows the current image's instances as main knows them, and the edits over them that it has not answered yet. */
export function showInstances(stored: readonly Instance[] = useImage.getState().stored): void {
  const { current, selection, hidden } = useImage.getState();
  const instances = withPending(stored, current);
  const there = new Set(instances.map(({ id }) => id));
  const kept = (ids: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> => ([...ids].every((id) => there.has(id)) ? ids : new Set([...ids].filter((id) => there.has(id))));
  useImage.setState({ stored, instances, selection: kept(selection), hidden: kept(hidden) });
}

/**
 * Takes what an edit changed: instances as they are now, and those that are gone. `own` are the ids that this page had made up
 * for what the edit made.
 */
export function receiveInstances({ set, removed }: { readonly set: readonly Instance[]; readonly removed: readonly InstanceId[] }, own: ReadonlyMap<InstanceId, InstanceId>): void {
  const { current, stored, instances, selection, hidden } = useImage.getState();
  const gone = new Set(removed);
  const shown = new Map(instances.map((instance) => [own.get(instance.id) ?? instance.id, instance]));
  const fresh = new Map(set.filter(({ image }) => image === current).map((instance) => [instance.id, keepInstance(shown.get(instance.id) ?? instance, instance)]));
  const changed = stored.filter(({ id }) => !gone.has(id)).map((instance) => fresh.get(instance.id) ?? instance);
  const known = new Set(stored.map(({ id }) => id));
  const added = [...fresh.values()].filter(({ id }) => !known.has(id));
  const renamed = (ids: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> => (own.size === 0 ? ids : new Set([...ids].map((id) => own.get(id) ?? id)));
  useImage.setState({ selection: renamed(selection), hidden: renamed(hidden) });
  showInstances([...changed, ...added].toSorted((a, b) => a.z - b.z || a.id - b.id));
}

/** The picture of an image could not be painted, though its file was thought good. */
export function paintingFailed(image: ImageId, message: string): void {
  const { current, open } = useImage.getState();
  if (current === image) useImage.setState({ problem: { code: 'image-unreadable', message, item: open?.row.name ?? null } });
}

/** Fetches the current image's instances again, after an edit here or in another window. */
export const refreshImage = coalesced(fetchCurrent, 30, () => undefined);

async function prepareAround(image: ImageId): Promise<void> {
  const project = projectHandle();
  const ids = useList.getState().ids;
  if (project === null || ids === null) return;
  const at = ids.indexOf(image);
  const next = at < 0 ? [] : Array.from(ids.subarray(at + 1, at + 1 + AHEAD));
  try {
    await call('images.prepare', { project, image, ahead: next });
    for (const id of [...next, ...(at > 0 ? ids.slice(at - 1, at) : [])]) {
      if (useImage.getState().ahead.has(id)) continue;
      // One after another: the person's own requests should find the way free.
      const open = await call('images.open', { project, image: id });
      if (projectHandle() !== project) return;
      keepAhead(open);
    }
  } catch {
    // Only a preparation: when the image is opened for real, its error is shown there.
  }
}

function keepAhead(open: OpenImage): void {
  const ahead = new Map([...useImage.getState().ahead, [open.row.id, open] as const].slice(-KEPT_AHEAD));
  useImage.setState({ ahead });
}

export function select(ids: Iterable<InstanceId>): void {
  useImage.setState({ selection: new Set(ids) });
}

/** Adds to the selection, or takes out of it. */
export function toggleSelected(id: InstanceId): void {
  const selection = new Set(useImage.getState().selection);
  if (!selection.delete(id)) selection.add(id);
  useImage.setState({ selection });
}

export function hover(id: InstanceId | null): void {
  if (useImage.getState().hovered !== id) useImage.setState({ hovered: id });
}

export function toggleHidden(ids: readonly InstanceId[]): void {
  const hidden = new Set(useImage.getState().hidden);
  const hide = ids.some((id) => !hidden.has(id));
  for (const id of ids) {
    if (hide) hidden.add(id);
    else hidden.delete(id);
  }
  useImage.setState({ hidden });
}

/** Shows these only; when only these are on show already, shows all. */
export function showOnly(ids: readonly InstanceId[]): void {
  const { instances, hidden } = useImage.getState();
  const others = instances.map((i) => i.id).filter((id) => !ids.includes(id));
  const already = others.every((id) => hidden.has(id)) && ids.every((id) => !hidden.has(id));
  useImage.setState({ hidden: new Set(already ? [] : others) });
}

import { create } from 'zustand';
import type { OpenImage } from '../../src-shared/contract/types.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { ImageId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { putRow, useList } from './list-store.ts';
import { mark } from './marks.ts';
import { projectHandle } from './project-store.ts';

interface ImageState {
  readonly current: ImageId | null;
  /** The current image, once main has answered. */
  readonly open: OpenImage | null;
  /** Why the current image could not be opened at all. */
  readonly problem: Problem | null;
  /** The image whose picture is on screen. */
  readonly painted: ImageId | null;
  readonly instances: readonly Instance[];
  readonly selection: ReadonlySet<InstanceId>;
  readonly hovered: InstanceId | null;
  readonly hidden: ReadonlySet<InstanceId>;
  /** Answers for the images around the current one, so that going on paints at once. */
  readonly ahead: ReadonlyMap<ImageId, OpenImage>;
}

const NONE: ReadonlySet<InstanceId> = new Set();
const START: ImageState = { current: null, open: null, problem: null, painted: null, instances: [], selection: NONE, hovered: null, hidden: NONE, ahead: new Map() };
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
  useImage.setState({ ...START, ahead, painted, current: image, open: known, instances: known?.instances ?? [] });
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
  const state = useImage.getState();
  if (state.current !== open.row.id) return;
  const there = new Set(open.instances.map((i) => i.id));
  const kept = (ids: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> => ([...ids].every((id) => there.has(id)) ? ids : new Set([...ids].filter((id) => there.has(id))));
  useImage.setState({ open, problem: null, instances: open.instances, selection: kept(state.selection), hidden: kept(state.hidden) });
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

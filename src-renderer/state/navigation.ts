import { t } from 'i18next';
import type { ImageFilter } from '../../src-shared/contract/types.ts';
import { edit } from './edits.ts';
import { useImage } from './image-store.ts';
import { idsOf, useList } from './list-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { goTo } from './session.ts';
import { settleDraft } from './leave-draft.ts';

/** The place in the list to go on from when the current image no longer passes the filter. */
let lastIndex = -1;

function indexOfCurrent(ids: Uint32Array): number {
  const { current } = useImage.getState();
  const at = current === null ? -1 : ids.indexOf(current);
  if (at >= 0) lastIndex = at;
  return at;
}

/** Goes to the next (1) or previous (-1) image of the list as filtered. */
export function step(by: 1 | -1): void {
  const { ids } = useList.getState();
  if (ids === null || ids.length === 0) return;
  const at = indexOfCurrent(ids);
  // Filtered away, the current image has left a gap: what followed it has moved into its place.
  const to = at >= 0 ? at + by : Math.min(by === 1 ? Math.max(lastIndex, 0) : lastIndex - 1, ids.length - 1);
  const image = ids[to];
  if (image === undefined) notify({ level: 'info', message: t(by === 1 ? 'go.last' : 'go.first') });
  else goTo(image);
}

/** Goes to the nearest image after (1) or before (-1) the current one that is not done. */
export async function stepToNotDone(by: 1 | -1): Promise<void> {
  const { ids, filter } = useList.getState();
  if (ids === null) return;
  try {
    const open = await notDone(filter);
    const start = indexOfCurrent(ids);
    for (let at = start + by; at >= 0 && at < ids.length; at += by) {
      const image = ids[at];
      if (image !== undefined && open.has(image)) {
        goTo(image);
        return;
      }
    }
    notify({ level: 'info', message: t(by === 1 ? 'go.noneAfter' : 'go.noneBefore') });
  } catch (error) {
    notifyError(error);
  }
}

async function notDone(filter: ImageFilter): Promise<Set<number>> {
  const [todo, inProgress] = await Promise.all([idsOf({ ...filter, status: 'todo' }), idsOf({ ...filter, status: 'in-progress' })]);
  return new Set([...todo, ...inProgress]);
}

/** Marks the current image as done (or, when it is, as in progress again). */
export async function toggleDone(): Promise<void> {
  const { current } = useImage.getState();
  const row = current === null ? undefined : useList.getState().rows.get(current);
  if (row === undefined) return;
  const done = row.status === 'done';
  if (!done && !(await settleDraft())) return;
  await edit(t(done ? 'edit.notDone' : 'edit.done', { name: row.name }), [{ type: 'image.status', ids: [row.id], status: done ? 'in-progress' : 'done' }]);
}

export async function doneAndNext(): Promise<void> {
  if (!(await settleDraft())) return;
  const { current } = useImage.getState();
  const row = current === null ? undefined : useList.getState().rows.get(current);
  if (row === undefined) return;
  const written = row.status === 'done' ? Promise.resolve(null) : edit(t('edit.done', { name: row.name }), [{ type: 'image.status', ids: [row.id], status: 'done' }]);
  step(1);
  await written;
}

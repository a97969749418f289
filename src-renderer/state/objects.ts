import { t } from 'i18next';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Box, ClassId, InstanceId } from '../../src-shared/domain/schema.ts';
import { edit } from './edits.ts';
import { useImage } from './image-store.ts';
import { className, classes, isReadOnly, setActiveClass, useProject } from './project-store.ts';
import { acceptCandidate, canAccept } from './prompt-store.ts';
import { showClassPicker } from './ui-store.ts';

/** Accepts the candidate on show with this class. @returns as acceptCandidate */
export async function acceptAs(id: ClassId | null): Promise<boolean | null> {
  if (id !== null) setActiveClass(id);
  return acceptCandidate(t('edit.add', { name: className(id) }), id);
}

/** Accepts with the active class; in a project without one, asks for a class first. */
export async function accept(): Promise<void> {
  if (!canAccept()) return;
  const { activeClass } = useProject.getState();
  if (activeClass === null) showClassPicker('accept');
  else await acceptAs(activeClass);
}

export async function relabel(ids: readonly InstanceId[], id: ClassId | null): Promise<void> {
  if (ids.length === 0 || isReadOnly()) return;
  await edit(t('edit.relabel', { count: ids.length, name: className(id) }), [{ type: 'instance.update', ids: [...ids], class: id }]);
}

export async function removeInstances(ids: readonly InstanceId[]): Promise<void> {
  if (ids.length === 0 || isReadOnly()) return;
  await edit(t('edit.remove', { count: ids.length }), [{ type: 'instance.remove', ids: [...ids] }]);
}

/** Copies lie exactly over their originals and are selected instead of them. */
export async function duplicateSelected(): Promise<void> {
  const { instances, selection } = useImage.getState();
  const commands: EditCommand[] = instances
    .filter((i) => selection.has(i.id))
    .map((i) => ({ type: 'instance.add', image: i.image, class: i.class, shape: i.shape, provenance: i.provenance }));
  if (commands.length === 0 || isReadOnly()) return;
  await edit(t('edit.duplicate', { count: commands.length }), commands, 'select');
}

export async function addRectangle(box: Box): Promise<void> {
  const image = useImage.getState().current;
  if (image === null || isReadOnly()) return;
  const { activeClass } = useProject.getState();
  const made = await edit(t('edit.add', { name: className(activeClass) }), [
    { type: 'instance.add', image, class: activeClass, shape: { kind: 'box', box }, provenance: { source: 'human', touched: false, sam: null } },
  ], 'select');
  if (made !== null && activeClass === null) showClassPicker('relabel');
}

/**
 * What picking a class means now: with a candidate on show it accepts it, with a selection it relabels it, and in any
 * case it is the class of what is drawn next.
 */
export async function pickClass(id: ClassId): Promise<void> {
  const selected = [...useImage.getState().selection];
  setActiveClass(id);
  if (canAccept()) await acceptAs(id);
  else await relabel(selected, id);
}

/** @returns the new class's id, or null when it was refused. */
export async function addClass(name: string): Promise<ClassId | null> {
  const made = await edit(t('edit.addClass', { name }), [{ type: 'class.add', name }]);
  const id = made?.created.classes[0] ?? null;
  if (id !== null) setActiveClass(id);
  return id;
}

export async function changeClass(id: ClassId, change: { name?: string; colour?: string }): Promise<void> {
  await edit(t('edit.changeClass', { name: className(id) }), [{ type: 'class.update', id, ...change }]);
}

/** Gives a class a key, taking it from the class that had it: one step of undo. */
export async function assignKey(id: ClassId, key: number | null): Promise<void> {
  const holder = key === null ? undefined : classes().find((c) => c.key === key && c.id !== id);
  const commands: EditCommand[] = holder === undefined ? [] : [{ type: 'class.update', id: holder.id, key: null }];
  await edit(t('edit.key', { name: className(id) }), [...commands, { type: 'class.update', id, key }]);
}

export type FateOfInstances = Extract<EditCommand, { type: 'class.remove' }>['instances'];

export async function removeClass(id: ClassId, instances: FateOfInstances): Promise<void> {
  await edit(t('edit.removeClass', { name: className(id) }), [{ type: 'class.remove', id, instances }]);
}

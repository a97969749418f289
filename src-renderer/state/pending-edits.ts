import type { ImageRow, ProjectInfo } from '../../src-shared/contract/types.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import { packIds, unpackIds } from '../../src-shared/domain/packed-ids.ts';
import type { NewInstance } from '../../src-shared/domain/plan-edits.ts';
import { reduceEdits, type EditState } from '../../src-shared/domain/reduce-edits.ts';
import type { ClassId, ImageId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';

/**
 * Edits that are on show before main has made them. What main says is shown with these over it, until it has answered each.
 */
export interface PendingEdit {
  readonly request: string;
  readonly edits: readonly Edit[];
  readonly added: readonly NewInstance[];
  /** Ids made up here, in the order of the commands; null for what is made out of sight. */
  readonly made: { readonly instances: readonly (InstanceId | null)[]; readonly classes: readonly (ClassId | null)[] };
}

/** Ids from here on are made up by this page, for what main has not made yet. */
const PROVISIONAL = 2 ** 50;
let next = PROVISIONAL;

export const freshId = (): number => next++;
export const isProvisional = (id: number): boolean => id >= PROVISIONAL;

let pending: readonly PendingEdit[] = [];

export function addPending(edit: PendingEdit): void {
  pending = [...pending, edit];
}

/** It is no longer shown over what main says. Null when it was not there. */
export function takePending(request: string | null): PendingEdit | null {
  const found = pending.find((edit) => edit.request === request) ?? null;
  if (found !== null) pending = pending.filter((edit) => edit !== found);
  return found;
}

/** Main has given ids to what this page had made up: later edits that are still pending go by them. */
export function namePending(ids: ReadonlyMap<number, number>): void {
  if (ids.size === 0) return;
  pending = pending.map((edit) => ({ ...edit, edits: edit.edits.map((one) => ('ids' in one ? { ...one, ids: packIds(unpackIds(one.ids).map((id) => ids.get(id) ?? id)) } : one)) }));
}

export function clearPending(): void {
  pending = [];
}

const NOTHING: EditState = { instances: [], classes: [], images: new Map() };

/** The instances of an image as main knows them, with what is pending. */
export function withPending(instances: readonly Instance[], image: ImageId | null): readonly Instance[] {
  return pending.reduce((now, edit) => withEdit(now, edit, image), instances);
}

export const withEdit = (instances: readonly Instance[], { edits, added }: PendingEdit, image: ImageId | null): readonly Instance[] =>
  reduceEdits({ ...NOTHING, instances }, edits, added.filter((one) => one.image === image)).instances;

/** The same of the classes in a project's facts. */
export function infoWithPending(info: ProjectInfo): ProjectInfo {
  return pending.reduce((now, { edits }) => infoWith(now, edits), info);
}

export function infoWith(info: ProjectInfo, edits: readonly Edit[]): ProjectInfo {
  const { classes } = reduceEdits({ ...NOTHING, classes: info.classes }, edits, []);
  if (classes === info.classes) return info;
  const counts = new Map(info.classes.map(({ id, instances }) => [id, instances]));
  return { ...info, classes: classes.map((cls) => ({ ...cls, instances: counts.get(cls.id) ?? 0 })) };
}

/** The same of an image's row. */
export function rowWithPending(row: ImageRow): ImageRow {
  return pending.reduce((now, { edits }) => rowWith(now, edits), row);
}

export function rowWith(row: ImageRow, edits: readonly Edit[]): ImageRow {
  const { status, split } = reduceEdits({ ...NOTHING, images: new Map([[row.id, row]]) }, edits, []).images.get(row.id) ?? row;
  return status === row.status && split === row.split ? row : { ...row, status, split };
}

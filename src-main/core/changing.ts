import type { EditResult } from '../../src-shared/contract/types.ts';
import type { Events } from './events.ts';
import type { OpenProject } from './open-projects.ts';

/** What a change gives: its edit, or an answer with it; null for a change that turned out to be none. */
type Changed = EditResult | { readonly edit: EditResult | null } | null;

/** Changes a project in its turn and tells everybody before the next change. Every change of a project's content goes through here. */
export function changeInTurn<Result extends Changed>({ store, handle }: OpenProject, events: Events, change: () => Result | Promise<Result>): Promise<Result> {
  return store.inTurn(async () => {
    const changed = await change();
    const edit = editOf(changed);
    if (edit !== null) events.emit('project.edited', { project: handle, edit });
    return changed;
  });
}

const editOf = (changed: Changed): EditResult | null => (changed !== null && 'edit' in changed ? changed.edit : changed);

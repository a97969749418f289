import type { EditResult } from '../../src-shared/contract/types.ts';
import type { Events } from './events.ts';
import type { OpenProject } from './open-projects.ts';

/** Changes a project in its turn and tells everybody before the next change; null for a change that turned out to be none. */
export function changeInTurn<Edit extends EditResult | null>({ store, handle }: OpenProject, events: Events, change: () => Edit | Promise<Edit>): Promise<Edit> {
  return store.inTurn(async () => {
    const edit = await change();
    if (edit !== null) events.emit('project.edited', { project: handle, edit });
    return edit;
  });
}

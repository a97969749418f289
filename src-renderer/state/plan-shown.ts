import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import { planEdits, type EditView, type NewInstance } from '../../src-shared/domain/plan-edits.ts';
import { reduceEdits, type EditState } from '../../src-shared/domain/reduce-edits.ts';
import { missing, stateView } from '../../src-shared/domain/state-view.ts';
import type { ClassId, ImageId, InstanceId } from '../../src-shared/domain/schema.ts';
import { useImage } from './image-store.ts';
import { useList } from './list-store.ts';
import { freshId, type PendingEdit } from './pending-edits.ts';
import { classes } from './project-store.ts';

/**
 * What commands will change of what is on show, as main will plan it: the same planner over the page's own stores. What they
 * change elsewhere is passed over, and a command that main is going to refuse shows nothing.
 */
export function planShown(commands: readonly EditCommand[]): Omit<PendingEdit, 'request'> {
  const { current, instances } = useImage.getState();
  const { rows } = useList.getState();
  let state: EditState = { instances, classes: classes(), images: rows };
  const edits: Edit[] = [];
  const added: NewInstance[] = [];
  const made = { instances: [] as (InstanceId | null)[], classes: [] as (ClassId | null)[] };
  for (const command of commands) {
    const shown = onShow(command, state, current);
    const plan = shown === null ? null : planned(shown, state);
    if (plan !== null) {
      state = reduceEdits(state, plan.edits, plan.added);
      edits.push(...plan.edits);
      added.push(...plan.added);
    }
    if (command.type === 'instance.add') made.instances.push(plan?.added[0]?.id ?? null);
    if (command.type === 'class.add') made.classes.push(plan?.classes[0] ?? null);
  }
  return { edits, added, made };
}

/** The part of a command that concerns what is on show, or null. */
function onShow(command: EditCommand, state: EditState, image: ImageId | null): EditCommand | null {
  switch (command.type) {
    case 'instance.add':
      return command.image === image ? command : null;
    case 'instance.update':
    case 'instance.remove': {
      const there = new Set(state.instances.map(({ id }) => id));
      const ids = command.ids.filter((id) => there.has(id));
      return ids.length === 0 ? null : { ...command, ids };
    }
    case 'image.status':
    case 'image.split': {
      const ids = command.ids.filter((id) => state.images.has(id));
      return ids.length === 0 ? null : { ...command, ids };
    }
    default:
      return command;
  }
}

function planned(command: EditCommand, state: EditState): ReturnType<typeof planEdits> | null {
  try {
    return planEdits(viewOf(state), command);
  } catch (error) {
    if (error instanceof MaskwrightError) return null;
    throw error;
  }
}

function viewOf(state: EditState): EditView {
  const { open } = useImage.getState();
  return stateView(state, (id) => (open?.row.id === id ? open.row : missing('no-such-image', id)), freshId);
}

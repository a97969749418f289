import { t } from 'i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { EditResult } from '../../src-shared/contract/types.ts';
import { call } from './backend.ts';
import { sendInOrder } from './edit-order.ts';
import { applyEdit } from './edits.ts';
import { useImage } from './image-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle } from './project-store.ts';
import { canPutBack, forgetTakenBack, putBackPoint, removeLastPoint, usePrompt } from './prompt-store.ts';
import { goTo } from './session.ts';

async function step(name: 'project.undo' | 'project.redo'): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  forgetTakenBack();
  try {
    const result = await sendInOrder([], () => call(name, { project }));
    if (applyEdit(project, result)) showWhatChanged(name, result);
  } catch (error) {
    // Two quick presses at the end of the history are no mistake worth a message.
    if (toProblem(error).code !== 'nothing-to-undo') notifyError(error);
  }
}

/**
 * A step that changed one image is shown there; one that changed several is named. It is only named too while a draft
 * is on the canvas, which going elsewhere would throw away.
 */
function showWhatChanged(name: 'project.undo' | 'project.redo', { label, images, manyImages }: EditResult): void {
  const { current } = useImage.getState();
  const [image, ...others] = images;
  if (image === undefined) return;
  const several = manyImages || others.length > 0;
  if (!several && image === current) return;
  if (!several && usePrompt.getState().session === null) goTo(image);
  else notify({ level: 'info', message: t(name === 'project.undo' ? 'history.undone' : 'history.redone', { label }) });
}

/** What undo and redo would do now: with a draft on the canvas they mean its clicks and boxes, never a saved edit behind it. */
export const undoes = (): 'prompt' | 'edit' => (usePrompt.getState().session === null ? 'edit' : 'prompt');
export const redoes = (): 'prompt' | 'edit' => (usePrompt.getState().session === null && !canPutBack() ? 'edit' : 'prompt');

/** Takes back the last click of the draft, else the last edit of the project, on whichever image it was made, and shows what changed. Failures are notices. */
export async function undo(): Promise<void> {
  if (undoes() === 'prompt') removeLastPoint();
  else await step('project.undo');
}

/** Makes what was last undone again, and shows what changed. Failures are notices. */
export async function redo(): Promise<void> {
  if (redoes() === 'prompt') putBackPoint();
  else await step('project.redo');
}

import { t } from 'i18next';
import type { Box, ClassId, ImageId } from '../../src-shared/domain/schema.ts';
import { useList } from './list-store.ts';
import { notify } from './notices-store.ts';
import { acceptAs } from './objects.ts';
import { className, useProject } from './project-store.ts';
import { currentStep } from './prompt-session.ts';
import type { PromptStep } from './prompt-session.ts';
import { canAccept, cancelPrompt, promptBox, usePrompt } from './prompt-store.ts';
import { useEdits } from './edits.ts';
import { showDialog, useUi } from './ui-store.ts';

/**
 * The one rule for whatever would take a draft off the canvas (another image, another project, Done, a review, the
 * box of the next object, closing the window): its candidate is accepted with the current class, in one step of undo that is said; without a class the
 * person is asked.
 */

type Answer = 'discard' | 'stay' | ClassId;

/** An engine that is restarted again and again must not keep the window busy for ever. */
const ATTEMPTS = 3;

let settling: Promise<boolean> | null = null;

/** @returns whether the canvas is free now; false: the person stays. */
export function settleDraft(): Promise<boolean> {
  settling ??= settle().finally(() => {
    settling = null;
  });
  return settling;
}

/** Goes on at once where there is no draft, else once it is settled. */
export function afterDraft(go: () => void): void {
  if (usePrompt.getState().session === null) go();
  else void settleDraft().then((free) => free && go());
}

/**
 * A box from the smart box tool. One that meets the draft's box, or holds a point on its object, is another try at the
 * same object; any other begins the next object, and the draft is settled first.
 */
export function drawBox(box: Box): void {
  const { session } = usePrompt.getState();
  const same = session !== null && isAnotherTry(box, currentStep(session));
  if (same) promptBox(box);
  else afterDraft(() => promptBox(box));
}

function isAnotherTry(box: Box, { points, box: before }: PromptStep): boolean {
  const holds = points.some((p) => p.label === 1 && p.x >= box.x && p.y >= box.y && p.x <= box.x + box.width && p.y <= box.y + box.height);
  const meets = before !== null && before.x < box.x + box.width && box.x < before.x + before.width && before.y < box.y + box.height && box.y < before.y + before.height;
  return holds || meets;
}

async function settle(): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await whenPrompt(({ busy, accepting }) => !busy && (!accepting || useEdits.getState().kept.length > 0));
    const { session, accepting } = usePrompt.getState();
    if (session === null) return true;
    const name = useList.getState().rows.get(session.image)?.name ?? '';
    if (accepting) {
      // Accepted, and the disk has not taken it yet: it is kept with the other edits, which say so.
      cancelPrompt();
      return true;
    }
    if (!canAccept()) {
      cancelPrompt();
      notify({ level: 'info', message: t('draft.noMask', { name }) });
      return true;
    }
    const answer = useProject.getState().activeClass ?? (await asked(session.image));
    if (answer === 'stay') return false;
    if (answer === 'discard') {
      cancelPrompt();
      return true;
    }
    const stored = await acceptAs(answer);
    if (stored === true) {
      notify({ level: 'success', message: t('draft.accepted', { name, as: className(answer) }) });
      return true;
    }
    // Refused, which is said: the person stays with it. Kept, or asked for anew: once more.
    if (stored === null && useEdits.getState().kept.length === 0) return false;
  }
  return false;
}

function whenPrompt(holds: (state: ReturnType<typeof usePrompt.getState>) => boolean): Promise<void> {
  if (holds(usePrompt.getState())) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = usePrompt.subscribe((state) => {
      if (!holds(state)) return;
      stop();
      resolve();
    });
  });
}

let answerWith: ((answer: Answer | Promise<Answer>) => void) | null = null;

/** What the person wants done with the draft: asked by a dialog, then by the class picker. Leaving both without an answer is staying. */
function asked(image: ImageId): Promise<Answer> {
  showDialog({ kind: 'draft', image });
  return new Promise((resolve) => {
    const stop = useUi.subscribe(({ dialog, classPicker }) => {
      if (dialog?.kind !== 'draft' && classPicker !== 'settle') answerDraft('stay');
    });
    answerWith = (answer) => {
      stop();
      resolve(answer);
    };
  });
}

export function answerDraft(answer: Answer | Promise<Answer>): void {
  answerWith?.(answer);
  answerWith = null;
}

/** The dialog's first choice: a class is chosen in the picker, which answers. */
export function chooseClassOfDraft(): void {
  useUi.setState({ dialog: null, classPicker: 'settle' });
}

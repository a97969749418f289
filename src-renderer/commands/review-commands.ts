import { useImage } from '../state/image-store.ts';
import { isReadOnly, projectHandle } from '../state/project-store.ts';
import { acceptProposal, acceptSame, keepPresent, reviewing, sameOf, startReview, stepProposal, useReplay } from '../state/replay-store.ts';
import { showDialog } from '../state/ui-store.ts';
import { focusCanvas } from './canvas-handle.ts';
import type { Command } from './types.ts';

const writable = (): boolean => projectHandle() !== null && !isReadOnly();
const waiting = (): boolean => useReplay.getState().total > 0;
const onShow = (): boolean => reviewing() && useReplay.getState().current !== null;
const decidable = (): boolean => onShow() && writable();
const hasSelection = (): boolean => useImage.getState().selection.size > 0;

/** Its keys are those of a button that was pressed for it, so the button must not keep the focus. */
function review(): void {
  startReview();
  focusCanvas();
}

/** Replaying prompts with another model, and reviewing what came of it. They share keys with drawing: before its commands, these mean something in a review only. */
export const REVIEW_COMMANDS: readonly Command[] = [
  { id: 'replay.start', title: 'command.replay', group: 'objects', keys: [], when: writable, run: () => showDialog({ kind: 'replay' }) },
  { id: 'replay.review', title: 'command.review', group: 'objects', keys: ['Shift+KeyR'], modeOnly: true, when: () => writable() && waiting() && !reviewing(), run: review },
  { id: 'replay.accept', title: 'command.acceptProposal', group: 'objects', keys: ['Enter', 'NumpadEnter'], modeOnly: true, when: decidable, run: acceptProposal },
  { id: 'replay.keep', title: 'command.keepPresent', group: 'objects', keys: ['Delete', 'Backspace'], modeOnly: true, when: () => decidable() && !hasSelection(), run: keepPresent },
  { id: 'replay.next', title: 'command.nextProposal', group: 'objects', keys: ['ArrowRight', 'ArrowDown'], modeOnly: true, when: onShow, run: () => stepProposal(1) },
  { id: 'replay.previous', title: 'command.previousProposal', group: 'objects', keys: ['ArrowLeft', 'ArrowUp'], modeOnly: true, when: onShow, run: () => stepProposal(-1) },
  { id: 'replay.acceptSame', title: 'command.acceptSame', group: 'objects', keys: [], modeOnly: true, when: () => reviewing() && writable() && sameOf(useReplay.getState().rows).length > 0, run: acceptSame },
];

import { CHECK_RULES } from '../../src-shared/contract/check.ts';
import { endWalk, repairShown, stepFinding, useCheck } from '../state/check-store.ts';
import { isReadOnly } from '../state/project-store.ts';
import { focusCanvas } from './canvas-handle.ts';
import type { Command } from './types.ts';

const walking = (): boolean => useCheck.getState().walk !== null;

function repairable(): boolean {
  const { walk } = useCheck.getState();
  return walk !== null && !walk.gone && CHECK_RULES[walk.rule].repair && !isReadOnly();
}

function leave(): void {
  endWalk();
  focusCanvas();
}

/** Going through what a check has found. */
export const CHECK_COMMANDS: readonly Command[] = [
  { id: 'check.next', title: 'command.nextFinding', group: 'dataset', keys: ['F8'], modeOnly: true, when: walking, run: () => stepFinding(1) },
  { id: 'check.previous', title: 'command.previousFinding', group: 'dataset', keys: ['Shift+F8'], modeOnly: true, when: walking, run: () => stepFinding(-1) },
  { id: 'check.repair', title: 'command.repairFinding', group: 'dataset', keys: ['Mod+F8'], modeOnly: true, when: repairable, run: repairShown },
  { id: 'check.leave', title: 'command.leaveFindings', group: 'dataset', keys: ['Escape'], modeOnly: true, when: walking, run: leave },
];

import type { EditCommand } from '../../src-shared/contract/types.ts';
import type { PlannedRepair } from '../datasets/check/plan-repairs.ts';
import { takeStep, writeFromOutside } from './step.ts';

/**
 * Carries planned repairs out as one step of undo, all or nothing; instances that were changed or deleted since are passed over.
 * Made for the process beside the one that has the project open, which must not write meanwhile. Gives what was done.
 * Throws what a project's file throws.
 */
export function writeRepairs(file: string, label: string, repairs: readonly PlannedRepair[]): PlannedRepair[] {
  return writeFromOutside(file, (tables) => {
    const valid = repairs.filter(({ before }) => tables.instances.isUnchanged(before));
    const gone = valid.filter(({ shape }) => shape === null).map(({ before }) => before.id);
    const commands = valid.flatMap(({ before, shape }): EditCommand[] => (shape === null ? [] : [{ type: 'instance.update', ids: [before.id], shape }]));
    if (gone.length > 0) commands.push({ type: 'instance.remove', ids: gone });
    takeStep(tables, label, commands);
    return valid;
  });
}

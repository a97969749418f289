import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { PlannedRepair } from '../datasets/check/plan-repairs.ts';
import { takeStep, writeFromOutside } from './step.ts';

export interface WrittenRepairs {
  /** Instances. */
  readonly done: number;
  /** Images on which they are. */
  readonly images: ImageId[];
  /** Polygons that became masks. */
  readonly masks: number;
}

/**
 * Carries planned repairs out as one step of undo, all or nothing; instances that were changed or deleted since are passed over.
 * Made for the process beside the one that has the project open, which must not write meanwhile.
 * Throws what a project's file throws.
 * @param work see writeFromOutside
 */
export function writeRepairs(file: string, work: string, label: string, repairs: readonly PlannedRepair[]): WrittenRepairs {
  return writeFromOutside(file, work, (tables) => {
    const valid = repairs.filter(({ before }) => tables.instances.isUnchanged(before));
    const gone = valid.filter(({ shape }) => shape === null).map(({ before }) => before.id);
    const commands = valid.flatMap(({ before, shape }): EditCommand[] => (shape === null ? [] : [{ type: 'instance.update', ids: [before.id], shape }]));
    if (gone.length > 0) commands.push({ type: 'instance.remove', ids: gone });
    takeStep(tables, label, commands);
    return {
      done: valid.length,
      images: [...new Set(valid.map(({ before }) => before.image))],
      masks: valid.filter(({ before, shape }) => before.shape.kind === 'polygon' && shape?.kind === 'mask').length,
    };
  });
}

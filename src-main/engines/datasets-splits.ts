import { unpackIds } from '../../src-shared/domain/packed-ids.ts';
import { nearDuplicates } from '../datasets/near-duplicates.ts';
import { planSplits } from '../datasets/splits/plan-splits.ts';
import type { LookAlikes } from '../datasets/splits/plan-splits.ts';
import type { ProjectSnapshot } from '../projects/snapshot.ts';
import { repeatStep, takeStep, writeFromOutside } from '../projects/step.ts';
import { snapshot } from './datasets-moment.ts';
import { PlanSplitsParams, RepeatStepParams, WriteSplitsParams } from './datasets-splits-api.ts';
import type { Method } from './serve.ts';

/** The methods of the datasets engine that divide images, and that write steps of undo too long for main. */
export const splitMethods: Readonly<Record<string, Method>> = {
  planSplits: async (params, { signal }) => {
    const { plan, ...files } = PlanSplitsParams.parse(params);
    using moment = snapshot(files);
    const alike = plan.groups.duplicates ? await lookAlikes(moment.source, signal) : null;
    return await planSplits(moment.source, plan, alike, signal);
  },
  writeSplits: (params) => {
    const { project, work, label, changes, lockedStay } = WriteSplitsParams.parse(params);
    return writeFromOutside(project, work, (tables) => {
      const commands = changes.map(({ split, ids }) => ({ type: 'image.split' as const, ids: unpackIds(ids).filter((id) => !lockedStay || tables.images.split(id) === null), split }));
      takeStep(tables, label, commands);
      return {};
    });
  },
  repeatStep: (params) => {
    const { project, work, undone, step } = RepeatStepParams.parse(params);
    return writeFromOutside(project, work, (tables) => ({ label: repeatStep(tables, undone, step).label }));
  },
};

async function lookAlikes(source: ProjectSnapshot, signal: AbortSignal): Promise<LookAlikes> {
  const { groups, compared } = await nearDuplicates(source.fingerprints(), { signal });
  return { groups, unseen: source.counts('all').images - compared };
}

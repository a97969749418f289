import { z } from 'zod';
import { SplitPlan, SplitReport } from '../../src-shared/contract/splits.ts';
import { WorkId } from '../../src-shared/contract/types.ts';
import { MomentParams } from './datasets-api.ts';

/** What main may ask of the datasets engine about splits: parameters are checked there, results here. */

const path = z.string().min(1).max(32_768);
const packed = z.instanceof(Uint8Array).describe('ids of images (packed-ids.ts)');
const change = z.strictObject({ split: z.string().nullable(), ids: packed });

export const PlanSplitsParams = MomentParams.extend({ plan: SplitPlan });
export const PlanSplitsResult = z.strictObject({ report: SplitReport, changes: z.array(change) });
export type PlanSplitsResult = z.infer<typeof PlanSplitsResult>;
/** `lockedStay`: images that have got a split meanwhile keep it. */
export const WriteSplitsParams = z.strictObject({ project: path, work: WorkId, label: z.string(), changes: z.array(change), lockedStay: z.boolean() });
/** Takes a step back (`undone`), or does it again, if it is the next one. */
export const RepeatStepParams = z.strictObject({ project: path, work: WorkId, undone: z.boolean(), step: z.int() });
export const RepeatStepResult = z.strictObject({ label: z.string() });

import { z } from 'zod';
import { Finding, RuleId } from '../../src-shared/contract/check.ts';
import { Problem } from '../../src-shared/contract/errors.ts';
import { WorkId } from '../../src-shared/contract/types.ts';
import { ImageId, InstanceId } from '../../src-shared/domain/schema.ts';
import { MomentParams } from './datasets-api.ts';

/** What main may ask of the datasets engine about checks: parameters are checked there, results here. */

const count = z.int().nonnegative();
const Thresholds = z.record(z.string(), z.number());

export const CheckParams = MomentParams.extend({
  rules: z.partialRecord(RuleId, Thresholds),
  /** By their own rules alone; null: all images, by all rules. */
  images: z.array(ImageId).nullable(),
});
export const CheckProgress = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), done: z.number().nonnegative(), total: z.number().nonnegative().nullable() }),
  z.strictObject({ kind: z.literal('found'), findings: z.array(z.tuple([RuleId, Finding])) }),
  z.strictObject({ kind: z.literal('not-looked-at'), item: z.string(), why: z.string() }),
]);
export const CheckResult = z.strictObject({ images: count, instances: count, totals: z.array(z.tuple([RuleId, count])) });

export const RepairParams = MomentParams.extend({
  rule: z.enum(['island', 'pinhole', 'outside', 'empty']),
  thresholds: Thresholds,
  /** Null: all that the rule finds. */
  targets: z.array(z.strictObject({ image: ImageId, instances: z.array(InstanceId) })).nullable(),
});
export const RepairProgress = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), done: z.number().nonnegative(), total: z.number().nonnegative().nullable() }),
  z.strictObject({ kind: z.literal('problem'), item: z.string(), problem: Problem }),
]);
/** `left`: images that a further repair has to go over. */
export const RepairResult = z.strictObject({ repairs: count, left: count });
export const WriteRepairsParams = z.strictObject({ project: z.string(), work: WorkId, label: z.string() });
/** `masks`: polygons that became masks. */
export const WriteRepairsResult = z.strictObject({ done: count, images: z.array(ImageId), masks: count });

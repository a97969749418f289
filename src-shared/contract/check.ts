import { z } from 'zod';
import { MaskwrightError } from './errors.ts';
import { Box, ClassId, ImageId, InstanceId } from '../domain/schema.ts';

export const Severity = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof Severity>;

export const RuleId = z.enum([
  'duplicate', 'overlap', 'gap', 'island', 'pinhole', 'empty', 'outside', 'misfit', 'no-class',
  'file-missing', 'file-changed', 'file-unreadable', 'done-empty', 'unlabelled',
  'unused-class', 'copies-differ', 'near-duplicate',
]);
export type RuleId = z.infer<typeof RuleId>;

export interface Threshold {
  readonly least: number;
  readonly most: number;
  readonly default: number;
  /** A share of 1, or whole pixels. */
  readonly unit: 'share' | 'pixels';
}

export interface CheckRule {
  readonly severity: Severity;
  /** What a finding is about: whether it changes with an edit of its image, or takes a look at all images. */
  readonly scope: 'image' | 'dataset';
  /** There is one obvious way to put it right. */
  readonly repair: boolean;
  /** It is looked for when nothing is said: it takes no more than reading the labels. */
  readonly usual: boolean;
  readonly thresholds: Readonly<Record<string, Threshold>>;
}

const share = (value: number): Threshold => ({ least: 0.01, most: 1, default: value, unit: 'share' });
const pixels = (value: number, most = 1_000_000): Threshold => ({ least: 1, most, default: value, unit: 'pixels' });
const ofImage = (severity: Severity, thresholds: CheckRule['thresholds'] = {}, repair = false): CheckRule => ({ severity, scope: 'image', repair, usual: true, thresholds });
const ofDataset = (severity: Severity, usual: boolean): CheckRule => ({ severity, scope: 'dataset', repair: false, usual, thresholds: {} });

/** What a check looks for, in the order in which it is listed. docs/check.md says of each what counts as found. */
export const CHECK_RULES: Readonly<Record<RuleId, CheckRule>> = {
  duplicate: ofImage('error', { iou: share(0.8) }),
  overlap: ofImage('warning', { iou: share(0.3), contained: share(0.95) }),
  gap: ofImage('info', { width: pixels(3, 64), least: pixels(10), most: pixels(4_000) }),
  island: ofImage('warning', { area: pixels(16) }, true),
  pinhole: ofImage('warning', { area: pixels(16) }, true),
  empty: ofImage('error', {}, true),
  outside: ofImage('warning', { distance: pixels(1, 65_535) }, true),
  misfit: ofImage('error'),
  'no-class': ofImage('warning'),
  'file-missing': ofImage('error'),
  'file-changed': ofImage('error'),
  'file-unreadable': ofImage('error'),
  'done-empty': ofImage('warning'),
  unlabelled: ofImage('info'),
  'unused-class': ofDataset('info', true),
  'copies-differ': ofDataset('warning', true),
  'near-duplicate': ofDataset('info', false),
};

/** The rules that are looked for, with thresholds that are not the default ones. */
export const CheckOptions = z.partialRecord(RuleId, z.record(z.string().max(40), z.number()));
export type CheckOptions = z.infer<typeof CheckOptions>;

/** As CheckOptions, with every threshold. */
export type Rules = Readonly<Partial<Record<RuleId, Readonly<Record<string, number>>>>>;

/** The usual rules with their own thresholds. */
export const usualRules = (): CheckOptions => Object.fromEntries(RuleId.options.filter((id) => CHECK_RULES[id].usual).map((id) => [id, {}]));

/** Fills in what is not said. Throws 'bad-request' naming a threshold that is unknown or out of its bounds. */
export function checkedRules(options: CheckOptions): Rules {
  const entries = RuleId.options.flatMap((id) => {
    const given = options[id];
    if (given === undefined) return [];
    const { thresholds } = CHECK_RULES[id];
    for (const [name, value] of Object.entries(given)) {
      const known = thresholds[name];
      if (known === undefined) throw new MaskwrightError('bad-request', `The rule "${id}" has no threshold "${name}". ${Object.keys(thresholds).length === 0 ? 'It has none.' : `It has ${Object.keys(thresholds).join(', ')}.`}`, name);
      if (!(value >= known.least && value <= known.most)) throw new MaskwrightError('bad-request', `${id}.${name} is a number from ${known.least} to ${known.most}, not ${value}.`, name);
    }
    return [[id, Object.fromEntries(Object.entries(thresholds).map(([name, { default: own }]) => [name, given[name] ?? own]))] as const];
  });
  return Object.fromEntries(entries);
}

/** The most findings of one rule that are kept; the rest are counted. */
export const MOST_FINDINGS = 10_000;

export const Finding = z.strictObject({
  /** Null for what concerns a class. */
  image: ImageId.nullable(),
  /** Of the image, relative to its root. */
  path: z.string().nullable(),
  /** What it is about, at most two; and beside them their classes. */
  instances: z.array(InstanceId).max(2),
  classes: z.array(ClassId.nullable()).max(2),
  /** Where to look, in image pixels; null for the whole image. */
  box: Box.nullable(),
  /** The other of two images. */
  other: z.strictObject({ image: ImageId, path: z.string() }).nullable(),
  /** By name: iou, contained, pixels, count, distance, width, height, instances, others, as the rule has them. */
  measures: z.record(z.string(), z.number()),
});
export type Finding = z.infer<typeof Finding>;

/** A finding as it is listed: with its number, and what showing its image takes. */
export const FindingRow = Finding.extend({
  n: z.int(),
  rule: RuleId,
  /** As ImageRow.version; null where there is no image. */
  version: z.string().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
});
export type FindingRow = z.infer<typeof FindingRow>;

/** Something that was too much to look at. */
export const NotLookedAt = z.strictObject({ item: z.string(), why: z.string() });

export const CheckResults = z.strictObject({
  /** When it was made, milliseconds since the epoch. */
  at: z.number(),
  options: CheckOptions,
  images: z.int(),
  instances: z.int(),
  /** In the order of the rules; `listed` of them are kept. */
  rules: z.array(z.strictObject({ rule: RuleId, total: z.int(), listed: z.int() })),
  /** The first 100, and how many there are. */
  notLookedAt: z.array(NotLookedAt),
  notLookedAtCount: z.int(),
  /** The project was edited since in ways that the lists do not show. */
  stale: z.boolean(),
});
export type CheckResults = z.infer<typeof CheckResults>;

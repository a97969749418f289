import type { Finding, RuleId } from '../../src-shared/contract/check.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { checkDataset } from '../datasets/check/check-dataset.ts';
import { planRepairs } from '../datasets/check/plan-repairs.ts';
import { nearDuplicates } from '../datasets/near-duplicates.ts';
import type { PlannedRepair } from '../datasets/check/plan-repairs.ts';
import { doneBefore } from '../projects/step.ts';
import { writeRepairs } from '../projects/write-repairs.ts';
import { CheckParams, RepairParams, WriteRepairsParams } from './datasets-check-api.ts';
import { reports, snapshot } from './datasets-moment.ts';
import { lookAt } from './datasets-pictures.ts';
import type { Method, MethodContext } from './serve.ts';

/** Findings of one message. */
const BATCH = 200;

/** Looks over one moment of a project. */
const check: Method = async (params, { signal, progress }) => {
  const { rules, images, ...files } = CheckParams.parse(params);
  using moment = snapshot(files);
  const { source } = moment;
  const batch = batches(progress);
  const checked = await checkDataset(source, rules, {
    signal,
    progress: reports(progress),
    found: batch.add,
    notLookedAt: (item, why) => progress({ kind: 'not-looked-at', item, why }),
    nearDuplicates: async () => {
      const { groups, compared } = await nearDuplicates(source.fingerprints(), { signal });
      const unseen = source.counts('all').images - compared;
      if (unseen > 0) progress({ kind: 'not-looked-at', item: unseen === 1 ? '1 image' : `${unseen.toLocaleString('en')} images`, why: 'the pictures could not be compared with others' });
      return groups;
    },
    hash: async (file) => {
      const look = await lookAt(file, signal);
      return 'problem' in look ? null : look.contentHash;
    },
  }, images?.flatMap((id) => source.image(id) ?? []) ?? null);
  batch.flush();
  return { images: checked.images, instances: checked.instances, totals: [...checked.totals] };
};

function batches(progress: MethodContext['progress']): { add(rule: RuleId, finding: Finding): void; flush(): void } {
  let findings: [RuleId, Finding][] = [];
  const flush = (): void => {
    if (findings.length > 0) progress({ kind: 'found', findings });
    findings = [];
  };
  return {
    add: (rule, finding) => {
      findings.push([rule, finding]);
      if (findings.length >= BATCH) flush();
    },
    flush,
  };
}

/** Made by `repair`, waiting for `writeRepairs`. */
let planned: PlannedRepair[] | null = null;

const repair: Method = async (params, { signal, progress }) => {
  const { rule, thresholds, targets, ...files } = RepairParams.parse(params);
  using moment = snapshot(files);
  const wanted = targets === null ? null : new Map(targets.map(({ image, instances }) => [image, new Set(instances)]));
  const { repairs, left } = await planRepairs(moment.source, rule, thresholds, wanted, { signal, progress: reports(progress), problem: (item, problem) => progress({ kind: 'problem', item, problem }) });
  planned = repairs;
  return { repairs: repairs.length, left };
};

const write: Method = (params) => {
  const { project, work, label } = WriteRepairsParams.parse(params);
  const before = doneBefore(project, work);
  if (before !== undefined) return before.result;
  if (planned === null) throw new MaskwrightError('engine-failed', 'The repair was lost because its engine stopped. Nothing was changed: repair again.');
  const repairs = planned;
  planned = null;
  return writeRepairs(project, work, label, repairs);
};

export const checkMethods = { check, repair, writeRepairs: write };

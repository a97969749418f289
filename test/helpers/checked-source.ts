import { checkedRules } from '../../src-shared/contract/check.ts';
import type { CheckOptions, Finding, RuleId } from '../../src-shared/contract/check.ts';
import { checkDataset } from '../../src-main/datasets/check/check-dataset.ts';
import type { Checked } from '../../src-main/datasets/check/check-dataset.ts';
import type { CheckedImage, CheckSource } from '../../src-main/datasets/check/found.ts';
import { MemorySource } from './dataset-source.ts';

/** A data set in memory whose images lie in no folder: the rules about files are for real files. */
export class CheckedMemory extends MemorySource implements CheckSource {
  readonly contents = new Map<number, string>();

  override images(filter: 'all' | 'done'): CheckedImage[] {
    return super.images(filter).map((image) => ({ ...image, bytes: null, mtimeMs: null, contentHash: this.contents.get(image.id) ?? null, problem: null }));
  }
}

export interface Looked extends Checked {
  readonly found: readonly (readonly [RuleId, Finding])[];
  readonly notLookedAt: readonly string[];
}

export async function look(source: CheckSource, options: CheckOptions, signal: AbortSignal = new AbortController().signal): Promise<Looked> {
  const found: [RuleId, Finding][] = [];
  const notLookedAt: string[] = [];
  const checked = await checkDataset(source, checkedRules(options), {
    signal,
    hash: async () => null,
    nearDuplicates: async () => [],
    progress: () => undefined,
    found: (rule, finding) => found.push([rule, finding]),
    notLookedAt: (item, why) => notLookedAt.push(`${item}: ${why}`),
  });
  return { ...checked, found, notLookedAt };
}

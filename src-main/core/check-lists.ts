import { CHECK_RULES, MOST_FINDINGS } from '../../src-shared/contract/check.ts';
import type { CheckOptions, CheckResults, Finding, RuleId, Rules } from '../../src-shared/contract/check.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';

export interface KeptFinding {
  /** Its number, which it keeps. */
  readonly n: number;
  readonly finding: Finding;
}

const MOST_NOT_LOOKED_AT = 100;

/** The findings of one check of a project, until the next: the first of each rule, by image, and how many there are. */
export class CheckLists {
  readonly at: number;
  readonly options: CheckOptions;
  readonly rules: Rules;
  images = 0;
  instances = 0;
  /** Edits have made it differ from the project in ways that cannot be put right image by image. */
  stale = false;
  readonly #lists = new Map<RuleId, KeptFinding[]>();
  readonly #totals = new Map<RuleId, number>();
  readonly #notLookedAt: { item: string; why: string }[] = [];
  #notLookedAtCount = 0;
  /** Images that had findings at any time since. */
  readonly #touched = new Set<ImageId>();
  /** Numbers of what was looked at again, by rule and key: what an edit takes away and undo brings back is the same. */
  readonly #numbers = new Map<string, number>();
  #next = 1;

  constructor(options: CheckOptions, rules: Rules) {
    this.at = Date.now();
    this.options = options;
    this.rules = rules;
  }

  add(rule: RuleId, finding: Finding): void {
    const list = this.list(rule);
    list.push({ n: this.#next++, finding });
    this.#lists.set(rule, list);
    if (finding.image !== null) this.#touched.add(finding.image);
  }

  notLookedAt(item: string, why: string): void {
    this.#notLookedAtCount++;
    if (this.#notLookedAt.length < MOST_NOT_LOOKED_AT) this.#notLookedAt.push({ item, why });
  }

  /** How many there are of each rule that was looked for. */
  setTotals(totals: Iterable<readonly [RuleId, number]>): void {
    for (const [rule, total] of totals) this.#totals.set(rule, total);
  }

  list(rule: RuleId): KeptFinding[] {
    return this.#lists.get(rule) ?? [];
  }

  total(rule: RuleId): number {
    return this.#totals.get(rule) ?? 0;
  }

  /** Whether a list has, or had, something on the image. */
  concerns(image: ImageId): boolean {
    return this.#touched.has(image);
  }

  /**
   * Puts what was found when these images alone were looked at again in the place of what was found on them before, by the
   * rules that concern single images. What is found again keeps its number, also after it was gone. Past the end of a list that was cut, nothing is known of single images, and nothing changes.
   */
  replace(images: ReadonlySet<ImageId>, found: readonly (readonly [RuleId, Finding])[]): void {
    const byRule = Map.groupBy(found, ([rule]) => rule);
    for (const [rule, total] of this.#totals) {
      if (CHECK_RULES[rule].scope === 'dataset') continue;
      const before = this.list(rule);
      const horizon = before.length < total ? (before.at(-1)?.finding.image ?? 0) : Infinity;
      const others = before.filter(({ finding }) => !images.has(finding.image ?? 0));
      for (const { n, finding } of before) if (images.has(finding.image ?? 0)) this.#numbers.set(`${rule}/${keyOf(finding)}`, n);
      const now = (byRule.get(rule) ?? []).flatMap(([, finding]) => ((finding.image ?? 0) > horizon ? [] : [{ n: this.#numbers.get(`${rule}/${keyOf(finding)}`) ?? this.#next++, finding }]));
      if (others.length === before.length && now.length === 0) continue;
      const list = [...others, ...now].sort((a, b) => (a.finding.image ?? 0) - (b.finding.image ?? 0)).slice(0, MOST_FINDINGS);
      this.#lists.set(rule, list);
      this.#totals.set(rule, total - (before.length - others.length) + now.length);
    }
  }

  /**
   * Takes off a rule's list what was just repaired on these images (null: all of its findings there), until they are looked
   * at again: what is found then is put back under its number.
   */
  repaired(rule: RuleId, images: ReadonlySet<ImageId>, numbers: ReadonlySet<number> | null): void {
    const before = this.list(rule);
    const isGone = ({ n, finding }: KeptFinding): boolean => images.has(finding.image ?? 0) && (numbers === null || numbers.has(n));
    const left = before.filter((one) => !isGone(one));
    for (const one of before) if (isGone(one)) this.#numbers.set(`${rule}/${keyOf(one.finding)}`, one.n);
    this.#lists.set(rule, left);
    this.#totals.set(rule, this.total(rule) - (before.length - left.length));
  }

  results(): CheckResults {
    const rules = [...this.#totals].map(([rule, total]) => ({ rule, total, listed: this.list(rule).length }));
    return { at: this.at, options: this.options, images: this.images, instances: this.instances, rules, notLookedAt: [...this.#notLookedAt], notLookedAtCount: this.#notLookedAtCount, stale: this.stale };
  }
}

/** What a finding is about, whatever was measured. */
const keyOf = ({ image, instances, box }: Finding): string => `${image}/${instances.length === 1 ? instances[0] : `${instances.join(',')}/${box?.x},${box?.y}`}`;

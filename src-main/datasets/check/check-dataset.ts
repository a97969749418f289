import { CHECK_RULES, MOST_FINDINGS } from '../../../src-shared/contract/check.ts';
import type { Finding, RuleId } from '../../../src-shared/contract/check.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { ClassId, ImageId } from '../../../src-shared/domain/schema.ts';
import { pauses } from '../pauses.ts';
import { hasSize } from '../source.ts';
import type { DatasetInstance } from '../source.ts';
import { Copies } from './copies.ts';
import { fileTrouble, reportFile } from './file-rules.ts';
import type { HashFile } from './file-rules.ts';
import { MOST_KEPT_RUNS } from './found.ts';
import type { CheckedImage, CheckSource, Found, ImageReport, Rules } from './found.ts';
import { checkTogether } from './pair-rules.ts';
import { checkShape } from './shape-rules.ts';
import type { Drawn } from './shape-rules.ts';

export interface CheckRun {
  readonly signal: AbortSignal;
  readonly hash: HashFile;
  progress(done: number, total: number): void;
  /** The first MOST_FINDINGS of each rule, by image. */
  found(rule: RuleId, finding: Finding): void;
  notLookedAt(item: string, why: string): void;
  /** Groups of images that look alike, by id; asked for when the rule is on. */
  nearDuplicates(): Promise<readonly (readonly ImageId[])[]>;
}

export interface Checked {
  readonly images: number;
  readonly instances: number;
  /** How many findings each rule that was looked for has, listed or not. */
  readonly totals: ReadonlyMap<RuleId, number>;
}

/** Files that are looked at together: each takes a few round trips to the disk. */
const FILES_AT_ONCE = 64;

/**
 * Looks for what the rules name, in all images of a data set, or by the rules of single images in `only` these (as they are
 * given). Instances come one image after another, so memory follows the largest image, and 24 bytes for each image.
 * What cannot be read is told and passed over. Throws 'cancelled'.
 */
export async function checkDataset(source: CheckSource, rules: Rules, run: CheckRun, only: readonly CheckedImage[] | null = null): Promise<Checked> {
  const pause = pauses(run.signal);
  const total = only?.length ?? source.counts('all').images;
  const tally = new Tally(rules, run);
  const copies = only === null && rules['copies-differ'] !== undefined ? new Copies() : null;
  const used = new Set<ClassId>();
  let images = 0, instances = 0;
  for (const portion of inPortions(only ?? source.images('all'), FILES_AT_ONCE)) {
    const troubles = await Promise.all(portion.map((image) => fileTrouble(image, rules, run.hash)));
    for (const [i, image] of portion.entries()) {
      await pause();
      const report = tally.of(image);
      reportFile(troubles[i] ?? null, rules, report);
      const onImage = readable(() => source.instances(image.id), image, run);
      if (onImage !== null) {
        for (const { class: cls } of onImage) if (cls !== null) used.add(cls);
        copies?.add(image, onImage);
        await checkImage(image, onImage, rules, report, pause);
        instances += onImage.length;
      }
      run.progress(++images, total);
    }
  }
  if (only === null) await checkWhole(source, rules, run, tally, used, copies);
  return { images, instances, totals: tally.totals };
}

async function checkImage(image: CheckedImage, instances: readonly DatasetInstance[], rules: Rules, report: ImageReport, pause: () => Promise<void>): Promise<void> {
  if (instances.length === 0) {
    const rule = image.status === 'done' ? 'done-empty' : 'unlabelled';
    if (rules[rule] !== undefined) report.found(rule, {});
    return;
  }
  if (!hasSize(image)) {
    report.notLookedAt(image.path, 'its size is not known: the picture was never read');
    return;
  }
  const drawn: Drawn[] = [];
  let runs = 0, left = 0;
  for (const instance of instances) {
    await pause();
    const one = checkShape(instance, image, rules, report);
    if (one === null) continue;
    runs += one.mask.counts.length;
    if (runs <= MOST_KEPT_RUNS) drawn.push(one);
    else left++;
  }
  if (left > 0) report.notLookedAt(image.path, `overlaps and gaps of ${left.toLocaleString('en')} of its ${instances.length.toLocaleString('en')} instances were not looked for: together their outlines are too large`);
  checkTogether(drawn, image, rules, report);
}

async function checkWhole(source: CheckSource, rules: Rules, run: CheckRun, tally: Tally, used: ReadonlySet<ClassId>, copies: Copies | null): Promise<void> {
  if (rules['unused-class'] !== undefined) {
    for (const { id } of source.classes()) if (!used.has(id)) tally.add('unused-class', { image: null, path: null, instances: [], classes: [id], box: null, other: null, measures: {} });
  }
  const pairs: { rule: RuleId; image: ImageId; other: ImageId }[] = [];
  for (const { image, first } of copies?.differing() ?? []) pairs.push({ rule: 'copies-differ', image, other: first });
  for (const [first, ...others] of rules['near-duplicate'] === undefined ? [] : await run.nearDuplicates()) {
    for (const image of others) pairs.push({ rule: 'near-duplicate', image, other: first ?? image });
  }
  if (pairs.length === 0) return;
  const wanted = new Set(pairs.flatMap(({ image, other }) => [image, other]));
  const byId = new Map<ImageId, CheckedImage>();
  for (const image of source.images('all')) if (wanted.has(image.id)) byId.set(image.id, image);
  for (const { rule, image, other } of pairs) {
    const [one, two] = [byId.get(image), byId.get(other)];
    if (one === undefined || two === undefined) continue;
    const measures = { instances: source.instances(image).length, others: source.instances(other).length };
    tally.of(one).found(rule, { other: { image: two.id, path: two.path }, measures });
  }
}

/** Counts all findings, and passes on the first of each rule. */
class Tally {
  readonly totals: Map<RuleId, number>;
  readonly #run: CheckRun;

  constructor(rules: Rules, run: CheckRun) {
    this.#run = run;
    this.totals = new Map((Object.keys(CHECK_RULES) as RuleId[]).filter((rule) => rules[rule] !== undefined).map((rule) => [rule, 0]));
  }

  add(rule: RuleId, finding: Finding): void {
    const before = this.totals.get(rule) ?? 0;
    this.totals.set(rule, before + 1);
    if (before < MOST_FINDINGS) this.#run.found(rule, finding);
  }

  of(image: CheckedImage): ImageReport {
    return {
      found: (rule, { instances = [], box = null, other = null, measures = {} }: Found) =>
        this.add(rule, { image: image.id, path: image.path, instances: instances.map(({ id }) => id), classes: instances.map(({ class: cls }) => cls), box: box === null ? null : { ...box }, other, measures }),
      notLookedAt: (item, why) => this.#run.notLookedAt(item, why),
    };
  }
}

function readable(read: () => DatasetInstance[], { path }: CheckedImage, run: CheckRun): DatasetInstance[] | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    const { message }: Problem = error.toProblem();
    run.notLookedAt(path, message);
    return null;
  }
}

function* inPortions<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let portion: T[] = [];
  for (const item of items) {
    portion.push(item);
    if (portion.length < size) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

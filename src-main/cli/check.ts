import { CHECK_RULES, RuleId, usualRules } from '../../src-shared/contract/check.ts';
import type { CheckOptions, CheckResults, FindingRow } from '../../src-shared/contract/check.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { onProjectOrDataset, type DatasetOptions } from './dataset-argument.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob, MOST_LISTED, reportProblems } from './follow-job.ts';

export interface CheckWords extends DatasetOptions {
  /** Names with commas between; absent: all but those that take long. */
  readonly rules?: string;
  /** RULE.THRESHOLD=VALUE */
  readonly set: readonly string[];
  /** Rules whose findings are put right. */
  readonly fix?: readonly string[];
  readonly json?: true;
}

const PORTION = 200;

/** `maskwright check`: looks a project or a data set over, puts right what is asked, and lists what is left. Progress on stderr. */
export async function check(argument: string, words: CheckWords, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const options = optionsOf(words);
  const repairs = (words.fix ?? []).flatMap((word) => word.split(',')).map(repairableOf);
  return onProjectOrDataset(argument, words, start, console, interrupted, async (core, project, temporary) => {
    if (repairs.length > 0 && temporary) throw new MaskwrightError('bad-request', `"${argument}" is a data set of another program, which is never changed. Import it into a project (maskwright import), repair that, and export it.`, argument);
    const jobs = [() => call(core, 'check.start', { project, options }), ...repairs.map((rule) => () => call(core, 'check.repair', { project, rule, findings: null }))];
    // What repairs have changed may hide, or bring to light, something else.
    if (repairs.length > 0) jobs.push(() => call(core, 'check.start', { project, options }));
    for (const [i, begin] of jobs.entries()) {
      const job = await followJob(core, console, interrupted, begin);
      reportProblems(job, console);
      if (job.state !== 'done') return ended(job, console);
      if (i > 0 && i <= repairs.length) console.err(`${job.message ?? ''}\n`);
    }
    const results = await call(core, 'check.results', { project });
    if (results === null) throw new MaskwrightError('internal', 'The check ended without a result. Check again.');
    await (words.json === true ? printJson : printText)(core, project, results, console);
    return results.rules.some(({ total }) => total > 0) ? EXIT.found : EXIT.done;
  });
}

function ended(job: Job, console: Console): ExitCode {
  if (job.state === 'cancelled') {
    console.err('Cancelled.\n');
    return EXIT.interrupted;
  }
  console.err(`maskwright: ${job.message ?? 'The check failed.'}\n`);
  return EXIT.failed;
}

/** Throws 'bad-request' naming what there is not; thresholds are checked by main. */
function optionsOf({ rules, set }: CheckWords): CheckOptions {
  const options: CheckOptions = rules === undefined ? usualRules() : Object.fromEntries(rules.split(',').map((word) => [ruleOf(word), {}]));
  for (const word of set) {
    const [, rule = '', threshold = '', value = ''] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(word) ?? [];
    if (rule === '') throw new MaskwrightError('bad-request', `"--set ${word}" is no RULE.THRESHOLD=VALUE, such as overlap.iou=0.5.`, word);
    const thresholds = options[ruleOf(rule)];
    if (thresholds === undefined) throw new MaskwrightError('bad-request', `"--set ${word}": the rule "${rule}" is not among those of --rules.`, word);
    const number = Number(value);
    if (!Number.isFinite(number)) throw new MaskwrightError('bad-request', `${rule}.${threshold} is a number, not "${value}".`, word);
    thresholds[threshold] = number;
  }
  return options;
}

function repairableOf(word: string): RuleId {
  const rule = ruleOf(word);
  if (!CHECK_RULES[rule].repair) throw new MaskwrightError('bad-request', `What the rule "${rule}" finds cannot be repaired by itself: go to it in the window and decide. There are repairs for ${RuleId.options.filter((id) => CHECK_RULES[id].repair).join(', ')}.`, word);
  return rule;
}

function ruleOf(word: string): RuleId {
  const found = RuleId.safeParse(word.trim());
  if (!found.success) throw new MaskwrightError('bad-request', `There is no rule "${word}". There are ${RuleId.options.join(', ')}.`, word);
  return found.data;
}

async function printText(core: CoreApi, project: ProjectHandle, results: CheckResults, console: Console): Promise<void> {
  const { classes } = await call(core, 'project.info', { project });
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  const some = results.rules.filter(({ total }) => total > 0);
  for (const { rule, total } of some) {
    console.out(`${rule} (${CHECK_RULES[rule].severity}): ${total}\n`);
    const { rows } = await call(core, 'check.findings', { project, rule, text: '', offset: 0, limit: MOST_LISTED });
    for (const row of rows) console.out(`  ${textOf(row, names)}\n`);
    if (total > rows.length) console.out(`  … and ${total - rows.length} more\n`);
  }
  const sum = some.reduce((n, { total }) => n + total, 0);
  console.out(`${sum === 0 ? 'Nothing found' : sum === 1 ? '1 finding' : `${sum} findings`} in ${results.instances} instances on ${results.images} images.\n`);
  for (const { item, why } of results.notLookedAt.slice(0, MOST_LISTED)) console.err(`Not looked at: ${item}: ${why}.\n`);
  if (results.notLookedAtCount > MOST_LISTED) console.err(`… and ${results.notLookedAtCount - MOST_LISTED} more not looked at\n`);
}

function textOf({ path, instances, classes, other, measures, box }: FindingRow, names: ReadonlyMap<number, string>): string {
  const nameOf = (id: number | null | undefined): string => (id === null || id === undefined ? 'no class' : (names.get(id) ?? 'no class'));
  const about = instances.map((id, i) => `instance ${id} (${nameOf(classes[i])})`).join(' and ');
  const place = box === null ? '' : `at ${Math.round(box.x)},${Math.round(box.y)}`;
  const measured = Object.entries(measures).map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(3)}`).join(', ');
  return [path ?? nameOf(classes[0]), ...(other === null ? [] : [other.path]), about, place, measured].filter((part) => part !== '').join('  ');
}

async function printJson(core: CoreApi, project: ProjectHandle, results: CheckResults, console: Console): Promise<void> {
  const { classes } = await call(core, 'project.info', { project });
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  const rules = [];
  for (const { rule, total, listed } of results.rules) {
    const findings = [];
    for (let offset = 0; offset < listed; offset += PORTION) {
      const { rows } = await call(core, 'check.findings', { project, rule, text: '', offset, limit: PORTION });
      findings.push(...rows.map(({ image, path, instances, classes: ids, box, other, measures }) => ({ image, path, instances, classes: ids.map((id) => (id === null ? null : (names.get(id) ?? null))), box, other, measures })));
    }
    rules.push({ rule, severity: CHECK_RULES[rule].severity, total, findings });
  }
  const { images, instances, notLookedAt, notLookedAtCount } = results;
  console.out(`${JSON.stringify({ images, instances, rules, notLookedAt, notLookedAtCount }, null, 2)}\n`);
}

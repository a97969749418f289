import type { z } from 'zod';
import { CHECK_RULES, checkedRules } from '../../src-shared/contract/check.ts';
import type { CheckOptions, CheckResults, Finding, FindingRow, RuleId } from '../../src-shared/contract/check.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { MOST_NAMED_IMAGES } from '../../src-shared/contract/types.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { RepairableRule } from '../datasets/check/repair.ts';
import { CheckProgress, CheckResult, RepairProgress, RepairResult, WriteRepairsResult } from '../engines/datasets-check-api.ts';
import type { ImagesEngine } from '../images/engine-requests.ts';
import { fingerprintImages } from '../images/fingerprint-job.ts';
import type { JobContext, Jobs } from '../jobs/jobs.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { changeInTurn } from './changing.ts';
import { CheckLists } from './check-lists.ts';
import { count } from './counted.ts';
import { withEngine } from './dataset-export.ts';
import type { DatasetsEngine } from './dataset-export.ts';
import type { Events } from './events.ts';
import type { OpenProject, OpenProjects } from './open-projects.ts';

export interface CheckServices {
  readonly projects: OpenProjects;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly engine: DatasetsEngine;
  readonly imagesEngine: ImagesEngine;
  readonly log: (message: string) => void;
}

/** A project's last check, and what was edited since. */
interface Checked {
  readonly lists: CheckLists;
  readonly edited: Set<ImageId>;
  timer: NodeJS.Timeout | null;
  again: AbortController | null;
}

/** Edits come in bursts, and each look takes a process. */
const LOOK_AGAIN_MS = 400;

const CHECK_TITLE = 'Checking the dataset';

const REPAIR_LABELS: Readonly<Record<RepairableRule, string>> = { island: 'Remove small islands', pinhole: 'Fill pinholes', outside: 'Clip to the image', empty: 'Delete empty instances' };

/** Checks of projects: one at a time for each, whose findings are kept until the next, and follow the edits of the images they are on. */
export class Checks {
  readonly #services: CheckServices;
  readonly #checked = new Map<ProjectHandle, Checked>();

  constructor(services: CheckServices) {
    this.#services = services;
    services.events.subscribe((name, data) => {
      if (name === 'project.edited' && 'edit' in data) this.#edited(data.project, data.edit);
    });
  }

  /** Starts a check as a job, in the place of one that still runs. Throws 'bad-request' for thresholds that there are not. */
  start(project: OpenProject, options: CheckOptions): string {
    const rules = checkedRules(options);
    const { jobs, engine, events } = this.#services;
    for (const { job, kind, title, project: of, state } of jobs.list()) if (kind === 'check' && title === CHECK_TITLE && of === project.handle && state === 'running') jobs.cancel(job);
    return jobs.start({
      kind: 'check',
      title: CHECK_TITLE,
      project: project.handle,
      run: async (job) => {
        const lists = new CheckLists(options, rules);
        const edited = new Set<ImageId>();
        // From the moment that is read on, edits are noted.
        const before = this.#checked.get(project.handle);
        const pending: Checked = { lists, edited, timer: null, again: null };
        const stop = events.subscribe((name, data) => {
          if (name === 'project.edited' && 'edit' in data && data.project === project.handle) noteEdit(pending, data.edit);
        });
        try {
          if (rules['near-duplicate'] !== undefined) await this.#comparePictures(project.store, job);
          await this.#look(project.store, engine, lists, null, job);
        } finally {
          stop();
        }
        if (before !== undefined) halt(before);
        this.#checked.set(project.handle, pending);
        this.#lookAgainSoon(project.handle);
        events.emit('check.changed', { project: project.handle });
        return summary(lists);
      },
    });
  }

  /** Null when the project was not checked since it was opened. */
  results(project: ProjectHandle): CheckResults | null {
    return this.#checked.get(project)?.lists.results() ?? null;
  }

  /** Findings of one rule whose image's path or whose class's name holds the text, and how many such there are. */
  findings({ handle, store }: OpenProject, rule: RuleId, text: string, offset: number, limit: number): { rows: FindingRow[]; total: number } {
    const list = this.#lists(handle).list(rule);
    const names = new Map(text === '' ? [] : store.info().classes.map(({ id, name }) => [id, name.toLocaleLowerCase()]));
    const wanted = text.toLocaleLowerCase();
    const matches = text === '' ? list : list.filter(({ finding: { path, classes } }) => path?.toLocaleLowerCase().includes(wanted) === true || classes.some((id) => id !== null && names.get(id)?.includes(wanted) === true));
    const rows = matches.slice(offset, offset + limit).map(({ n, finding }) => ({ ...finding, n, rule, ...showing(store, finding) }));
    return { rows, total: matches.length };
  }

  /** Puts right what a rule found, as a job and one step of undo: the findings with these numbers, or (null) all there are, listed or not. */
  repair(project: OpenProject, rule: RuleId, numbers: readonly number[] | null): string {
    if (!isRepairable(rule)) throw new MaskwrightError('bad-request', `What the rule "${rule}" finds cannot be repaired by itself. Go to it and decide.`, rule);
    if (project.store.readOnly !== null) throw MaskwrightError.fromProblem(project.store.readOnly);
    const lists = this.#lists(project.handle);
    const thresholds = lists.rules[rule] ?? {};
    const chosen = new Set(numbers);
    const targets = numbers === null ? null : targetsOf(lists.list(rule).flatMap(({ n, finding }) => (chosen.has(n) ? [finding] : [])));
    const label = REPAIR_LABELS[rule];
    return this.#services.jobs.start({ kind: 'check', title: label, project: project.handle, run: (job) => this.#repair(project, label, { rule, thresholds, targets }, (images) => lists.repaired(rule, new Set(images), numbers === null ? null : chosen), job) });
  }

  forget(project: ProjectHandle): void {
    const checked = this.#checked.get(project);
    if (checked !== undefined) halt(checked);
    this.#checked.delete(project);
  }

  /** Pictures are looked at once, and again when their files have changed. Those that cannot be read are told by the rules about files. */
  async #comparePictures(store: ProjectStore, job: JobContext): Promise<void> {
    if (store.readOnly === null) await fingerprintImages(store.splits, this.#services.imagesEngine)({ ...job, problem: () => undefined });
  }

  /** @param repaired told of the images at once: looking at them again takes a moment */
  async #repair(project: OpenProject, label: string, what: object, repaired: (images: readonly ImageId[]) => void, job: JobContext): Promise<string> {
    const { engine, events } = this.#services;
    const { handle, store } = project;
    return withEngine(engine, async (datasets) => {
      const planned = RepairResult.parse(await datasets.request('repair', { ...files(store), ...what }, { signal: job.signal, onProgress: (value) => tellRepair(job, value) }));
      if (planned.repairs === 0) return 'There was nothing left to repair.';
      const { result } = await changeInTurn(project, events, async () => {
        job.signal.throwIfAborted();
        const { result: written, edit } = await store.outside.write((work) => datasets.request('writeRepairs', { project: store.path, work, label }), WriteRepairsResult);
        return { result: written, edit: written.images.length <= MOST_NAMED_IMAGES ? { ...edit, images: written.images, manyImages: false } : edit };
      });
      if (result.images.length > MOST_NAMED_IMAGES) this.#noteImages(handle, result.images);
      repaired(result.images);
      events.emit('check.changed', { project: handle });
      const left = planned.left === 0 ? '' : ` ${count(planned.left, 'image')} more to go over: repair again.`;
      const masks = result.masks === 0 ? '' : ` ${count(result.masks, 'polygon')} became ${result.masks === 1 ? 'a mask' : 'masks'}: no polygon of fewer parts or holes has these pixels.`;
      return `${label}: ${count(result.done, 'instance')} on ${count(result.images.length, 'image')}.${masks}${left}`;
    });
  }

  #lists(project: ProjectHandle): CheckLists {
    const found = this.#checked.get(project)?.lists;
    if (found === undefined) throw new MaskwrightError('not-found', 'The dataset has not been checked since it was opened. Check it first.', null);
    return found;
  }

  #edited(project: ProjectHandle, edit: { readonly images: readonly ImageId[]; readonly manyImages: boolean; readonly classes: boolean }): void {
    const checked = this.#checked.get(project);
    if (checked === undefined) return;
    const before = checked.lists.stale;
    noteEdit(checked, edit);
    this.#lookAgainSoon(project);
    if (checked.lists.stale !== before) this.#services.events.emit('check.changed', { project });
  }

  #noteImages(project: ProjectHandle, images: readonly ImageId[]): void {
    for (const image of images) this.#checked.get(project)?.edited.add(image);
    this.#lookAgainSoon(project);
  }

  #lookAgainSoon(project: ProjectHandle): void {
    const checked = this.#checked.get(project);
    if (checked === undefined || checked.edited.size === 0 || checked.again !== null) return;
    if (checked.timer !== null) clearTimeout(checked.timer);
    checked.timer = setTimeout(() => void this.#lookAgain(project, checked), LOOK_AGAIN_MS);
    checked.timer.unref();
  }

  async #lookAgain(project: ProjectHandle, checked: Checked): Promise<void> {
    const { projects, engine, events, log } = this.#services;
    const images = [...checked.edited];
    checked.edited.clear();
    checked.again = new AbortController();
    try {
      const found: [RuleId, Finding][] = [];
      await this.#ask(projects.get(project).store, engine, checked.lists, images, { signal: checked.again.signal, progress: () => undefined }, (rule, finding) => found.push([rule, finding]), () => undefined);
      checked.lists.replace(new Set(images), found);
    } catch (error) {
      checked.lists.stale = true;
      if (!checked.again.signal.aborted) log(`looking at edited images again: ${String(error)}`);
    } finally {
      checked.again = null;
    }
    if (this.#checked.get(project) !== checked) return;
    events.emit('check.changed', { project });
    this.#lookAgainSoon(project);
  }

  async #look(store: ProjectStore, engine: DatasetsEngine, lists: CheckLists, images: ImageId[] | null, job: Pick<JobContext, 'signal' | 'progress'>): Promise<void> {
    const checked = await this.#ask(store, engine, lists, images, job, (rule, finding) => lists.add(rule, finding), (item, why) => lists.notLookedAt(item, why));
    lists.images = checked.images;
    lists.instances = checked.instances;
    lists.setTotals(checked.totals);
  }

  async #ask(store: ProjectStore, engine: DatasetsEngine, { rules }: CheckLists, images: ImageId[] | null, job: Pick<JobContext, 'signal' | 'progress'>, found: (rule: RuleId, finding: Finding) => void, notLookedAt: (item: string, why: string) => void): Promise<z.infer<typeof CheckResult>> {
    const onProgress = (value: unknown): void => {
      const told = CheckProgress.parse(value);
      if (told.kind === 'progress') job.progress(told.done, told.total);
      else if (told.kind === 'found') for (const [rule, finding] of told.findings) found(rule, finding);
      else notLookedAt(told.item, told.why);
    };
    return withEngine(engine, async (datasets) => CheckResult.parse(await datasets.request('check', { ...files(store), rules, images }, { signal: job.signal, onProgress })));
  }
}

/** Notes which of the images that the lists concern were edited; what else was edited makes the lists old. */
function noteEdit({ lists, edited }: Checked, { images, manyImages, classes }: { readonly images: readonly ImageId[]; readonly manyImages: boolean; readonly classes: boolean }): void {
  for (const image of images) if (lists.concerns(image)) edited.add(image);
  if (manyImages || (classes && images.length === 0) || images.some((image) => !lists.concerns(image))) lists.stale = true;
}

function halt({ timer, again }: Checked): void {
  if (timer !== null) clearTimeout(timer);
  again?.abort();
}

const isRepairable = (rule: RuleId): rule is RepairableRule => CHECK_RULES[rule].repair;

const files = (store: ProjectStore): { opened: string; project: string } => ({ opened: store.openedFile, project: store.path });

function targetsOf(findings: readonly Finding[]): { image: ImageId; instances: number[] }[] {
  const byImage = Map.groupBy(findings.filter(({ image }) => image !== null), ({ image }) => image ?? 0);
  return [...byImage].map(([image, those]) => ({ image, instances: those.flatMap(({ instances }) => instances) }));
}

/** Of its image as it is now: an image can be gone from nowhere, but what is known of it may have grown. */
function showing(store: ProjectStore, { image }: Finding): Pick<FindingRow, 'version' | 'width' | 'height'> {
  if (image === null) return { version: null, width: null, height: null };
  const { version, width, height } = store.imageRecord(image);
  return { version, width, height };
}

function tellRepair({ progress, problem }: JobContext, value: unknown): void {
  const told = RepairProgress.parse(value);
  if (told.kind === 'problem') problem(told.item, told.problem);
  else progress(told.done, told.total);
}

function summary(lists: CheckLists): string {
  const { rules, images, notLookedAtCount } = lists.results();
  const total = rules.reduce((sum, rule) => sum + rule.total, 0);
  const left = notLookedAtCount === 0 ? '' : ` ${count(notLookedAtCount, 'item')} could not be looked at.`;
  return `${total === 0 ? 'Nothing found' : count(total, 'finding')} on ${count(images, 'image')}.${left}`;
}

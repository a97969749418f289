import { t } from 'i18next';
import { create } from 'zustand';
import { CHECK_RULES, RuleId, Severity, usualRules } from '../../src-shared/contract/check.ts';
import type { CheckOptions, CheckResults, FindingRow } from '../../src-shared/contract/check.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { backend, call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { openProject } from './edits.ts';
import { undo } from './history.ts';
import { select, useImage } from './image-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';
import { goTo } from './session.ts';
import { closeDialog, setTool, showDialog } from './ui-store.ts';

/** A list of findings that is gone through: one rule's, as filtered by a text. */
export interface Walk {
  readonly rule: RuleId;
  readonly text: string;
  readonly index: number;
  readonly total: number;
  readonly row: FindingRow;
  /** It is in the list no more: it was repaired, or its image changed. */
  readonly gone: boolean;
  /** The other of two images is looked at. */
  readonly other: boolean;
}

interface CheckState {
  /** Null before the first check. */
  readonly results: CheckResults | null;
  readonly loaded: boolean;
  /** Rules that are on, with thresholds that differ from the default ones. */
  readonly options: CheckOptions;
  /** The rule whose findings are listed. */
  readonly rule: RuleId | null;
  readonly text: string;
  /** Counts up whenever the lists are others. */
  readonly version: number;
  readonly walk: Walk | null;
}

const START: CheckState = { results: null, loaded: false, options: usualRules(), rule: null, text: '', version: 0, walk: null };
export const useCheck = create<CheckState>(() => START);

/** The check, or a repair, that runs in this project. */
export const runningCheck = (jobs: Iterable<Job>, project: string | null): Job | undefined => [...jobs].findLast((job) => job.kind === 'check' && job.project === project && job.state === 'running');

/** The first of the most severe rules that found anything, as they are listed. */
const mostSevere = ({ rules }: CheckResults): RuleId | null =>
  RuleId.options.filter((id) => rules.some(({ rule, total }) => rule === id && total > 0)).toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
const rank = (rule: RuleId): number => Severity.options.indexOf(CHECK_RULES[rule].severity);

async function fetchResults(): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  const results = await call('check.results', { project });
  if (projectHandle() !== project) return;
  useCheck.setState(({ loaded, options, rule, version }) => ({
    results, loaded: true, version: version + 1,
    // Another window may have checked: its rules are what these findings are of.
    options: !loaded && results !== null ? results.options : options,
    rule: rule ?? (results === null ? null : mostSevere(results)),
  }));
  await refreshWalk();
}

export const refreshCheck = coalesced(fetchResults, 50, notifyError);

/** Keeps the findings in step with the project that is open. */
export function watchCheck(): void {
  useProject.subscribe(({ info }, before) => {
    if (info?.project !== before.info?.project) useCheck.setState(START);
  });
  backend().on('check.changed', ({ project }) => project === projectHandle() && refreshCheck());
}

export function setRule(rule: RuleId): void {
  useCheck.setState({ rule });
}

export function setFindingsFilter(text: string): void {
  useCheck.setState({ text });
}

export function switchRule(rule: RuleId, on: boolean): void {
  useCheck.setState(({ options }) => {
    const { [rule]: _, ...others } = options;
    return { options: on ? { ...others, [rule]: {} } : others };
  });
}

/** A value that is the default one is not kept. */
export function setThreshold(rule: RuleId, name: string, value: number): void {
  const known = CHECK_RULES[rule].thresholds[name];
  if (known === undefined || !(value >= known.least && value <= known.most)) return;
  useCheck.setState(({ options }) => {
    const { [name]: _, ...others } = options[rule] ?? {};
    return { options: { ...options, [rule]: value === known.default ? others : { ...others, [name]: value } } };
  });
}

export async function startCheck(): Promise<void> {
  useCheck.setState({ walk: null });
  await call('check.start', { project: openProject(), options: useCheck.getState().options }).catch(notifyError);
}

/** Puts findings of a rule right, or (null) all of them. */
export async function repair(rule: RuleId, findings: number[] | null): Promise<void> {
  await call('check.repair', { project: openProject(), rule, findings }).catch(notifyError);
}

/** Tells of a repair that has ended, with a way back. */
export function announceRepaired({ kind, state, project, title, message }: Job): void {
  if (kind !== 'check' || project !== projectHandle() || message === null) return;
  if (state === 'failed') notify({ level: 'error', message });
  // A check shows its end by itself.
  const last = useProject.getState().info?.undo.undo;
  // Of this repair, not of what was done since.
  const back = (): void => void (useProject.getState().info?.undo.undo === title && undo());
  if (state === 'done' && message.startsWith(title)) notify({ level: 'success', message, action: last === null ? null : { title: t('check.undo'), run: back } });
}

/** Leaves the dialog for a finding of the list, and keeps the list at hand. */
export async function startWalk(rule: RuleId, text: string, index: number): Promise<void> {
  closeDialog();
  setTool('select');
  await walkTo(rule, text, index);
}

export function endWalk(): void {
  useCheck.setState({ walk: null });
}

/** Back to the list, at the rule that is gone through. */
export function backToList(): void {
  const { walk } = useCheck.getState();
  if (walk !== null) useCheck.setState({ rule: walk.rule, text: walk.text });
  showDialog({ kind: 'dataset', tab: 'check' });
}

/** Goes to the next (1) or previous (-1) finding, around the ends. */
export async function stepFinding(by: 1 | -1): Promise<void> {
  const { walk } = useCheck.getState();
  if (walk === null || walk.total === 0) return;
  // What has gone left its place to what followed it.
  const to = walk.gone && by === 1 ? walk.index : walk.index + by;
  await walkTo(walk.rule, walk.text, (to + walk.total) % walk.total);
}

/** Puts the finding that is looked at right. */
export function repairShown(): Promise<void> {
  const { walk } = useCheck.getState();
  return walk === null ? Promise.resolve() : repair(walk.rule, [walk.row.n]);
}

/** From one of two images to the other, and back. */
export function showOther(): void {
  const { walk } = useCheck.getState();
  if (walk === null || walk.row.other === null || walk.row.image === null) return;
  useCheck.setState({ walk: { ...walk, other: !walk.other } });
  goTo(walk.other ? walk.row.image : walk.row.other.image);
}

async function walkTo(rule: RuleId, text: string, index: number): Promise<void> {
  try {
    const { rows, total } = await call('check.findings', { project: openProject(), rule, text, offset: index, limit: 1 });
    const [row] = rows;
    if (row === undefined) {
      endWalk();
      return;
    }
    useCheck.setState({ walk: { rule, text, index, total, row, gone: false, other: false } });
    if (row.image === null) return;
    goTo(row.image);
    selectWhenThere(row.image, row);
  } catch (error) {
    notifyError(error);
  }
}

/** What is gone through may have been repaired, edited, or found anew. */
async function refreshWalk(): Promise<void> {
  const { walk } = useCheck.getState();
  if (walk === null) return;
  try {
    const { rows, total } = await call('check.findings', { project: openProject(), rule: walk.rule, text: walk.text, offset: walk.index, limit: 1 });
    const now = useCheck.getState().walk;
    if (now?.row.n !== walk.row.n) return;
    const [row] = rows;
    useCheck.setState({ walk: row?.n === walk.row.n ? { ...now, row, total, gone: false } : { ...now, total, gone: true } });
  } catch (error) {
    if (toProblem(error).code === 'not-found') endWalk();
    else throw error;
  }
}

function selectWhenThere(image: ImageId, { instances }: FindingRow): void {
  const there = (): boolean => instances.every((id) => useImage.getState().instances.some((i) => i.id === id));
  if (there()) {
    select(instances);
    return;
  }
  const stop = useImage.subscribe((state) => {
    if (state.current !== image) stop();
    else if (there()) {
      stop();
      select(instances);
    }
  });
}

import { t } from 'i18next';
import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Comparison, ProposalRow, ReplayScope } from '../../src-shared/contract/replay.ts';
import type { ModelId } from '../../src-shared/contract/models.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import type { InstanceId } from '../../src-shared/domain/schema.ts';
import { backend, call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { applyEdit, keepOrWrite, openProject, useEdits } from './edits.ts';
import { select } from './image-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { className, isReadOnly, projectHandle, useProject } from './project-store.ts';
import { afterDraft } from './leave-draft.ts';
import { goTo } from './session.ts';
import { setTool, useUi } from './ui-store.ts';

interface ReplayState {
  /** Waiting to be looked at, worst agreement first; without those that are being decided. */
  readonly rows: readonly ProposalRow[];
  /** How many wait, those that are not listed included. */
  readonly total: number;
  /** The one under review. */
  readonly current: InstanceId | null;
  /** What is there and what is proposed for it, once main has answered. */
  readonly comparison: Comparison | null;
  /** Decided, and not yet written. */
  readonly deciding: ReadonlySet<InstanceId>;
}

const NOTHING: ReplayState = { rows: [], total: 0, current: null, comparison: null, deciding: new Set() };
export const useReplay = create<ReplayState>(() => NOTHING);

/** Agreement (IoU) from which on a mask is as good as the same: what may be accepted unseen. */
export const SAME_FROM = 0.95;

export const reviewing = (): boolean => useUi.getState().tool === 'review';

async function fetchProposals(): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  const { proposals, total } = await call('replay.list', { project });
  if (projectHandle() !== project) return;
  const { deciding, rows, current } = useReplay.getState();
  const now = proposals.filter(({ instance }) => !deciding.has(instance));
  useReplay.setState({ rows: now, total: total - (proposals.length - now.length) });
  if (!reviewing()) return;
  if (now.some(({ instance }) => instance === current)) await fetchComparison();
  else goToProposal(now[rows.findIndex(({ instance }) => instance === current)]?.instance ?? now[0]?.instance ?? null);
}

export const refreshProposals = coalesced(fetchProposals, 100, notifyError);

/** Keeps the proposals in step with the project that is open. */
export function watchReplay(): void {
  useProject.subscribe(({ info }, before) => {
    if (info?.project === before.info?.project) return;
    useReplay.setState(NOTHING);
    if (reviewing()) setTool('select');
    refreshProposals();
  });
  useEdits.subscribe(({ kept }, before) => {
    // What the disk refused has been written or given up.
    if (kept.length > 0 || before.kept.length === 0) return;
    useReplay.setState({ deciding: new Set() });
    refreshProposals();
  });
  backend().on('replay.changed', ({ project }) => project === projectHandle() && refreshProposals());
  backend().on('project.edited', ({ project }) => {
    // The one on show may have another class now.
    if (project === projectHandle() && reviewing()) refreshProposals();
  });
}

/** Runs the prompts of a scope again. Rejects when main refuses. */
export async function startReplay(model: ModelId, scope: ReplayScope): Promise<void> {
  await call('replay.start', { project: openProject(), model, scope });
}

/** Tells of a replay that has ended, and leads to its review. */
export async function announceReplayed({ kind, state, project, message }: Job): Promise<void> {
  if (kind !== 'replay' || state !== 'done' || project !== projectHandle() || message === null) return;
  await fetchProposals().catch(notifyError);
  const action = useReplay.getState().total > 0 ? { title: t('review.open'), run: startReview } : null;
  notify({ level: 'success', message, action });
}

/** Shows the proposals one after another, from the one that was under review last. */
export const startReview = (): void => afterDraft(review);

function review(): void {
  select([]);
  setTool('review');
  const { rows, current } = useReplay.getState();
  goToProposal(rows.find(({ instance }) => instance === current)?.instance ?? rows[0]?.instance ?? null);
}

/** Shows one proposal on its image. Null: there is none left. */
export function goToProposal(instance: InstanceId | null): void {
  const row = useReplay.getState().rows.find((r) => r.instance === instance);
  useReplay.setState(({ comparison }) => ({ current: row?.instance ?? null, comparison: comparison?.instance.id === instance ? comparison : null }));
  if (row === undefined) return;
  goTo(row.image);
  fetchComparison().catch(notifyError);
}

async function fetchComparison(): Promise<void> {
  const project = projectHandle();
  const { current } = useReplay.getState();
  if (project === null || current === null) return;
  try {
    const comparison = await call('replay.compare', { project, instance: current });
    if (projectHandle() === project && useReplay.getState().current === current) useReplay.setState({ comparison });
  } catch (error) {
    // It went meanwhile, as the list will say.
    if (toProblem(error).code !== 'no-such-instance') throw error;
    refreshProposals();
  }
}

/** Goes to the next (1) or previous (-1) proposal, around the ends. */
export function stepProposal(by: 1 | -1): void {
  const { rows, current } = useReplay.getState();
  const at = rows.findIndex(({ instance }) => instance === current);
  goToProposal(rows[(at + by + rows.length) % rows.length]?.instance ?? null);
}

/** Gives the instance under review the proposed mask. */
export function acceptProposal(): Promise<void> {
  const { comparison, current } = useReplay.getState();
  return current === null ? Promise.resolve() : decide(t('edit.acceptProposal', { name: className(comparison?.instance.class ?? null) }), [current], []);
}

/** Keeps the present mask of the instance under review. */
export function keepPresent(): Promise<void> {
  const { current } = useReplay.getState();
  return current === null ? Promise.resolve() : decide(t('edit.keepPresent'), [], [current]);
}

/** Accepts all proposals that hardly differ from what is there. */
export function acceptSame(): Promise<void> {
  const ids = sameOf(useReplay.getState().rows).map(({ instance }) => instance);
  return decide(t('edit.acceptProposals', { count: ids.length }), ids, []);
}

export const sameOf = (rows: readonly ProposalRow[]): ProposalRow[] => rows.filter(({ iou }) => iou >= SAME_FROM);

/** They go from the list at once, and the next is shown. When they are refused they come back; when the disk refuses, they are kept like any edit. */
async function decide(label: string, accept: readonly InstanceId[], reject: readonly InstanceId[]): Promise<void> {
  if (isReadOnly() || accept.length + reject.length === 0) return;
  const decided = new Set([...accept, ...reject]);
  const { rows, current } = useReplay.getState();
  const at = rows.findIndex(({ instance }) => instance === current);
  const next = rows.slice(at).find(({ instance }) => !decided.has(instance)) ?? rows.find(({ instance }) => !decided.has(instance));
  useReplay.setState((state) => ({ rows: rows.filter(({ instance }) => !decided.has(instance)), total: state.total - decided.size, deciding: new Set([...state.deciding, ...decided]) }));
  goToProposal(next?.instance ?? null);
  const stored = await keepOrWrite(label, async () => {
    const project = openProject();
    const { edit } = await call('replay.decide', { project, label, accept: [...accept], reject: [...reject] });
    if (edit !== null) applyEdit(project, edit);
    return true;
  });
  if (stored === null && useEdits.getState().kept.length > 0) return;
  useReplay.setState(({ deciding }) => ({ deciding: new Set([...deciding].filter((id) => !decided.has(id))) }));
  refreshProposals();
}

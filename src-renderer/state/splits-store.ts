import { create } from 'zustand';
import type { SplitCounts } from '../../src-shared/contract/splits.ts';
import { backend, call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { refreshIds, setSplitFilter, useList } from './list-store.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';

interface SplitsState {
  /** How many images each split has; null until that is known. */
  readonly counts: SplitCounts | null;
}

export const useSplits = create<SplitsState>(() => ({ counts: null }));

const REFRESH_PAUSE_MS = 400;

const refreshCounts = coalesced(async () => {
  const project = projectHandle();
  if (project === null) return;
  const counts = await call('splits.counts', { project });
  if (project !== projectHandle()) return;
  const before = useSplits.getState().counts;
  if (JSON.stringify(before) === JSON.stringify(counts)) return;
  useSplits.setState({ counts });
  const { split } = useList.getState().filter;
  if (split === undefined) return;
  // A split that no image has any more is not among the choices; others have other images now.
  if (counts.some(({ name }) => name === split.name)) refreshIds();
  else setSplitFilter(null);
}, REFRESH_PAUSE_MS, notifyError);

/** Keeps the splits on show in step with the project. */
export function watchSplits(): void {
  useProject.subscribe(({ info }, before) => {
    if (info?.project === before.info?.project) return;
    useSplits.setState({ counts: null });
    refreshCounts();
  });
  backend().on('project.edited', ({ project }) => {
    if (project === projectHandle()) refreshCounts();
  });
  backend().on('images.changed', ({ project, ids }) => {
    if (project === projectHandle() && ids === null) refreshCounts();
  });
}

/** Names of the splits that images have. */
export const splitNames = (counts: SplitCounts | null): string[] => (counts ?? []).flatMap(({ name }) => name ?? []);

import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { Statistics } from '../../src-shared/contract/statistics.ts';
import type { Wanted } from '../../src-shared/statistics/view.ts';
import { backend, call } from './backend.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';

interface StatisticsState {
  /** The newest count of the open project; null before the first. */
  readonly statistics: Statistics | null;
  /** The project was changed since. */
  readonly stale: boolean;
  /** Milliseconds that the newest count took. */
  readonly tookMs: number;
  /** Images counted of all, while a count is under way. */
  readonly progress: { readonly done: number; readonly total: number | null } | null;
  /** Why there is no newer count. */
  readonly problem: Problem | null;
  /** What is looked at. */
  readonly wanted: Wanted;
}

const NOTHING: StatisticsState = { statistics: null, stale: false, tookMs: 0, progress: null, problem: null, wanted: {} };
export const useStatistics = create<StatisticsState>(() => NOTHING);

/** Milliseconds; a count that takes no longer is made again without asking. */
const QUICK_MS = 2_000;

/** The project was changed since the count, and counting anew takes so long that a person decides. */
export const isStaleForLong = ({ stale, tookMs, progress }: StatisticsState): boolean => stale && progress === null && tookMs >= QUICK_MS;

/** Keeps the count about the project that is open. */
export function watchStatistics(): void {
  useProject.subscribe(({ info }, before) => {
    if (info?.project !== before.info?.project) useStatistics.setState(NOTHING);
  });
  backend().on('project.edited', markStale);
  backend().on('images.changed', markStale);
  backend().on('statistics.progress', ({ project, done, total }) => {
    if (project === projectHandle() && useStatistics.getState().progress !== null) useStatistics.setState({ progress: { done, total } });
  });
}

function markStale({ project }: { readonly project: string }): void {
  if (project === projectHandle()) useStatistics.setState({ stale: true });
}

/** As the statistics come on show: they are counted where there are none, and anew where that is quick. */
export function openStatistics(): void {
  const { statistics, stale, tookMs, progress, problem } = useStatistics.getState();
  // What failed or was cancelled is counted again when a person says so.
  if (progress === null && problem === null && (statistics === null || (stale && tookMs < QUICK_MS))) void computeStatistics();
}

/** Counts anew; what was counted before stays on show meanwhile. */
export async function computeStatistics(): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  useStatistics.setState({ progress: { done: 0, total: null }, problem: null, stale: false });
  const began = performance.now();
  try {
    const statistics = await call('statistics.compute', { project });
    if (projectHandle() !== project) return;
    useStatistics.setState(({ wanted }) => ({ statistics, tookMs: performance.now() - began, progress: null, wanted: stillThere(wanted, statistics) }));
  } catch (error) {
    if (projectHandle() === project) useStatistics.setState(({ statistics }) => ({ progress: null, problem: toProblem(error), stale: statistics !== null }));
  }
}

export function cancelStatistics(): void {
  call('statistics.cancel', {}).catch(notifyError);
}

export function lookAt(change: { readonly [K in keyof Wanted]: Wanted[K] | undefined }): void {
  useStatistics.setState(({ wanted: { split, class: cls } }) => {
    const next = { split, class: cls, ...change };
    return { wanted: { ...(next.split === undefined ? {} : { split: next.split }), ...(next.class === undefined ? {} : { class: next.class }) } };
  });
}

/** Without what is no longer there. */
function stillThere({ split, class: cls }: Wanted, { splits, classes }: Statistics): Wanted {
  return {
    ...(split !== undefined && splits.some((one) => one.split === split) ? { split } : {}),
    ...(cls !== undefined && (cls === null || classes.some(({ id }) => id === cls)) ? { class: cls } : {}),
  };
}

import { create } from 'zustand';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import { call } from './backend.ts';
import { notifyError } from './notices-store.ts';

interface JobsState {
  /** By their id, in the order in which they were first heard of. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Ended jobs whose end has been seen. */
  readonly seen: ReadonlySet<string>;
}

export const useJobs = create<JobsState>(() => ({ jobs: new Map(), seen: new Set() }));

export function receiveJob(job: Job): void {
  useJobs.setState(({ jobs }) => ({ jobs: new Map(jobs).set(job.job, job) }));
}

/** Fetches all jobs; those that ended before this page was there count as seen. */
export async function loadJobs(): Promise<void> {
  const list = await call('jobs.list', {});
  useJobs.setState({ jobs: new Map(list.map((j) => [j.job, j])), seen: new Set(list.filter((j) => j.state !== 'running').map((j) => j.job)) });
}

export function cancelJob(job: string): void {
  call('jobs.cancel', { job }).catch(notifyError);
}

export function markJobSeen(job: string): void {
  useJobs.setState(({ seen }) => ({ seen: new Set(seen).add(job) }));
}

/**
 * The job that matters most to a person in this project: one that runs, else the last that ended and has not been seen.
 * Jobs of other projects are not theirs to look at; those of no project are everybody's.
 */
export function jobToShow(jobs: readonly Job[], seen: ReadonlySet<string>, project: ProjectHandle | null): Job | null {
  const ours = jobs.filter((j) => j.project === null || j.project === project);
  return ours.findLast((j) => j.state === 'running') ?? ours.findLast((j) => !seen.has(j.job)) ?? null;
}

import { expect, it } from 'vitest';
import type { Job } from '../../src-shared/contract/types.ts';
import { jobToShow } from './jobs-store.ts';

const OURS = 'ourproject1';
const THEIRS = 'theirproject1';
const NONE_SEEN: ReadonlySet<string> = new Set();

const job = (name: string, project: string | null, state: Job['state']): Job => ({
  job: name, kind: 'export', title: name, project, state, done: 0, total: 1, etaMs: null, problems: [], problemCount: 0, notes: [], subject: null, message: null, code: null,
});

it('shows nothing of a job that belongs to another project, running or ended', () => {
  expect(jobToShow([job('a', THEIRS, 'running'), job('b', THEIRS, 'failed')], NONE_SEEN, OURS)).toBeNull();
  expect(jobToShow([job('a', OURS, 'running'), job('b', THEIRS, 'running')], NONE_SEEN, OURS)?.job).toBe('a');
});

it('shows a job of no project whatever is open', () => {
  for (const project of [OURS, null]) expect(jobToShow([job('a', null, 'running')], NONE_SEEN, project)?.job).toBe('a');
});

it('prefers a job that runs to one that ended later, and forgets what was seen', () => {
  const jobs = [job('a', OURS, 'running'), job('b', OURS, 'done')];
  expect(jobToShow(jobs, NONE_SEEN, OURS)?.job).toBe('a');
  expect(jobToShow(jobs.slice(1), NONE_SEEN, OURS)?.job).toBe('b');
  expect(jobToShow(jobs.slice(1), new Set(['b']), OURS)).toBeNull();
});

import type { BrowserWindow } from 'electron';
import { expect, test } from 'vitest';
import type { Job } from '../../../src-shared/contract/types.ts';
import { Taskbar } from './taskbar.ts';

const job = (name: string, state: Job['state'], done: number, total: number | null): Job => ({ job: name, kind: 'export', title: name, project: null, state, done, total, etaMs: null, problems: [], problemCount: 0, notes: [], subject: null, message: null, code: null });

test('the bar shows all work together, moves while nobody knows how much there is, and goes away at the end', () => {
  const shown: number[] = [];
  const taskbar = new Taskbar({ isDestroyed: () => false, setProgressBar: (share: number) => shown.push(share) } as unknown as BrowserWindow);
  taskbar.jobChanged(job('a', 'running', 0, null));
  taskbar.jobChanged(job('a', 'running', 50, 100));
  taskbar.jobChanged(job('b', 'running', 0, 10));
  taskbar.jobChanged(job('b', 'running', 0, 10));
  expect(taskbar.running.map(({ title }) => title)).toEqual(['a', 'b']);
  taskbar.jobChanged(job('a', 'done', 100, 100));
  taskbar.jobChanged(job('b', 'failed', 3, 10));
  expect(shown).toEqual([2, 0.5, 0.25, 0, -1]);
  expect(taskbar.running).toEqual([]);
});

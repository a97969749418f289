import { beforeEach, expect, test, vi } from 'vitest';
import type { Job } from '../../src-shared/contract/types.ts';
import { announceExported } from './exported.ts';
import { useNotices } from './notices-store.ts';
import { openPage, PROJECT } from './test-contract.ts';
import { useUi } from './ui-store.ts';

const job: Job = { job: 'j', kind: 'export', title: 'Exporting out.json', project: PROJECT, state: 'done', done: 1, total: 1, etaMs: null, problems: [], problemCount: 0, notes: [], subject: '/data/out.json', message: '3 instances on 1 image written to /data/out.json.', code: null };
const said = (): unknown[] => useNotices.getState().notices.map(({ message, item, action }) => [message, item, action?.title ?? null]);

beforeEach(() => {
  openPage(() => ({}));
  vi.unstubAllGlobals();
  useUi.setState({ dialog: null });
});

test('an export that ends in the background says where it is', () => {
  vi.stubGlobal('window', {});
  for (const other of [{ state: 'running' }, { state: 'failed' }, { kind: 'import' }, { project: 'another00' }] as const) announceExported({ ...job, ...other });
  useUi.setState({ dialog: { kind: 'export' } });
  announceExported(job);
  expect(said()).toEqual([]);
  useUi.setState({ dialog: null });
  announceExported(job);
  expect(said()).toEqual([[job.message, '/data/out.json', null]]);
});

test('in a desktop window it can be shown in its folder', async () => {
  const called: unknown[] = [];
  vi.stubGlobal('window', { maskwright: { call: async (...of: unknown[]) => { called.push(of); return { result: {} }; } } });
  announceExported(job);
  useNotices.getState().notices[0]?.action?.run();
  await vi.waitFor(() => expect(called).toEqual([['shell.showInFolder', { path: '/data/out.json' }]]));
});

import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallName, EventData, EventName } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { SamStatus } from '../../src-shared/contract/types.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { startI18n } from '../i18n/i18n.ts';
import { useApp } from './app-store.ts';
import { backend, setBackend } from './backend.ts';
import { listen, resume } from './events.ts';
import { setPrepared, useList } from './list-store.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { promptPoint, usePrompt } from './prompt-store.ts';
import { IMAGE, info, openPage, PROJECT } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const status = (id: string): SamStatus => ({ state: 'ready', wanted: { id, name: id }, model: null, provider: null, reason: null, fallback: false, providers: [], problem: null });

/** A page that listens, and what main tells it. */
function listening(answers: Partial<Record<CallName, () => unknown>> = {}): { called: Called[]; tell: <N extends EventName>(name: N, data: EventData<N>) => void } {
  const listeners = new Map<string, (data: never) => void>();
  const called = openPage((name) => {
    const answer = answers[name];
    if (answer !== undefined) return answer();
    if (name === 'sam.predict') return new Promise(() => undefined);
    return name === 'jobs.list' || name === 'app.recent' ? [] : name === 'models.list' ? { models: [], problems: [] } : {};
  });
  setBackend({
    ...backend(),
    on: (name, listener) => {
      listeners.set(name, listener as (data: never) => void);
      return () => undefined;
    },
  });
  listen();
  return { called, tell: (name, data) => listeners.get(name)?.(data as never) };
}

beforeAll(startI18n);
beforeEach(() => useApp.setState({ sam: null }));

describe('a project that goes over to another model', () => {
  it('keeps the clicks on the canvas for it, drops what was found and made ready with the one before, and asks for its state', async () => {
    const { called, tell } = listening({ 'sam.status': () => status('vit-b') });
    promptPoint(imagePoint(1, 1), 1);
    setPrepared(IMAGE, 'ready');
    tell('project.model', { project: 'another0001', model: { id: 'vit-b', missing: null } });
    expect([usePrompt.getState().session === null, useList.getState().prepared.size]).toEqual([false, 1]);
    tell('project.model', { project: PROJECT, model: { id: 'vit-b', missing: null } });
    expect(useProject.getState().info?.model).toEqual({ id: 'vit-b', missing: null });
    expect(useList.getState().prepared.size).toBe(0);
    await vi.waitFor(() => expect(useApp.getState().sam?.wanted.id).toBe('vit-b'));
    await vi.waitFor(() => expect(called.filter(({ name }) => name === 'sam.predict')).toHaveLength(2));
    expect(usePrompt.getState().session?.steps.map(({ points, answer }) => [points.length, answer])).toEqual([[1, null]]);
  });

  it('shows the state of no other model', () => {
    const { tell } = listening();
    tell('sam.status', status(info.model.id));
    tell('sam.status', status('vit-b'));
    expect(useApp.getState().sam?.wanted.id).toBe(info.model.id);
  });
});

const gone = (): never => {
  throw new MaskwrightError('project-closed', 'This project is no longer open.');
};

it('a program that was started again meanwhile is not asked about a project that it does not know', async () => {
  let opened = false;
  const { called } = listening({ 'sam.status': () => (opened ? status(info.model.id) : gone()), 'project.open': () => { opened = true; return info; }, 'images.ids': () => ({ ids: new Uint8Array() }) });
  const { call } = backend();
  setBackend({ ...backend(), call: async (name, params) => (name === 'project.info' ? gone() : call(name, params)) });
  await resume();
  await vi.waitFor(() => expect(useApp.getState().sam).not.toBeNull());
  expect(called.map(({ name }) => name)).toContain('project.open');
  expect(useNotices.getState().notices).toEqual([]);
});

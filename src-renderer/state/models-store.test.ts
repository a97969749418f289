import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallName, Params } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ModelRow } from '../../src-shared/contract/models.ts';
import type { Job, SamStatus } from '../../src-shared/contract/types.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { startI18n } from '../i18n/i18n.ts';
import { useJobs } from './jobs-store.ts';
import { announceInstalled, chooseModel, downloadOf, install, installsToShow, useModels } from './models-store.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { promptPoint, usePrompt } from './prompt-store.ts';
import { info, openPage, PROJECT } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const row = (id: string, change: Partial<ModelRow> = {}): ModelRow => ({
  id, name: id.toUpperCase(), family: 'SAM', state: 'installed', builtIn: false, bytes: 1, licence: 'Apache-2.0', licenceUrl: null, source: '', precision: 'fp32', preparation: null, agreement: null, limits: null, speed: null, precisions: [], mirrors: [], arrived: 0, summary: null, usedBy: 0, ...change,
});
const job = (name: string, change: Partial<Job> = {}): Job => ({
  job: name, kind: 'model-import', title: `Importing ${name}`, project: null, state: 'running', done: 0, total: null, etaMs: null, problems: [], problemCount: 0, notes: [], subject: null, message: null, code: null, ...change,
});
const status = (id: string): SamStatus => ({ state: 'starting', wanted: { id, name: id }, model: null, provider: null, reason: null, fallback: false, providers: [], problem: null });

const READY = 'vit-b';
/** A program with one more model. */
function program(answers: Partial<Record<CallName, (params: never) => unknown>> = {}): Called[] {
  return openPage((name, params) => {
    const answer = answers[name];
    if (answer !== undefined) return answer(params);
    switch (name) {
      case 'models.list': return { models: [row('maskwright-nano', { builtIn: true }), row(READY)], problems: [] };
      case 'models.choose': return { ...info, model: { id: (params as Params<'models.choose'>).model, missing: null } };
      case 'sam.status': return status(READY);
      case 'sam.predict': return new Promise(() => undefined);
      case 'jobs.list': return [];
      default: return {};
    }
  });
}

beforeAll(startI18n);
beforeEach(() => {
  useModels.setState(useModels.getInitialState(), true);
  useJobs.setState(useJobs.getInitialState(), true);
});

describe('choosing a model', () => {
  it('works with it at once, and keeps what was clicked', async () => {
    const called = program();
    promptPoint(imagePoint(1, 1), 1);
    const chosen = chooseModel(READY);
    expect(useModels.getState().choosing).toBe(READY);
    await chosen;
    expect(usePrompt.getState().session).not.toBeNull();
    expect(called).toContainEqual({ name: 'models.choose', params: { project: PROJECT, model: READY } });
    expect(useProject.getState().info?.model).toEqual({ id: READY, missing: null });
    expect(useModels.getState().choosing).toBeNull();
  });

  it('that main refuses leaves the project with its model, and says why', async () => {
    program({ 'models.choose': () => { throw new MaskwrightError('model-missing', 'It is gone.', READY); } });
    await chooseModel(READY);
    expect(useProject.getState().info?.model.id).toBe('maskwright-nano');
    expect(useModels.getState().choosing).toBeNull();
    expect(useNotices.getState().notices).toMatchObject([{ level: 'error', message: 'It is gone.' }]);
  });
});

describe('a model that has come', () => {
  it('is announced by its name, with a way to use it here', async () => {
    const called = program();
    await announceInstalled(job('a', { state: 'done', subject: READY }));
    const [notice] = useNotices.getState().notices;
    expect(notice).toMatchObject({ level: 'success', message: expect.stringContaining('VIT-B') as string });
    notice?.action?.run();
    expect(called.at(-1)).toEqual({ name: 'models.choose', params: { project: PROJECT, model: READY } });
  });

  it('needs no such way where it is in use already, or nothing is open', async () => {
    program();
    useProject.setState({ info: { ...info, model: { id: READY, missing: null } } });
    await announceInstalled(job('a', { state: 'done', subject: READY }));
    useProject.setState({ info: null });
    await announceInstalled(job('a', { state: 'done', subject: 'maskwright-nano' }));
    expect(useNotices.getState().notices.map((n) => n.action)).toEqual([null, null]);
  });

  it('is not announced while it comes, nor when it did not, nor by other jobs', async () => {
    program();
    for (const other of [job('a'), job('a', { state: 'failed', subject: READY }), job('a', { state: 'cancelled', subject: READY }), job('a', { kind: 'export', state: 'done', subject: READY })]) await announceInstalled(other);
    expect(useNotices.getState().notices).toEqual([]);
  });
});

describe('the download of a model that is not here', () => {
  const models = [
    row('sam-vit-b', { name: 'SAM ViT-B', state: 'available', precisions: ['fp32', 'fp16', 'int8'] }), row('mobile-sam', { name: 'MobileSAM', state: 'available', precisions: ['fp32'] }),
    row('sam-vit-b-int8', { name: 'SAM ViT-B int8 (labelme)', state: 'available', precision: 'int8', precisions: ['int8'] }), row('here-0123abcd', { name: 'here' }),
  ];
  it.each([
    ['sam-vit-b-int8', 'sam-vit-b-int8', 'int8'],
    ['sam-vit-b-0123abcd', 'sam-vit-b', 'fp32'],
    ['sam-vit-b-int8-0123abcd', 'sam-vit-b', 'int8'],
    ['mobilesam-0123abcd', 'mobile-sam', 'fp32'],
    ['mobilesam-fp16-0123abcd', 'mobile-sam', 'fp32'],
  ])('%s is %s in %s', (missing, found, precision) => {
    const download = downloadOf(missing, models);
    expect([download?.row.id, download?.precision]).toEqual([found, precision]);
  });
  it('is not guessed', () => {
    for (const id of ['my-sam-0123abcd', 'sam-vit', 'here-0123abcd', 'sam-vit-b-extra-0123abcd']) expect(downloadOf(id, models)).toBeNull();
  });
});

describe('imports and downloads', () => {
  it('can be asked for again as they were', async () => {
    const started = job('j1', { kind: 'model-download', subject: READY });
    const called = program({ 'models.download': () => ({ job: 'j1' }), 'jobs.list': () => [started] });
    const request = { kind: 'download', model: READY, mirror: 1, precision: 'int8' } as const;
    await install(request);
    expect(called[0]).toEqual({ name: 'models.download', params: { model: READY, mirror: 1, precision: 'int8' } });
    expect(useModels.getState().requests.get('j1')).toEqual(request);
    expect(useJobs.getState().jobs.get('j1')).toEqual(started);
  });

  it('do not put an older state over one that was told meanwhile', async () => {
    program({
      'models.import': () => ({ job: 'j1' }),
      'jobs.list': () => {
        useJobs.setState({ jobs: new Map([['j1', job('j1', { state: 'done' })]]) });
        return [job('j1')];
      },
    });
    await install({ kind: 'import', paths: ['/m/a.pth'], precision: 'fp32' });
    expect(useJobs.getState().jobs.get('j1')?.state).toBe('done');
  });

  it('are shown while they run, and when they failed until that was seen', () => {
    const jobs = [job('a'), job('b', { state: 'failed' }), job('c', { state: 'failed' }), job('d', { state: 'done' }), job('e', { state: 'cancelled' }), job('f', { kind: 'export' })];
    expect(installsToShow(jobs, new Set(['c'])).map((j) => j.job)).toEqual(['a', 'b']);
  });
});

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExportPreflight, Job, ProjectInfo } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { StubCore } from '../../test/fixtures/stub-core.ts';
import { describeFormat } from '../datasets/formats/parts/describe-options.ts';
import { FORMATS } from '../datasets/formats/registry.ts';
import { run } from './run.ts';

let folder: string;
let project: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-cli-'));
  project = join(folder, 'photos.mwproj');
  writeFileSync(project, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const info = {
  project: 'abcdefgh',
  path: '/x/photos.mwproj',
  name: 'photos',
  readOnly: null, warnings: [],
  roots: [{ id: 1, path: '/x', missing: false }],
  images: { total: 3, todo: 1, inProgress: 1, done: 1 },
  instances: 5,
  classes: [],
  model: { id: 'maskwright-nano', missing: null },
  undo: { undo: null, redo: null },
  savedAt: null,
} satisfies ProjectInfo;

const nothingLost: ExportPreflight = { images: 3, instances: 5, unlabelled: 0, losses: [], lossCount: 0, maskCount: 0, whole: [] };
const job = (change: Partial<Job>): Job => ({ job: 'j1', kind: 'export', title: 'Exporting', project: 'abcdefgh', state: 'running', done: 0, total: 10, etaMs: null, problems: [], problemCount: 0, notes: [], subject: null, message: null, code: null, ...change });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function maskwright(args: readonly string[], core = new StubCore(), { debug = false, interrupted = new AbortController().signal, live = false } = {}): Promise<Ended> {
  let [out, err] = ['', ''];
  const console = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), live };
  const code = await run(args, { version: '1.2.3', start: () => Promise.resolve(core), console, interrupted }, debug);
  return { code, out, err };
}

/** A core whose export goes through these states, each told by an event, before or after the call that starts it returns. */
function exporting(states: readonly Job[], preflight = nothingLost): StubCore {
  const core: StubCore = new StubCore({
    'project.open': () => info,
    'export.preflight': () => preflight,
    'export.formats': () => FORMATS.map(describeFormat),
    'export.start': () => {
      for (const state of states) core.emit('job', state);
      return { job: 'j1' };
    },
    'jobs.list': () => [],
    'jobs.cancel': () => {
      core.emit('job', job({ state: 'cancelled' }));
      return {};
    },
  });
  return core;
}

describe('usage', () => {
  it('--help shows every command, examples and the exit codes, on stdout', async () => {
    const { code, out, err } = await maskwright(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const expected of ['serve', 'export', 'info', '--browser', '--port', '--host', '--no-open', 'Examples:', 'Exit codes:', 'MASKWRIGHT_HOME']) expect(out).toContain(expected);
    for (const command of ['serve', 'export', 'info']) expect((await maskwright([command, '--help'])).code).toBe(0);
    expect((await maskwright(['help', 'export'])).out).toContain('--segmentation');
  });

  it('--version prints the version alone', async () => {
    expect(await maskwright(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  it.each([
    [['--nonsense']],
    [['a', 'b']],
    [['export']],
    [['imprt', 'p.mwproj', 'x.json']],
    [['stats', 'p.mwproj', 'x.json']],
    [['export', 'p.mwproj']],
    [['export', 'p.mwproj', '--out', 'x.json', '--segmentation', 'bitmap']],
    [['info']],
    [['serve', '--port', 'eighty']],
    [['serve', '--port', '65536']],
    [['serve', '--port', '-1']],
  ])('%j is refused with exit code 2 and a word on what is wrong', async (args) => {
    const { code, out, err } = await maskwright(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/error: .+\n\(--help tells how it is used\)/);
  });
});

describe('errors', () => {
  it('are one sentence with exit code 1; a stack only when asked for', async () => {
    const broken = (): StubCore => new StubCore({ 'project.open': () => { throw new MaskwrightError('project-newer', 'This project is of a newer Maskwright. Update to open it.', project); } });
    const core = broken();
    expect(await maskwright(['info', project], core)).toEqual({ code: 1, out: '', err: 'maskwright: This project is of a newer Maskwright. Update to open it.\n' });
    expect(core.closed).toBe(true);
    expect((await maskwright(['info', project], broken(), { debug: true })).err).toMatch(/\n\s+at /);
  });

  it('a project that is not there is named, and none is made', async () => {
    const missing = join(folder, 'no.mwproj');
    expect((await maskwright(['info', missing])).err).toContain(missing);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const core = new StubCore();
    expect((await maskwright(['export', empty, '--out', 'x.json'], core)).err).toContain('holds no project');
    expect(core.asked).toEqual([]);
  });

  it('of several projects in a folder one must be named, unless it has the name of the folder', async () => {
    const core = new StubCore({ 'project.open': () => info });
    expect((await maskwright(['info', folder], core)).code).toBe(0);
    expect(core.asked[0]?.params).toEqual({ path: project });
    writeFileSync(join(folder, 'b.mwproj'), '');
    expect((await maskwright(['info', folder], core)).err).toContain('b.mwproj, photos.mwproj');
  });
});

describe('info', () => {
  it('prints what a person wants to know, or JSON without what holds for this run only', async () => {
    const core = new StubCore({ 'project.open': () => info });
    expect((await maskwright(['info', project], core)).out).toMatch(/photos\n[^]*3: 1 done, 1 in progress, 1 to do[^]*instances {2}5/);
    const json = JSON.parse((await maskwright(['info', project, '--json'], core)).out) as Record<string, unknown>;
    expect(json).toMatchObject({ name: 'photos', instances: 5, images: { total: 3 } });
    expect(json).not.toHaveProperty('project');
  });
});

function args(...more: string[]): string[] {
  return ['export', project, '--out', join(folder, 'out.json'), ...more];
}

describe('export', () => {
  it('asks for what was said and prints the result', async () => {
    const core = exporting([job({ done: 5 }), job({ done: 10, state: 'done', message: 'Wrote out.json: 3 images, 5 instances.' })]);
    const { code, out } = await maskwright(args('--segmentation', 'polygons', '--images', 'done', '--overwrite'), core);
    expect([code, out]).toEqual([0, 'Wrote out.json: 3 images, 5 instances.\n']);
    expect(core.asked.find(({ name }) => name === 'export.start')?.params).toEqual({ project: 'abcdefgh', format: 'coco', out: join(folder, 'out.json'), images: 'done', options: { segmentation: 'polygons' }, overwrite: true, snapshot: null, manifest: true });
    expect(core.closed).toBe(true);
  });

  it('takes all images and the format’s defaults, and writes over nothing, unless told otherwise', async () => {
    const core = exporting([job({ state: 'done', message: 'ok' })]);
    await maskwright(args(), core);
    expect(core.asked.find(({ name }) => name === 'export.start')?.params).toMatchObject({ format: 'coco', images: 'all', options: {}, overwrite: false });
  });

  it('shows progress on stderr: a line that is written over on a terminal, tenths in a log', async () => {
    const core = exporting([]);
    const following = (live: boolean): Promise<Ended> => {
      const asked = core.asked.length;
      const started = maskwright(args(), core, { live });
      const tick = setInterval(() => {
        if (!core.asked.slice(asked).some(({ name }) => name === 'jobs.list')) return;
        clearInterval(tick);
        core.emit('job', job({ done: 3, etaMs: 1500 }));
        setImmediate(() => core.emit('job', job({ done: 10, state: 'done', message: 'ok' })));
      });
      return started;
    };
    expect((await following(false)).err).toBe('Exporting: 3 of 10, 2 s left\n');
    expect((await following(true)).err).toMatch(/\r\S*Exporting: 3 of 10, 2 s left/);
  });

  it('ends with 3 when items were left out, and lists them', async () => {
    const failed = { item: 'b.jpg', problem: { code: 'image-missing', message: 'The file is gone.', item: 'b.jpg' } } as const;
    const one = await maskwright(args(), exporting([job({ state: 'done', message: 'ok', problems: [failed], problemCount: 1 })]));
    expect(one.code).toBe(3);
    expect(one.err).toContain('b.jpg: The file is gone.');
    const two = await maskwright(args(), exporting([job({ state: 'done', message: 'ok' })], { ...nothingLost, unlabelled: 2 }));
    expect(two.code).toBe(3);
    expect(two.err).toContain('2 instances without a class');
  });

  it('says before writing what the format loses', async () => {
    const losses = [{ instance: 9 as never, image: 1 as never, imagePath: 'a.jpg', class: 'ring', iou: 0.81234, reasons: ['a hole is filled'] }];
    const { code, err } = await maskwright(args('--segmentation', 'polygons'), exporting([job({ state: 'done', message: 'ok' })], { ...nothingLost, losses, lossCount: 1 }));
    expect(code).toBe(0);
    expect(err).toContain('0.8123  a.jpg  instance 9 (ring): a hole is filled');
  });

  it('tells programs all of it, with --json', async () => {
    const losses = Array.from({ length: 30 }, (_, i) => ({ instance: i as never, image: 1 as never, imagePath: 'a.jpg', class: 'ring', iou: 0.5, reasons: ['a hole is filled'] }));
    const preflight = { ...nothingLost, losses, lossCount: 30 };
    const written = await maskwright(args('--json'), exporting([job({ state: 'done', message: 'ok' })], preflight));
    expect(written).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(written.out)).toMatchObject({ written: join(folder, 'out.json'), leftOut: 0, lossCount: 30, losses });
    const refused = await maskwright(args('--json', '--strict'), exporting([], preflight));
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ written: null, lossCount: 30 });
  });

  it('looks at the place before anything else', async () => {
    const core = exporting([]);
    const { code, err } = await maskwright(['export', project, '--out', join(folder, 'nowhere', 'out.json')], core);
    expect([code, err]).toEqual([1, expect.stringContaining('there is no folder')]);
    expect(core.asked.some(({ name }) => name === 'export.preflight')).toBe(false);
  });

  it('ends with 1 when it failed', async () => {
    expect(await maskwright(args(), exporting([job({ state: 'failed', message: 'The disk is full.' })]))).toMatchObject({ code: 1, out: '', err: 'maskwright: The disk is full.\n' });
  });

  it('is cancelled by Ctrl+C and ends with 130', async () => {
    const interruption = new AbortController();
    const core = exporting([]);
    const ended = maskwright(args(), core, { interrupted: interruption.signal });
    interruption.abort();
    expect(await ended).toMatchObject({ code: 130, err: 'Cancelled; nothing was written.\n' });
    expect(core.asked.some(({ name }) => name === 'jobs.cancel')).toBe(true);
  });
});

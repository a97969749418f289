import { afterEach, expect, test } from 'vitest';
import type { Params } from '../../src-shared/contract/contract.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { PROJECT, modelRow, projectInfo, samStatus, startStubProgram } from '../fixtures/stub-program.ts';
import type { StubProgram } from '../fixtures/stub-program.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

/** What the window makes of models that this machine does not have: a program stands in that only answers. */

let program: StubProgram;
// Before the house's own, so that it runs after: windows are closed first.
afterEach(() => program.close());
const house = useHouse();

const asked = <P>(name: string): P[] => program.core.asked.filter((a) => a.name === name).map((a) => a.params as P);

test('EfficientSAM: no background points, no logits fed back, no more points than it takes', async () => {
  program = await startStubProgram({ 'sam.status': () => samStatus('EfficientSAM-S', { backgroundPoints: false, maskInput: false, multimask: false, maxPoints: 2 }) });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.clicks(200, 150);
  expect(await person.seesCandidates()).toHaveLength(1);
  await person.chooser.getByText(words('candidates.noBackground')).waitFor();

  const told = page.getByText(words('limit.background', { model: 'EfficientSAM-S' }));
  await person.clicks(300, 150, { modifiers: ['Alt'] });
  await told.waitFor();
  await person.clicks(300, 150, { button: 'right' });
  await person.canvas.focus();
  await person.presses('ArrowRight', ',');
  await page.getByText('×3').waitFor();

  await person.clicks(250, 150);
  await expect.poll(() => asked('sam.predict').length).toBe(2);
  await person.clicks(150, 150);
  await page.getByText(words('limit.points', { model: 'EfficientSAM-S', count: 2 })).waitFor();
  const prompts = asked<Params<'sam.predict'>>('sam.predict').map(({ prompt }) => prompt);
  expect(prompts.map((p) => ({ labels: p.points.map((q) => q.label), previous: p.previous, multimask: p.multimask }))).toEqual([
    { labels: [1], previous: null, multimask: false },
    { labels: [1, 1], previous: null, multimask: false },
  ]);
});

test('a model without boxes: the smart box says so and cannot be taken', async () => {
  program = await startStubProgram({ 'sam.status': () => samStatus('Pointer', { box: false }) });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const box = page.getByRole('radio', { name: words('command.tool.smart-box') });
  await box.hover();
  await page.getByText(words('limit.box', { model: 'Pointer' })).waitFor();
  await box.click({ force: true });
  await person.presses('w');
  expect(await box.getAttribute('aria-checked')).toBe('false');
  await person.drags(100, 100, 300, 200);
  // The smart point is still in the hand.
  await expect.poll(() => asked<Params<'sam.predict'>>('sam.predict').map(({ prompt }) => [prompt.box, prompt.points.length])).toEqual([[null, 1]]);
});

test('a project whose model is not here says so until that is settled', async () => {
  const missing = { ...projectInfo, model: { id: 'maskwright-nano', missing: 'sam-vit-h' } };
  let settled = false;
  program = await startStubProgram({
    'project.open': () => missing,
    'project.info': () => (settled ? projectInfo : missing),
    'models.list': () => ({ models: [modelRow({ builtIn: true }), modelRow({ id: 'sam-vit-h', name: 'SAM ViT-H', state: 'available', mirrors: ['example.org'], precisions: ['fp32'], licence: 'MIT' })], problems: [] }),
    'models.choose': () => {
      settled = true;
      return projectInfo;
    },
  });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const banner = page.getByText(words('banner.modelMissing', { missing: 'SAM ViT-H', used: 'Maskwright nano' }));
  await banner.waitFor();
  await page.getByRole('button', { name: words('banner.modelDownload'), exact: true }).click();
  await page.getByRole('heading', { name: words('download.title', { name: 'SAM ViT-H' }) }).waitFor();
  await page.getByText('MIT', { exact: true }).waitFor();
  expect(asked('models.download')).toEqual([]);
  await person.presses('Escape', 'Escape');
  await page.getByRole('button', { name: words('banner.modelKeep', { used: 'Maskwright nano' }) }).click();
  await banner.waitFor({ state: 'detached' });
  expect(asked<Params<'models.choose'>>('models.choose')).toMatchObject([{ model: 'maskwright-nano' }]);
});

const job = (change: Partial<Job>): Job => ({
  job: 'j1', kind: 'model-download', title: 'Downloading SAM ViT-B', project: null, state: 'running', done: 0, total: 1000, etaMs: null, problems: [], problemCount: 0, notes: [], subject: 'sam-vit-b', message: null, code: null, ...change,
});

test('a download: its licence first, then progress, cancel, and the reason when it failed', async () => {
  program = await startStubProgram({
    'models.list': () => ({ models: [modelRow({ builtIn: true }), modelRow({ id: 'sam-vit-b', name: 'SAM ViT-B', state: 'available', bytes: 375_042_383, mirrors: ['one.example', 'two.example'], precisions: ['fp32', 'fp16', 'int8'] })], problems: [] }),
    'models.download': () => ({ job: 'j1' }),
    'jobs.cancel': () => ({}),
  });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.runsCommand('command.models');
  await page.locator('.model-row').filter({ hasText: 'SAM ViT-B' }).locator('[data-row]').click();
  await page.getByRole('combobox').selectOption('two.example');
  await page.getByRole('radio', { name: words('precision.int8') }).click();
  await page.getByRole('button', { name: words('download.start', { size: '375 MB' }) }).click();
  await expect.poll(() => asked('models.download')).toEqual([{ model: 'sam-vit-b', mirror: 1, precision: 'int8' }]);

  program.core.emit('job', job({ done: 420, etaMs: 20_000 }));
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`42 % · ${words('job.left', { time: words('time.seconds', { n: 20 }) })}`).waitFor();
  expect(await dialog.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('42');
  await dialog.getByRole('button', { name: words('job.cancel', { title: 'Downloading SAM ViT-B' }) }).click();
  await expect.poll(() => asked('jobs.cancel')).toEqual([{ job: 'j1' }]);

  program.core.emit('job', job({ state: 'failed', message: 'It is not the file it should be.', code: 'model-hash' }));
  const failed = dialog.getByRole('alert');
  await failed.getByText('It is not the file it should be.').waitFor();
  await failed.getByRole('button', { name: words('models.again') }).click();
  await expect.poll(() => asked('models.download').length).toBe(2);
  expect(asked('models.download')[1]).toEqual(asked('models.download')[0]);
});

test('what a model is good for, its licence to copy, and what a cancelled download has left', async () => {
  const url = 'https://licences.example/apache';
  let arrived = 12_000_000;
  program = await startStubProgram({
    'models.list': () => ({ models: [modelRow({ builtIn: true }), modelRow({ id: 'sam-vit-b', name: 'SAM ViT-B', summary: 'Exact, and slow.', state: 'available', bytes: 375_042_383, arrived, licenceUrl: url, mirrors: ['one.example'], precisions: ['fp32'] })], problems: [] }),
    'models.remove': () => {
      arrived = 0;
      return {};
    },
  });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.runsCommand('command.models');
  const row = page.locator('.model-row').filter({ hasText: 'SAM ViT-B' });
  await row.getByText('Exact, and slow.').waitFor();
  await row.locator('[data-row]').click();
  await page.getByRole('dialog').getByText('Exact, and slow.').waitFor();
  await page.getByRole('button', { name: words('copy.copy') }).click();
  await page.getByRole('button', { name: words('copy.done') }).waitFor();
  await page.getByRole('button', { name: words('download.back') }).click();

  await row.getByText(words('models.arrived', { size: '12 MB' })).waitFor();
  // Esc is a no, and the keyboard is back at the button that asked.
  await row.getByRole('button', { name: words('models.discard', { name: 'SAM ViT-B' }) }).click();
  await person.presses('Escape');
  await row.locator(':focus').waitFor();
  await person.presses('Enter');
  expect(asked('models.remove')).toEqual([]);
  await page.getByRole('button', { name: words('models.discardYes'), exact: true }).click();
  await row.getByText('12 MB').waitFor({ state: 'detached' });
  expect(asked('models.remove')).toEqual([{ model: 'sam-vit-b' }]);
  await row.locator('[data-row]').waitFor();

  await person.presses('Escape', '/', 'Control+v');
  expect(await page.getByRole('textbox', { name: words('images.searchName') }).inputValue()).toBe(url);
});

test('the badge tells each provider’s figures, and why it is not used', async () => {
  program = await startStubProgram({
    'sam.tryProviders': () => ({}),
    'sam.status': () => ({
      ...samStatus('SAM ViT-B'), provider: 'webgpu',
      providers: [
        { provider: 'webgpu', verdict: 'used' as const, reason: null, encoderMs: 83, decoderMs: 6.2, difference: 0.00031 },
        { provider: 'cuda', verdict: 'refused' as const, reason: 'its masks are wrong', encoderMs: 40, decoderMs: 3.1, difference: 0.41 },
        { provider: 'cpu', verdict: 'refused' as const, reason: 'it is slower', encoderMs: 3812, decoderMs: 55, difference: null },
      ],
    }),
  });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await page.locator('.provider').click();
  const rows = await page.getByRole('dialog').getByRole('row').allInnerTexts();
  expect(rows.slice(1).map((row) => row.trim().split(/\s*\t\s*/))).toEqual([
    ['WebGPU', '83 ms', '6.2 ms', '0.031 %'], ['CUDA', '40 ms', '3.1 ms', '41 %'], ['its masks are wrong'], ['CPU', '3.8 s', '55 ms', '–'], ['it is slower'],
  ]);
  await page.getByRole('button', { name: words('provider.again') }).click();
  await expect.poll(() => asked('sam.tryProviders')).toEqual([{ project: PROJECT }]);
  await page.getByRole('button', { name: words('command.models') }).click();
  await page.getByRole('heading', { name: words('models.title') }).waitFor();
});

test('a model dropped on the page in a browser leads to the import dialog', async () => {
  program = await startStubProgram({ 'app.browse': () => ({ path: '/models', parent: '/', entries: [{ name: 'a.pth', path: '/models/a.pth', kind: 'model' }], imageCount: 0, places: [] }) });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'a.pth'));
    return data;
  });
  await page.locator('[data-canvas]').dispatchEvent('dragover', { dataTransfer: dropped });
  await page.locator('body[data-dropping]').waitFor();
  await page.locator('[data-canvas]').dispatchEvent('drop', { dataTransfer: dropped });
  await page.locator('body:not([data-dropping])').waitFor();
  await page.getByText(words('drop.noPath')).waitFor();
  await page.getByRole('button', { name: words('models.import') }).click();
  await page.getByRole('option', { name: 'a.pth' }).waitFor();
});

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { addBox, smallProject } from '../fixtures/small-project.ts';
import { temporaryIn } from '../helpers/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-stats-command-'));
const scratch = join(folder, 'scratch');
mkdirSync(scratch);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dataset = join(folder, 'labels.json');
const images = ['a', 'b', 'c'].map((name, i) => ({ id: i + 1, file_name: `${name}.jpg`, width: 100, height: 100 }));
const annotation = (id: number, image: number, category: number, side: number): object => ({ id, image_id: image, category_id: category, bbox: [5, 5, side, side], segmentation: [[5, 5, 5 + side, 5, 5 + side, 5 + side, 5, 5 + side]], area: side * side, iscrowd: 0 });
writeFileSync(dataset, JSON.stringify({ images, categories: [{ id: 1, name: 'cat' }, { id: 2, name: 'dog' }], annotations: [annotation(1, 1, 1, 10), annotation(2, 1, 2, 40), annotation(3, 2, 1, 20)] }));

const cli = join(import.meta.dirname, '../../src-main/cli/cli.ts');
const env = { ...process.env, MASKWRIGHT_HOME: join(folder, 'home'), ...temporaryIn(scratch) };
const maskwright = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env });

test('maskwright stats counts a dataset of another program and leaves nothing behind', () => {
  const run = maskwright('stats', dataset);
  expect(run.stdout).toBe(
    'images     3: 0 done, 2 in progress, 1 to do; 1 without instances\n' +
    'instances  3\n' +
    'sizes      2 small (area below 32²), 1 medium, 0 large (from 96²)\n' +
    'labelled   7.0 % of the pixels, overlaps counted for each instance\n\n' +
    '     images  instances\n' +
    'cat       2          2\n' +
    'dog       1          1\n',
  );
  expect(run.stderr).toContain('3 of 3 images not found');
  expect(run.status).toBe(3);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a project as JSON and CSV; both at once is a wrong command line', async () => {
  const store = smallProject(folder, 2);
  const [cat] = store.edit('Add', [{ type: 'class.add', name: 'cat' }]).created.classes;
  store.edit('Draw', [addBox(1, cat ?? null), addBox(2, cat ?? null), addBox(2, null)]);
  await store.close();
  const report = JSON.parse(maskwright('stats', store.path, '--json').stdout) as object;
  expect(report).toMatchObject({ all: { instances: 3, imagesWith: 2, area: 144, cocoSizes: { small: 3, medium: 0, large: 0 }, origins: { drawn: 3 } }, classes: [{ class: 'cat', instances: 2 }, { class: null, instances: 1 }] });
  expect(maskwright('stats', folder, '--csv').stdout.split('\r\n').slice(1, 3)).toEqual(['cat,,2,2,96,48,0.015625,2,0,0,2,0,0,0,0,0,0,0,2', ',,1,1,48,48,0.007813,1,0,0,1,0,0,0,0,0,0,0,1']);
  expect(maskwright('stats', store.path, '--json', '--csv')).toMatchObject({ status: 2, stdout: '' });
});

test('what is no dataset is said', () => {
  const notes = join(folder, 'notes.json');
  writeFileSync(notes, '{}');
  expect(maskwright('stats', notes)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('is not a dataset that Maskwright knows') as string });
});

test.skipIf(process.platform === 'win32')('Ctrl+C ends a count', async () => {
  const large = join(folder, 'large.json');
  const many = Array.from({ length: 20_000 }, (_, i) => ({ id: i + 1, file_name: `${i}.jpg`, width: 100, height: 100 }));
  writeFileSync(large, JSON.stringify({ images: many, categories: [{ id: 1, name: 'cat' }], annotations: many.map(({ id }) => annotation(id, id, 1, 30)) }));
  const run = spawn(process.execPath, [cli, 'stats', large], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  run.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.includes('Counting')) run.kill('SIGINT');
  });
  const [code, out] = await Promise.all([new Promise((resolve) => run.once('exit', resolve)), run.stdout.setEncoding('utf8').toArray()]);
  expect({ code, out, said }).toMatchObject({ code: 130, out: [], said: expect.stringMatching(/Cancelled\.\n$/) as string });
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { connectTo } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const house = useHouse();
const row = (person: Person, name: string): ReturnType<Person['page']['locator']> => person.page.locator('.model-row').filter({ hasText: name });
const badge = (person: Person): ReturnType<Person['page']['locator']> => person.page.locator('.provider');

/** Chooses a file of a folder in the import dialog, from the models dialog on. */
async function choosesFile(person: Person, folder: string, name: string): Promise<void> {
  const { page } = person;
  await page.getByRole('button', { name: words('models.import') }).click();
  await page.getByRole('textbox', { name: words('browse.path') }).fill(folder);
  await person.presses('Enter');
  await page.getByRole('option').filter({ hasText: name }).click();
}

test('a checkpoint is imported, works in the project, and goes again', async () => {
  const checkpoint = join(house.folder, 'my-sam.pth');
  writeTorchFile(checkpoint, { tensors: randomSam({ width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] }) });
  writeFileSync(join(house.folder, 'broken.pth'), 'no checkpoint');
  const program = await house.starts('import');
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.runsCommand('command.models');
  await row(person, 'Maskwright nano').getByRole('radio', { checked: true }).waitFor();

  // A file that is not one is reported when it is chosen, and cannot be imported.
  const start = page.getByRole('button', { name: words('import.start'), exact: true });
  await choosesFile(person, house.folder, 'broken.pth');
  await page.getByRole('alert').filter({ hasText: '"broken.pth" is a text (“no checkpoint”)' }).waitFor();
  expect(await start.isDisabled()).toBe(true);

  // A real one is there a moment later, and the message about it leads straight to its use. How its images are prepared is
  // asked, because the file does not say it.
  await page.getByRole('option').filter({ hasText: 'my-sam.pth' }).click();
  await page.getByRole('radio', { name: words('precision.fp32') }).waitFor();
  const preparation = page.getByRole('combobox', { name: words('preparation.name') });
  expect(await preparation.inputValue()).toBe('sam');
  await preparation.selectOption('medsam');
  await start.click();
  await row(person, 'my-sam').waitFor();
  const prepared = page.getByRole('combobox', { name: words('preparation.for', { name: 'my-sam' }) });
  expect(await prepared.inputValue()).toBe('medsam');
  await prepared.selectOption('sam');
  await expect.poll(() => prepared.inputValue()).toBe('sam');
  await page.getByRole('button', { name: words('models.useHere') }).click();
  await expect.poll(() => badge(person).innerText()).toContain('my-sam');
  await person.presses('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await person.clicks(600, 400);
  expect(await person.seesCandidates()).toHaveLength(3);

  // While the project uses it, it stays; the choice goes by keyboard.
  await person.runsCommand('command.models');
  await row(person, 'my-sam').getByRole('radio', { checked: true }).waitFor();
  const inUse = page.getByRole('button', { name: words('models.removeInUse', { count: 1, name: 'my-sam' }) });
  await inUse.click({ force: true });
  expect(await page.getByRole('button', { name: words('models.removeYes'), exact: true }).count()).toBe(0);
  await row(person, 'my-sam').getByRole('radio').focus();
  await person.presses('ArrowUp', 'Enter');
  await expect.poll(() => badge(person).innerText()).toContain('Maskwright nano');
  await row(person, 'Maskwright nano').getByRole('radio', { checked: true }).waitFor();

  // Then it can go; Esc is a no.
  const remove = page.getByRole('button', { name: words('models.remove', { name: 'my-sam' }) });
  await remove.click();
  await person.presses('Escape');
  await remove.click();
  await page.getByRole('button', { name: words('models.removeYes'), exact: true }).click();
  await row(person, 'my-sam').waitFor({ state: 'detached' });
  await person.presses('Escape');
  await person.clicks(600, 400);
  expect(await person.seesCandidates()).toHaveLength(3);
});

test('a download without a network is told quietly, and can be tried again', async () => {
  const program = await house.starts('offline', undefined, { NODE_OPTIONS: `--import=${new URL('../fixtures/offline.ts', import.meta.url).href}` });
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await badge(person).click();
  await page.getByRole('button', { name: words('command.models') }).click();
  await row(person, 'EfficientSAM').first().locator('[data-row]').click();
  await page.getByRole('region', { name: words('download.licence') }).getByText('Apache-2.0').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: new RegExp(`^${words('download.start', { size: '' })}`) }).click();
  const quiet = page.locator('.model-row.offline');
  await quiet.getByRole('button', { name: words('models.again') }).click();
  const contract = await connectTo(program.address);
  await expect.poll(async () => (await contract.call('jobs.list', {})).filter((job) => job.kind === 'model-download').map((job) => job.code)).toEqual(['offline', 'offline']);
  contract.close();
  await quiet.waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

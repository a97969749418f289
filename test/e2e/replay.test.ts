import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Comparison } from '../../src-shared/contract/replay.ts';
import { livelySam } from '../fixtures/lively-sam.ts';
import { click } from '../fixtures/sam.ts';
import { writeTorchFile } from '../fixtures/torch-file.ts';
import { connectTo } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const house = useHouse();

const panel = ({ page }: Person): ReturnType<Person['page']['locator']> => page.locator('.review');
const badge = ({ page }: Person): ReturnType<Person['page']['locator']> => page.locator('.review-badge');
const left = (n: number): string => words('review.left', { count: n, n });

test('prompts are replayed with an imported model, and each proposal is accepted or not, undone, or left for later', async () => {
  const checkpoint = join(house.folder, 'other-sam.pth');
  writeTorchFile(checkpoint, { tensors: livelySam({ width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] }) });
  const program = await house.starts('replay');
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();

  // With the built-in model alone there is nothing to replay with.
  await person.runsCommand('command.replay');
  await page.getByRole('dialog').getByText(words('replay.noOther')).waitFor();
  expect(await page.getByRole('button', { name: words('replay.start'), exact: true }).isDisabled()).toBe(true);
  await person.presses('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const contract = await connectTo(program.address);
  const { path } = (await contract.call('app.recent', {}))[0] ?? { path: '' };
  const { project, model } = await contract.call('project.open', { path });
  const ended = (job: string): Promise<void> => expect.poll(async () => (await contract.call('jobs.list', {})).find((j) => j.job === job)?.state, { timeout: 30_000 }).toBe('done');
  await ended((await contract.call('models.import', { paths: [checkpoint], precision: 'fp32' })).job);
  const ids = new Uint32Array((await contract.call('images.ids', { project, filter: {} })).ids.slice().buffer);
  const instances: number[] = [];
  for (const [image, x, y] of [[ids[0], 300, 300], [ids[0], 600, 400], [ids[1], 400, 300], [ids[2], 500, 350]] as const) {
    const { prediction, candidates } = await contract.call('sam.predict', { project, image: image ?? NaN, prompt: click(x, y) });
    const { instance } = await contract.call('sam.accept', { project, image: image ?? NaN, prediction, candidate: candidates[0]?.index ?? 0, class: null });
    instances.push(instance.id);
  }
  await expect.poll(() => person.instances.count()).toBe(2);

  // The whole project is replayed; the other model is offered first.
  await person.runsCommand('command.replay');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: words('replay.all'), checked: true }).waitFor();
  await expect.poll(() => dialog.getByRole('combobox').locator('option:checked').innerText()).toContain('other-sam');
  await page.getByRole('button', { name: words('replay.start'), exact: true }).click();
  await expect.poll(() => badge(person).innerText(), { timeout: 30_000 }).toContain(left(4));
  await page.getByRole('button', { name: words('review.open'), exact: true }).click();
  await panel(person).getByText(left(4)).waitFor();

  // Worst agreement first, each on its own image.
  const { proposals } = await contract.call('replay.list', { project });
  const compare = (instance = NaN): Promise<Comparison> => contract.call('replay.compare', { project, instance });
  const [first, second, third, fourth] = await Promise.all(proposals.map(({ instance }) => compare(instance)));
  const shows = async (it: Comparison | undefined): Promise<void> => {
    await panel(person).locator('.proposal-row[data-on]').getByText(it === undefined ? '' : it.proposal.iou.toFixed(2).replace(/^0/, '')).waitFor();
    const row = proposals.find(({ instance }) => instance === it?.instance.id);
    await page.locator('.crumb').getByText(row?.path ?? '').waitFor();
  };
  await shows(first);
  await person.seesPicture();
  await person.keepsScreenshot('review');
  await person.presses('ArrowRight');
  await shows(second);
  await person.presses('ArrowLeft');
  await shows(first);
  const shapeOf = async (it: Comparison | undefined): Promise<unknown> => (await contract.call('images.open', { project, image: it?.instance.image ?? NaN })).instances.find(({ id }) => id === it?.instance.id)?.shape;

  // Enter takes the proposal, and goes on.
  await person.presses('Enter');
  await shows(second);
  await expect.poll(() => shapeOf(first)).toEqual(first?.proposal.shape);
  // Delete keeps what is there.
  await person.presses('Delete');
  await shows(third);
  await expect.poll(async () => (await contract.call('replay.list', { project })).total).toBe(2);
  expect(await shapeOf(second)).toEqual(second?.instance.shape);
  await badge(person).getByText(left(2)).waitFor();
  // Undo gives the old mask back.
  await person.presses('Control+z');
  await expect.poll(() => shapeOf(first)).toEqual(first?.instance.shape);

  // Left for later, the rest is still there after a reload.
  await person.presses('Escape');
  await panel(person).waitFor({ state: 'detached' });
  await page.reload();
  await person.seesPicture();
  await badge(person).click();
  await shows(third);
  await person.presses('Enter');
  await shows(fourth);
  await person.presses('Backspace');
  await panel(person).getByText(words('review.none')).waitFor();
  await badge(person).waitFor({ state: 'detached' });
  await expect.poll(() => shapeOf(third)).toEqual(third?.proposal.shape);
  expect(await shapeOf(fourth)).toEqual(fourth?.instance.shape);
  expect((await contract.call('project.info', { project })).model).toEqual(model);
  await panel(person).getByRole('button', { name: words('review.back') }).click();
  await panel(person).waitFor({ state: 'detached' });
  contract.close();
});

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { Program } from '../helpers/program.ts';
import { startProgram } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const house = useHouse();
const folderOf = async (name: string): Promise<string> => {
  const folder = join(house.folder, name);
  mkdirSync(folder);
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#446' } }).png().toFile(join(folder, `${name}.png`));
  return folder;
};
let program: Program;
let other: string;
beforeAll(async () => {
  other = await folderOf('beta');
  program = await house.starts('dialogs', await folderOf('alpha'));
});

/** Opens a folder by its path, as the open dialog takes it. */
async function opens(person: Person, folder: string, image: string): Promise<void> {
  await person.runsCommand('command.open');
  const dialog = person.page.getByRole('dialog', { name: words('open.title') });
  await dialog.getByLabel(words('browse.path')).fill(folder);
  await dialog.getByRole('button', { name: words('open.open') }).click();
  await person.imageRow(image).waitFor();
}

test('the format field: typing replaces the name, what matches nothing exports nothing, Esc brings the format back, and a canceled choice is forgotten', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.imageRow('alpha.png').waitFor();
  await person.presses('Control+e');
  const dialog = page.getByRole('dialog', { name: words('export.title') });
  const field = dialog.locator('.format-input input');
  // While its list is open the field alone is there for screen readers.
  const write = dialog.locator('.dialog-foot .primary');
  await expect.poll(() => field.inputValue()).toBe('COCO');
  await page.getByText(words('preflight.nothing')).waitFor();

  await field.click();
  await page.keyboard.type('zzz');
  expect(await field.inputValue()).toBe('zzz');
  await dialog.getByText(words('format.unknown', { text: 'zzz' })).waitFor();
  expect(await write.isDisabled()).toBe(true);
  // Leaving the field does not make it mean anything.
  await dialog.locator('h2').click();
  expect([await field.inputValue(), await write.isDisabled()]).toEqual(['zzz', true]);
  await field.focus();
  await person.presses('Escape');
  expect(await field.inputValue()).toBe('COCO');
  await expect.poll(() => write.isEnabled()).toBe(true);

  await field.click();
  await page.keyboard.type('YOLO');
  await person.presses('Enter');
  await expect.poll(() => field.inputValue()).toMatch(/^YOLO/);
  await person.keepsScreenshot('export-format');
  // The arrow opens the list of all.
  await dialog.locator('.format-arrow').click();
  await page.getByRole('option', { name: /^COCO/ }).first().waitFor();
  await person.presses('Escape');
  await page.getByRole('listbox').waitFor({ state: 'detached' });
  await dialog.waitFor();
  await person.presses('Escape');
  await dialog.waitFor({ state: 'detached' });

  await opens(person, other, 'beta.png');
  await person.presses('Control+e');
  await expect.poll(() => field.inputValue()).toBe('COCO');
  // What was exported is what this project begins with, and no other.
  await field.click();
  await page.keyboard.type('CVAT');
  await person.presses('Enter');
  await expect.poll(() => write.isEnabled()).toBe(true);
  await write.click();
  await dialog.getByText('written to').first().waitFor();
  // It shows where, and hands the path over.
  const written = dialog.getByRole('region', { name: words('exported.to') });
  const at = await written.locator('code').innerText();
  expect(existsSync(at)).toBe(true);
  await person.keepsScreenshot('export-written');
  await written.getByRole('button', { name: words('copy.copy') }).click();
  await written.getByRole('status').getByText(words('copy.done')).waitFor();
  await dialog.getByRole('button', { name: words('dialog.close'), exact: true }).last().click();
  await person.presses('Control+e');
  await expect.poll(() => field.inputValue()).toMatch(/^CVAT/);
  await person.presses('Escape');
  await opens(person, join(house.folder, 'alpha'), 'alpha.png');
  await person.presses('Control+e');
  await expect.poll(() => field.inputValue()).toBe('COCO');
});

test('nothing floats above a dialog', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.locator('.image-row').first().waitFor();
  await page.locator('.provider').click();
  const card = page.locator('.provider-card');
  await card.getByRole('button', { name: words('command.models') }).click();
  await page.getByRole('dialog', { name: words('models.title') }).waitFor();
  await card.waitFor({ state: 'detached' });
});

test('the file chooser: an error looks like one and moves nothing', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.locator('.image-row').first().waitFor();
  await person.runsCommand('command.open');
  const dialog = page.getByRole('dialog', { name: words('open.title') });
  // The folder that it begins with is on show, and the dialog stands still.
  await dialog.locator('.place[title="/"]').waitFor();
  await dialog.evaluate((it) => Promise.all(it.getAnimations().map(({ finished }) => finished)));
  const path = dialog.getByLabel(words('browse.path'));
  const places = async (): Promise<unknown> => Promise.all([dialog, path, dialog.locator('.browser')].map((it) => it.boundingBox()));
  const before = await places();
  await path.fill('/no/such/folder');
  await person.presses('Enter');
  const error = dialog.getByRole('alert');
  await error.waitFor();
  await person.keepsScreenshot('file-chooser-error');
  expect(await places()).toEqual(before);
  expect(await path.getAttribute('aria-invalid')).toBe('true');
});

test('a page of an earlier run on the same port stops trying, and says what to do', async () => {
  const folder = await folderOf('gamma');
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  const home = join(house.folder, 'restarted');
  const first = await startProgram({ home, open: folder, port });
  let again: Program | null = null;
  try {
    const person = await house.opensWindow(first, /401|ERR_|WebSocket/);
    const { page } = person;
    await person.imageRow('gamma.png').waitFor();
    const asked: string[] = [];
    await first.stop();
    page.on('websocket', (socket) => asked.push(socket.url()));
    again = await startProgram({ home, open: folder, port });
    await page.getByText(words('banner.refused')).waitFor();
    await person.keepsScreenshot('restarted');
    const tries = asked.length;
    // As long as two tries would take.
    await page.waitForTimeout(4_500);
    expect(asked.length).toBe(tries);
    await page.goto(again.address);
    await person.imageRow('gamma.png').waitFor();
  } finally {
    await first.stop();
    await again?.stop();
  }
});

test('the list of classes: a new one comes into view, and in a small window nothing lies over the panel’s edge', async () => {
  const person = await house.opensWindow(await house.starts('classes', await folderOf('delta')));
  const { page } = person;
  await person.imageRow('delta.png').waitFor();
  await page.setViewportSize({ width: 720, height: 450 });
  const panel = page.locator('.classes');
  const inside = async (it: Locator): Promise<boolean> => {
    const [box, edge] = [await it.boundingBox(), await panel.boundingBox()];
    return box !== null && edge !== null && box.x >= edge.x && box.x + box.width <= edge.x + edge.width && box.y >= edge.y && box.y + box.height <= edge.y + edge.height;
  };
  const add = panel.getByRole('button', { name: words('class.add') });
  expect(await inside(add.last())).toBe(true);
  await person.keepsScreenshot('classes-none-small');
  await page.setViewportSize({ width: 1440, height: 900 });
  for (let n = 1; n <= 25; n++) {
    await add.first().click();
    await page.keyboard.type(`class ${n}`);
    await person.presses('Enter');
    await person.classRow(`class ${n}`).first().waitFor();
  }
  const last = panel.locator('li').last();
  expect(await last.innerText()).toContain('class 25');
  expect(await inside(last)).toBe(true);
  await page.setViewportSize({ width: 720, height: 450 });
  await person.keepsScreenshot('classes-many-small');
});

import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flatPng } from '../fixtures/pictures.ts';
import { connectTo, engineProcesses, repository } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();
const picture = join(repository, 'sample/01-fruit.jpg');

function folderWith(name: string, ...copies: string[]): string {
  const folder = join(house.folder, name);
  mkdirSync(folder);
  for (const copy of copies) copyFileSync(picture, join(folder, copy));
  return folder;
}

/** A chunk of a PNG file: length, type, data, CRC-32. */
/** Nothing is locked for root, and Windows has no such bits. */
const readsAll = process.platform === 'win32' || process.getuid?.() === 0;

test('the sam engine killed while labeling: the window says so, and nothing is lost', async () => {
  const program = await house.starts('killed', folderWith('killed-photos', 'a.jpg', 'b.jpg'));
  const person = await house.opensWindow(program);
  await person.seesPicture();
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await person.instances.first().waitFor();
  await person.presses('Escape', 'Escape', 'q');
  await person.clicks(578, 318);
  await person.seesCandidates();
  const kept = await person.readsInstances();

  const [engine] = engineProcesses(program, 'sam');
  expect(engine).toBeDefined();
  process.kill(engine ?? 0, 'SIGKILL');
  await person.page.locator('.toast').first().waitFor();
  await person.keepsScreenshot('engine-killed');

  // The next click is answered by the engine that took its place.
  await person.clicks(600, 340);
  await person.seesCandidates();
  await person.presses('`');
  await person.page.keyboard.type('orange');
  await person.presses('Enter');
  await expect.poll(() => person.instances.count()).toBe(kept.length + 1);
  const [again] = engineProcesses(program, 'sam');
  expect(again).toBeDefined();
  expect(again).not.toBe(engine);
});

test('a folder of bad files: each says what is wrong, the good one can be labeled', async () => {
  const folder = folderWith('hostile', 'good.jpg');
  const whole = readFileSync(picture);
  writeFileSync(join(folder, 'truncated.jpg'), whole.subarray(0, whole.length * 0.4));
  writeFileSync(join(folder, 'huge.png'), flatPng(20_000));
  writeFileSync(join(folder, 'page.png'), '<!doctype html><script>alert(1)</script>');
  writeFileSync(join(folder, 'empty.jpg'), '');
  mkdirSync(join(folder, 'locked'));
  copyFileSync(picture, join(folder, 'locked/inside.jpg'));
  if (!readsAll) chmodSync(join(folder, 'locked'), 0);
  try {
    const program = await house.starts('hostile-home', folder);
    const person = await house.opensWindow(program, /image\/.*(404|422)|status of (404|422)/);
    const { page } = person;
    await person.imageRow('good.jpg').click();
    await person.seesPicture();
    for (const name of ['truncated.jpg', 'huge.png', 'page.png', 'empty.jpg']) {
      await person.imageRow(name).locator('.problem').waitFor();
      await person.imageRow(name).click();
      const message = page.locator('.stage-message[role=alert]');
      await message.getByText(name).first().waitFor();
      expect((await message.innerText()).length).toBeGreaterThan(name.length + 30);
    }
    await person.keepsScreenshot('hostile-folder');

    // The job that added them ends with a list of those that failed.
    await page.locator('.problems-link').click();
    const report = page.getByRole('dialog');
    const failed = ['truncated.jpg', 'huge.png', 'page.png', 'empty.jpg', ...(readsAll ? [] : ['locked'])];
    for (const name of failed) await report.getByText(name).first().waitFor();
    await person.keepsScreenshot('failed-items');
    await person.presses('Escape');
    await report.waitFor({ state: 'detached' });
    await person.imageRow('good.jpg').click();
    await person.seesPicture();
    await person.clicks(578, 318);
    expect(await person.seesCandidates()).toHaveLength(3);
  } finally {
    if (!readsAll) chmodSync(join(folder, 'locked'), 0o755);
  }
});

test('a class named like a script is shown as text', async () => {
  const program = await house.starts('script', folderWith('script-photos', 'a.jpg'));
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  let alerted = false;
  page.on('dialog', (dialog) => {
    alerted = true;
    void dialog.dismiss();
  });
  const name = '<img src=x onerror=alert(1)>';
  await page.getByRole('button', { name: words('class.add') }).first().click();
  await page.getByRole('textbox', { name: words('class.newName') }).fill(name);
  await person.presses('Enter');
  await person.classRow(name).waitFor();
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await expect.poll(() => person.readsInstances()).toEqual([{ name, area: expect.any(Number) }]);
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(alerted).toBe(false);
});

test('the page reaches nothing but the program', async () => {
  const program = await house.starts('fenced', folderWith('fenced-photos', 'a.jpg'));
  const person = await house.opensWindow(program, /./);
  await person.seesPicture();
  const blocked = await person.page.evaluate(async (addresses) => {
    const refused: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.blockedURI));
    const outcomes = await Promise.all(addresses.map((address) => fetch(address).then(() => 'reached', () => 'stopped')));
    const image = await new Promise((resolve) => {
      const img = new Image();
      img.addEventListener('load', () => resolve('reached'));
      img.addEventListener('error', () => resolve('stopped'));
      img.src = 'https://example.com/picture.png';
    });
    return { outcomes, image, refused: refused.length };
  }, ['https://example.com/', 'http://127.0.0.1:9/', 'file:///etc/passwd']);
  expect(blocked.outcomes).toEqual(['stopped', 'stopped', 'stopped']);
  expect(blocked.image).toBe('stopped');
  expect(blocked.refused).toBeGreaterThanOrEqual(3);
});

test('a second program that opens the project may look, and says why it may not write', async () => {
  const folder = folderWith('shared-photos', 'a.jpg');
  const first = await house.starts('first', folder);
  const owner = await house.opensWindow(first);
  await owner.seesPicture();
  const second = await house.starts('second', folder);
  const guest = await house.opensWindow(second);
  await guest.seesPicture();
  const banner = guest.page.locator('.banner');
  await banner.waitFor();
  expect((await banner.innerText()).length).toBeGreaterThan(30);
  await guest.page.getByText(words('save.readOnly')).first().waitFor();
  expect(await guest.page.getByRole('radio', { name: words('command.tool.rectangle') }).isDisabled()).toBe(true);
  await guest.keepsScreenshot('read-only');
});

test('two windows on one program keep in step', async () => {
  const program = await house.starts('two', folderWith('two-photos', 'a.jpg', 'b.jpg'));
  const left = await house.opensWindow(program);
  await left.seesPicture();
  const right = await house.opensWindow(program);
  await right.seesPicture();
  await left.presses('r');
  await left.drags(200, 100, 500, 300);
  await left.instances.first().waitFor();
  await right.instances.first().waitFor();
  await right.presses('Control+z');
  await left.instances.first().waitFor({ state: 'detached' });
});

test.skipIf(process.platform === 'win32')('a project that is deleted, then renamed in the file manager: the window says so, and every object is kept', async () => {
  const folder = folderWith('moved-photos', 'a.jpg');
  const file = join(folder, 'moved-photos.mwproj');
  const program = await house.starts('moved', folder);
  const person = await house.opensWindow(program);
  await person.seesPicture();
  const banner = person.page.locator('.banner');
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await expect.poll(() => person.instances.count()).toBe(1);

  for (const name of readdirSync(folder)) if (name.startsWith('moved-photos.mwproj')) rmSync(join(folder, name));
  await person.drags(220, 120, 480, 280);
  await expect.poll(() => person.instances.count()).toBe(2);
  await banner.getByText('moved-photos.mwproj was moved or deleted').waitFor();
  await person.keepsScreenshot('project-deleted');
  await banner.getByRole('button', { name: words('banner.putAway') }).click();
  await expect.poll(() => banner.count()).toBe(0);
  expect(existsSync(file)).toBe(true);

  const renamed = join(folder, 'renamed.mwproj');
  renameSync(file, renamed);
  await person.drags(240, 140, 460, 260);
  await expect.poll(() => person.instances.count()).toBe(3);
  await banner.getByText('renamed.mwproj').waitFor();
  // A reload comes back to the project under its new name.
  await person.page.reload();
  await person.seesPicture();
  await expect.poll(() => person.instances.count()).toBe(3);

  const contract = await connectTo(program.address);
  expect(await contract.call('project.open', { path: renamed })).toMatchObject({ path: renamed, instances: 3, readOnly: null });
  contract.close();
});

test('what was acknowledged is there after the whole program is killed', async () => {
  const folder = folderWith('crash-photos', 'a.jpg');
  const program = await house.starts('crash', folder);
  const person = await house.opensWindow(program, /WebSocket|ERR_CONNECTION/);
  await person.seesPicture();
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await person.instances.first().waitFor();
  const drawn = await person.readsInstances();
  // It shows before it is written: what is acknowledged is what main has.
  const before = await connectTo(program.address);
  const { project } = await before.call('project.open', { path: folder });
  await expect.poll(async () => (await before.call('project.info', { project })).instances).toBe(1);
  before.close();
  program.process.kill('SIGKILL');
  await person.page.locator('.banner.error').waitFor();
  await person.keepsScreenshot('connection-lost');

  const next = await house.starts('crash', folder);
  const later = await house.opensWindow(next);
  await later.seesPicture();
  await expect.poll(() => later.readsInstances()).toEqual(drawn);
  const contract = await connectTo(next.address);
  const info = await contract.call('project.open', { path: folder });
  expect(info.readOnly).toBeNull();
  expect(info.instances).toBe(1);
  contract.close();
});

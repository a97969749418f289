import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STOPPED } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();

test('the first picture of all has three marks, each gone with its thing, and never again', async () => {
  const program = await house.starts('first');
  // It goes on looking for the program that is ended below.
  const person = await house.opensWindow(program, /ERR_CONNECTION/);
  // So low that the picture lies under the mark, too.
  await person.page.setViewportSize({ width: 1440, height: 620 });
  const mark = person.page.getByRole('complementary', { name: words('coach.name') });
  await person.seesPicture();
  await mark.getByText(words('coach.click'), { exact: true }).waitFor();
  await person.keepsScreenshot('coach-1');
  // The canvas has the keyboard and the mouse, also under the mark.
  const box = await mark.boundingBox();
  await person.page.mouse.click((box?.x ?? 0) + 20, (box?.y ?? 0) + 40);
  await mark.getByText(words('coach.accept'), { exact: true }).waitFor();
  await person.presses('Escape');
  await mark.getByText(words('coach.click'), { exact: true }).waitFor();
  await person.clicks(300, 300);
  await person.seesCandidates();
  await mark.getByText(words('coach.accept'), { exact: true }).waitFor();
  await person.keepsScreenshot('coach-2');
  await person.presses('Enter');
  await mark.getByText(words('coach.classes'), { exact: true }).waitFor();
  await person.keepsScreenshot('coach-3');
  await person.presses('Control+Enter');
  await mark.waitFor({ state: 'detached' });
  await person.seesPicture();
  expect(await program.stop()).toBe(STOPPED);

  const again = await house.opensWindow(await house.starts('first'));
  await again.seesPicture();
  expect(await again.page.locator('.coach').count()).toBe(0);
});

test('Esc dismisses the marks; about tells versions and every licence; diagnostics are copied as shown, without a name or a path; a recent project is forgotten', async () => {
  const secret = 'Zebra Crossing';
  const home = join(house.folder, secret);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const log = `[2026-11-22 10:00:00.000] [info]  reading ${homedir()}/Aardvark holidays/beach 1.jpg failed\n[2026-11-22 10:00:01.000] [info]  engine: started for ${userInfo().username} on ${hostname()}\n`;
  writeFileSync(join(home, 'logs', 'main.log'), log);
  const person = await house.opensWindow(await house.starts(secret));
  await person.seesPicture();
  const mark = person.page.locator('.coach');
  await mark.waitFor();
  await person.presses('Escape');
  await mark.waitFor({ state: 'detached' });
  await person.page.context().grantPermissions(['clipboard-write']);
  await person.runsCommand('command.about');
  const dialog = person.page.getByRole('dialog');
  await dialog.getByText('onnxruntime', { exact: true }).waitFor();
  await dialog.getByText('Maskwright nano').waitFor();
  await person.keepsScreenshot('about');
  await dialog.getByRole('tab', { name: words('about.licences') }).click();
  await dialog.getByRole('searchbox').fill('lgpl');
  await expect.poll(() => dialog.locator('summary').count()).toBe(1);
  await dialog.locator('summary').click();
  await dialog.getByText('GNU LESSER GENERAL PUBLIC LICENSE').first().waitFor();
  await person.keepsScreenshot('licences');
  await dialog.getByRole('searchbox').fill('inter');
  await dialog.getByText('OFL-1.1').waitFor();
  await person.presses('Escape');

  await person.runsCommand('command.diagnostics');
  const text = dialog.getByRole('textbox', { name: words('diagnostics.text') });
  await expect.poll(() => text.inputValue()).toMatch(/onnxruntime: \d/);
  const shown = await text.inputValue();
  await person.keepsScreenshot('diagnostics');
  expect(shown).toMatch(/reading ~\/<\d+>\n.*engine: started for <user> on <host>\n/);
  expect(shown).not.toMatch(/zebra|aardvark|beach|fruit|\/tmp|\.jpg/i);
  expect(shown).not.toContain(homedir());
  expect(shown).toContain('images: 8');
  await dialog.getByRole('button', { name: words('diagnostics.copy') }).click();
  await dialog.getByRole('button', { name: words('diagnostics.copied') }).waitFor();
  await person.presses('Escape');
  await person.runsCommand('command.close');
  const row = person.page.locator('.recent');
  await row.hover();
  await person.keepsScreenshot('welcome');
  await row.getByRole('button', { name: words('welcome.forget', { name: 'Sample' }) }).click();
  await row.waitFor({ state: 'detached' });
  await person.page.evaluate(() => document.body.appendChild(document.createElement('textarea')).focus());
  await person.presses('Control+v');
  expect(await person.page.locator('body > textarea').inputValue()).toBe(shown);
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Desktop, runsOn } from '../electron/desktop.ts';
import { file, startFileServer } from '../fixtures/file-server.ts';
import type { FileServer } from '../fixtures/file-server.ts';
import { description, LATEST, releaseOwner } from '../fixtures/releases.ts';
import { makeStandInPackage } from '../fixtures/stand-in-package.ts';
import { Person } from './person.ts';
import { words } from './words.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-desktop-updates-'));
const started: Desktop[] = [];
let server: FileServer | null = null;
afterEach(async () => {
  await Promise.all(started.map((desktop) => desktop.stop()));
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An AppImage, as the stand-in tells it; what a real one does is for whoever has a place of updates. */
test.runIf(process.platform === 'linux' && runsOn === 'stand-in')('nothing is asked for until a person switches updates on; then a version is shown, downloaded when told to, and installed at the end', async () => {
  server = await startFileServer();
  const owner = releaseOwner();
  const release = Buffer.from(`#!/bin/sh\n${'#'.repeat(100_000)}\n`);
  const body = description(release, { notes: '<img src=x onerror=alert(1)> Faster **masks**.' });
  server.on(`/${LATEST}`, file(Buffer.from(body)));
  server.on(`/${LATEST}.sig`, file(Buffer.from(owner.sign(body))));
  server.on(`/${/url: (.*)/.exec(body)?.[1]}`, file(release));
  const { env, appImage } = makeStandInPackage(folder, '0.1.0', { url: server.url('/'), key: owner.key }, server.ca);
  const opens = async (): Promise<{ desktop: Desktop; person: Person }> => {
    const desktop = new Desktop({ home: join(folder, 'home'), env });
    started.push(desktop);
    const person = new Person(await desktop.page());
    await person.seesPicture();
    await expect.poll(() => desktop.toldOf('menu').length).toBeGreaterThan(0);
    await desktop.ask('menu.click', 'program.settings');
    return { desktop, person };
  };

  const { desktop, person } = await opens();
  const dialog = person.page.getByRole('dialog');
  const switchedOn = dialog.getByRole('checkbox', { name: words('updates.switch') });
  expect(await switchedOn.isChecked()).toBe(false);
  expect(await person.page.evaluate(() => (window as unknown as { maskwright: { call(name: string, params: object): Promise<object> } }).maskwright.call('shell.update.ask', {}))).toMatchObject({ problem: { code: 'bad-request' } });
  expect(desktop.toldOf('request')).toEqual([]);

  await switchedOn.check();
  await dialog.getByRole('button', { name: words('updates.ask') }).click();
  await dialog.getByText(words('updates.there', { version: '9.0.0' })).waitFor();
  expect(await dialog.locator('.release-notes').textContent()).toBe('<img src=x onerror=alert(1)> Faster **masks**.');
  expect(desktop.toldOf('request')).toHaveLength(2);
  await dialog.getByRole('button', { name: /Download/ }).click();
  await dialog.getByText(words('updates.ready')).waitFor();
  expect(readFileSync(appImage, 'utf8')).toBe('the old one');
  expect(await desktop.quit()).toBe(0);
  expect(desktop.toldOf('keptAlive')).toEqual([]);
  expect(readFileSync(appImage).equals(release)).toBe(true);

  // It is still the old version, as if the new one could not be installed.
  const unchanged = await opens();
  await unchanged.person.page.getByText('Version 9.0.0 was downloaded but could not be installed').first().waitFor();
  expect(unchanged.desktop.toldOf('request')).toEqual([]);
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Desktop } from '../electron/desktop.ts';
import type { DesktopOptions } from '../electron/desktop.ts';
import { Person } from './person.ts';

/** The real shell and preload script on the stand-in for Electron (test/electron/README.md). */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-desktop-'));
const started: Desktop[] = [];
function starts(name: string, options: Partial<DesktopOptions> = {}): Desktop {
  const desktop = new Desktop({ home: join(folder, name), ...options });
  started.push(desktop);
  return desktop;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((desktop) => desktop.stop()));
});
/** Ids of its children. Looks into /proc, so it works on Linux only. */
async function childrenOf({ process: { pid } }: Desktop): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const stats = await Promise.all(ids.map((entry) => readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')));
  return ids.filter((_, i) => stats[i]?.slice(stats[i].lastIndexOf(')')).split(' ')[2] === String(pid)).map(Number);
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the window opens with the sample, a click becomes a mask, and quitting ends it all', async () => {
  const desktop = starts('first');
  const person = new Person(await desktop.page());
  await person.seesPicture();
  await person.clicks(300, 300);
  expect(await person.seesCandidates()).toHaveLength(3);
  const before = await person.instances.count();
  await person.presses('Enter');
  await expect.poll(() => person.instances.count()).toBe(before + 1);
  const engines = await childrenOf(desktop);
  expect(engines.length).toBeGreaterThanOrEqual(2);
  expect(await desktop.quit()).toBe(0);
  expect(engines.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});

test('a second start shows the first one\'s window and ends', async () => {
  const first = starts('twice');
  await new Person(await first.page()).seesPicture();
  await first.ask('window.minimize');
  const second = starts('twice');
  expect(await second.ended).toBe(0);
  await expect.poll(() => first.told.map(({ what }) => what)).toEqual(expect.arrayContaining(['restore', 'focus']));
});

test('a page that crashes comes back with everything', async () => {
  const desktop = starts('crash');
  const person = new Person(await desktop.page());
  await person.seesPicture();
  const count = await person.instances.count();
  const devTools = await person.page.context().newCDPSession(person.page);
  devTools.send('Page.crash').catch(() => undefined);
  await expect.poll(() => desktop.toldOf('reloaded')).toHaveLength(1);
  const again = new Person(await desktop.page());
  await again.seesPicture();
  expect(await again.instances.count()).toBe(count);
});

test('the page goes nowhere else, opens nothing, and is granted nothing', async () => {
  const desktop = starts('fenced');
  const page = await desktop.page();
  await new Person(page).seesPicture();
  const address = page.url();
  await page.evaluate(() => void window.location.assign('https://example.com/'));
  await expect.poll(() => desktop.toldOf('navigation')).toEqual([{ url: 'https://example.com/', prevented: true }]);
  expect(page.url()).toBe(address);
  await page.evaluate(() => void window.open('https://example.com/'));
  await expect.poll(() => desktop.toldOf('window-open')).toMatchObject([{ action: 'deny' }]);
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'hid', 'usb', 'serial', 'fileSystem', 'openExternal']) {
    expect(await desktop.ask('permission', permission), permission).toEqual({ request: false, check: false, device: false });
  }
});

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Desktop, runsOn } from '../electron/desktop.ts';
import type { DesktopOptions } from '../electron/desktop.ts';
import { childrenOf, isRunning } from '../helpers/processes.ts';
import { repository } from '../helpers/program.ts';
import { Person } from './person.ts';
import { words } from './words.ts';

/** The real shell and preload script on the stand-in for Electron (test/electron/README.md). */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-desktop-'));
const sample = join(repository, 'sample');

interface MenuItem {
  readonly id?: string;
  readonly enabled?: boolean;
}

/** A packaged program answers no questions; only what can be seen from outside is tested of it. */
const inspects = test.skipIf(runsOn === 'packaged');
/** Screens of a test's choosing, and pages that Playwright still drives when their process has died, has the stand-in only. */
const standIn = test.skipIf(runsOn !== 'stand-in');

if (runsOn !== 'stand-in') console.info(`Run on ${runsOn === 'electron' ? 'a real Electron' : 'a packaged program'}: what only the stand-in${runsOn === 'electron' ? '' : ' or an Electron that lets one look inside'} can show is skipped.`);

const started: Desktop[] = [];
function starts(name: string, options: Partial<DesktopOptions> = {}): Desktop {
  const desktop = new Desktop({ home: join(folder, name), ...options });
  started.push(desktop);
  return desktop;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((desktop) => desktop.stop()));
});
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
  const engines = childrenOf(desktop.process.pid).map(({ pid }) => pid);
  expect(engines.length).toBeGreaterThanOrEqual(2);
  expect(await desktop.quit()).toBe(0);
  expect(engines.filter(isRunning)).toEqual([]);
});

inspects('a second start shows the first one\'s window with what was double-clicked, and ends', async () => {
  const first = starts('twice');
  const person = new Person(await first.page());
  await person.seesPicture();
  await first.ask('window.minimize');
  // A name with all that paths can hold, given relative to where the second start was made.
  const hard = `ö 日本 % #? & '“$HOME” [x]`;
  mkdirSync(join(folder, hard));
  for (const name of readdirSync(sample).filter((file) => file.endsWith('.jpg')).slice(0, 2)) copyFileSync(join(sample, name), join(folder, hard, name));
  const second = starts('twice', { args: [hard], cwd: folder, handsOver: true });
  expect(await second.ended).toBe(0);
  await expect.poll(() => first.told.map(({ what }) => what)).toEqual(expect.arrayContaining(['restore', 'focus']));
  await expect.poll(() => person.page.locator('.crumb > span').first().innerText()).toBe(hard);
  await expect.poll(() => first.toldOf('recentDocument')).toContainEqual(expect.stringContaining(join(folder, hard)));
});

standIn('a page that crashes comes back with everything', async () => {
  const desktop = starts('crash');
  const person = new Person(await desktop.page());
  await person.seesPicture();
  const count = await person.instances.count();
  const devTools = await person.page.context().newCDPSession(person.page);
  devTools.send('Page.crash').catch(() => undefined);
  await expect.poll(() => desktop.toldOf('reloaded')).toHaveLength(1);
  const again = new Person(await desktop.page());
  await again.seesPicture();
  await again.page.getByText('The window stopped working').waitFor();
  expect(await again.instances.count()).toBe(count);
});

const screens = (...areas: object[]): { env: Record<string, string> } => ({ env: { MASKWRIGHT_STAND_IN_SCREENS: JSON.stringify(areas) } });

standIn('a person who quits before the page is there is told of no failure', async () => {
  const desktop = starts('at-once');
  await expect.poll(() => desktop.toldOf('window')).toHaveLength(1);
  expect({ code: await desktop.quit(), said: desktop.said(), boxes: desktop.toldOf('errorBox') }).toEqual({ code: 0, said: '', boxes: [] });
});

async function shown(desktop: Desktop): Promise<void> {
  await desktop.page();
  await expect.poll(() => desktop.toldOf('show')).toHaveLength(1);
}

standIn('the window opens where it was left, on the screen that is still there', async () => {
  const [small, large] = [{ x: 0, y: 0, width: 1600, height: 900 }, { x: 1600, y: 0, width: 2560, height: 1440 }];
  const first = starts('place', screens(small, large));
  await shown(first);
  await first.ask('window.move', { x: 1900, y: 60, width: 1300, height: 950 });
  await first.ask('window.maximize');
  expect(await first.quit()).toBe(0);
  const again = starts('place', screens(small, large));
  await shown(again);
  expect(await again.ask('window.bounds')).toEqual({ x: 1900, y: 60, width: 1300, height: 950 });
  // It is not on the screen before there is something in it.
  const order = ['window', 'devtools', 'show', 'maximize'];
  expect(again.told.map(({ what }) => what).filter((what) => order.includes(what))).toEqual(order);
  await again.quit();
  const unplugged = starts('place', screens(small));
  await unplugged.page();
  expect(await unplugged.ask('window.bounds')).toEqual({ x: 150, y: 0, width: 1300, height: 900 });
});

inspects('the menu is the command registry and runs its commands; the system\'s dialogs choose folders and files', async () => {
  const desktop = starts('menu');
  const person = new Person(await desktop.page());
  await person.seesPicture();
  const items = async (): Promise<MenuItem[]> => ((await desktop.ask('menu')) as { submenu: MenuItem[] }[]).flatMap(({ submenu }) => submenu);
  await expect.poll(async () => (await items()).find(({ id }) => id === 'program.export')?.enabled).toBe(true);
  expect((await items()).find(({ id }) => id === 'program.open')).toMatchObject({ accelerator: 'CmdOrCtrl+O', registerAccelerator: false });
  expect((await items()).find(({ id }) => id === 'object.delete')?.enabled).toBe(false);
  await person.clicks(300, 300);
  await person.seesCandidates();
  await person.presses('Enter');
  await expect.poll(async () => (await items()).find(({ id }) => id === 'object.selectAll')?.enabled).toBe(true);
  await desktop.ask('menu.click', 'object.selectAll');
  await expect.poll(async () => (await items()).find(({ id }) => id === 'object.delete')?.enabled).toBe(true);

  // In a text field, undoing is the text's.
  await person.page.locator('#image-filter').focus();
  await expect.poll(async () => (await items()).filter(({ id }) => id === 'program.undo' || id === 'object.selectAll')).toEqual([]);

  await desktop.ask('menu.click', 'program.open');
  const dialog = person.page.getByRole('dialog');
  await desktop.answers('open', { canceled: false, filePaths: [sample] });
  await dialog.getByRole('button', { name: words('browse.systemFolder') }).click();
  await expect.poll(() => dialog.getByRole('textbox', { name: words('browse.path') }).inputValue()).toBe(sample);
  expect(desktop.toldOf('dialog.open')).toMatchObject([{ properties: ['openDirectory', 'createDirectory'] }]);
  await person.presses('Escape');

  await desktop.ask('menu.click', 'program.diagnostics');
  await dialog.getByRole('button', { name: words('diagnostics.copy'), disabled: false }).click();
  await dialog.getByRole('button', { name: words('diagnostics.copied') }).waitFor();
  expect(desktop.toldOf('clipboard')).toEqual([await dialog.getByRole('textbox').inputValue()]);
  await person.presses('Escape');

  await desktop.ask('menu.click', 'program.export');
  const out = join(folder, 'chosen by the system.json');
  await desktop.answers('save', { canceled: false, filePath: out });
  await dialog.getByRole('button', { name: words('export.browse') }).click();
  await expect.poll(() => dialog.getByRole('textbox', { name: words('export.file') }).inputValue()).toBe(out);
  await dialog.getByRole('button', { name: words('export.write') }).click();
  await expect.poll(() => existsSync(out)).toBe(true);
});

inspects('closing during work asks; the work goes on at the next start', async () => {
  const desktop = starts('at-work');
  const person = new Person(await desktop.page());
  await person.seesPicture();
  await person.page.evaluate(async () => {
    const { maskwright } = window as unknown as { maskwright: { call(name: string, params: object): Promise<{ result: { project: string } }> } };
    const { result } = await maskwright.call('project.openSample', {});
    await maskwright.call('automatic.label', { project: result.project, labeling: { options: { points_per_side: 8 }, model: null, class: 'thing', all: true } });
  });
  await expect.poll(() => desktop.toldOf('progress').length).toBeGreaterThan(0);
  if (runsOn === 'stand-in') expect(desktop.toldOf('powerSaveBlocker').at(-1)).toBe('prevent-app-suspension');
  await desktop.answers('message', { response: 1 });
  // A Mac's window is hidden by that, and the work goes on.
  await desktop.ask(process.platform === 'darwin' ? 'app.quit' : 'window.close');
  await expect.poll(() => desktop.toldOf('dialog.message')).toMatchObject([{ buttons: ['Quit', 'Keep working'] }]);
  expect(desktop.process.exitCode).toBeNull();
  await desktop.answers('message', { response: 0 });
  await desktop.ask('app.quit');
  expect(await desktop.ended).toBe(0);

  const again = starts('at-work');
  const page = await again.page();
  await page.getByText('this was interrupted, and goes on now').waitFor();
  await expect.poll(() => again.toldOf('progress').length).toBeGreaterThan(0);
});

inspects('the page goes nowhere else, opens nothing, and is granted nothing', async () => {
  const desktop = starts('fenced');
  const page = await desktop.page();
  await new Person(page).seesPicture();
  const address = page.url();
  await page.evaluate(() => void window.location.assign('https://example.com/'));
  await expect.poll(() => desktop.toldOf('navigation')).toEqual([{ url: 'https://example.com/', prevented: true }]);
  expect(page.url()).toBe(address);
  await page.evaluate(() => void window.open('https://example.com/'));
  if (runsOn === 'electron') {
    // Electron does not tell what the shell's handlers decide; what comes of it shows.
    expect(await desktop.ask('windows')).toBe(1);
    const states = await page.evaluate(async () => Promise.all(['camera', 'geolocation', 'notifications'].map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state)));
    expect(new Set(states)).toEqual(new Set(['denied']));
    return;
  }
  await expect.poll(() => desktop.toldOf('window-open')).toMatchObject([{ action: 'deny' }]);
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'hid', 'usb', 'serial', 'fileSystem', 'openExternal']) {
    expect(await desktop.ask('permission', permission), permission).toEqual({ request: false, check: false, device: false });
  }
});

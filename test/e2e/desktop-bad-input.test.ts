import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { smallProject } from '../fixtures/small-project.ts';
import { runsOn } from '../electron/desktop.ts';
import type { Desktop } from '../electron/desktop.ts';
import { repository } from '../helpers/program.ts';
import { useDesktops } from './desktops.ts';
import { Person } from './person.ts';

const desktops = useDesktops();
const { folder } = desktops;
const isRoot = process.getuid?.() === 0;

/** As a double click does while the program runs. */
const doubleClicks = (desktop: Desktop, path: string): Promise<unknown> => desktop.ask('app.emit', { event: 'second-instance', args: [[], folder, { path }] });

/** Names that hold what paths can hold and quoting, addresses and markup trip over. */
const HARD = process.platform === 'win32' ? `-ö 日本 😀 %41 # & 'x' $HOME [x] {y} ‮txt` : `-ö 日本 😀 %41%2f #?&'"\`$HOME\\ [x] {y}\n‮txt <b>|*;:`;

describe('a project that is none', () => {
  const text = join(folder, 'text.mwproj');
  writeFileSync(text, 'not a project, but a letter');
  const foreign = join(folder, 'foreign.mwproj');
  const db = new Database(foreign);
  db.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('of another program')");
  db.close();
  const empty = join(folder, 'empty.mwproj');
  writeFileSync(empty, '');
  const bad = [text, foreign, empty];
  if (process.platform !== 'win32') {
    const loop = join(folder, 'loop.mwproj');
    symlinkSync(loop, loop);
    const broken = join(folder, 'broken.mwproj');
    symlinkSync('nowhere', broken);
    const pipe = join(folder, 'pipe.mwproj');
    execFileSync('mkfifo', [pipe]);
    bad.push(loop, broken, pipe);
  }

  test('double-clicked at the start or while another is open: the window says what it is, and what is open stays', async (context) => {
    context.skip(runsOn !== 'stand-in', 'a double click is told to the stand-in');
    const bytes = bad.slice(0, 3).map((path) => readFileSync(path));
    const good = join(folder, HARD, `${HARD}.mwproj`);
    mkdirSync(join(folder, HARD));
    const store = smallProject(join(folder, HARD), 3);
    await store.close();
    renameSync(store.path, good);

    const desktop = desktops.starts('bad', { args: [text] });
    const page = await desktop.page();
    const says = (path: string): Promise<void> => page.locator('.toast', { hasText: path.slice(folder.length + 1) }).filter({ hasText: /Choose|may have been moved|cannot be read|no right/ }).first().waitFor();
    await says(text);
    await doubleClicks(desktop, good);
    const person = new Person(page);
    await person.imageRow('shot3.png').waitFor();
    expect(desktop.toldOf('recentDocument')).toEqual([good]);
    for (const path of bad) {
      await doubleClicks(desktop, path);
      await says(path);
      expect(await page.locator('.crumb > span').first().innerText()).toBe('Small');
    }
    await person.imageRow('shot3.png').click();
    expect(desktop.toldOf('recentDocument')).toEqual([good]);
    expect(bad.slice(0, 3).map((path) => readFileSync(path))).toEqual(bytes);
    expect(await desktop.quit()).toBe(0);
  });
});

test('a folder of 100,000 pictures is dropped: it can be labeled while they are being looked at', async (context) => {
  context.skip(runsOn !== 'stand-in', 'the stand-in is told where a dropped folder lies');
  const many = join(folder, 'many');
  mkdirSync(many);
  // A file has not as many names as that on every file system.
  for (let first = 0; first < 100_000; first += 20_000) {
    const source = join(many, `${String(first).padStart(6, '0')}.jpg`);
    copyFileSync(join(repository, 'sample/01-fruit.jpg'), source);
    for (let i = first + 1; i < first + 20_000; i++) linkSync(source, join(many, `${String(i).padStart(6, '0')}.jpg`));
  }
  const desktop = desktops.starts('many');
  const page = await desktop.page();
  const person = new Person(page);
  await person.seesPicture();
  await page.evaluate((path) => Object.assign((window as unknown as { standInPaths: object }).standInPaths, { many: path }), many);
  const devTools = await page.context().newCDPSession(page);
  const data = { items: [], files: [many], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await devTools.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data });
  // The first opens by itself.
  await expect.poll(() => page.title()).toMatch(/^000000\.jpg/);
  await person.imageRow('000003.jpg').click();
  await person.seesPicture();
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await expect.poll(() => person.instances.count()).toBe(1);
  // Listing them waits for whatever the person does, and on a busy machine for other programs. The sample has eight of its own.
  await expect.poll(() => page.locator('body').innerText(), { timeout: 120_000 }).toContain('0 of 100,008 done');
  // It is still at work, and asks.
  await desktop.answers('message', { response: 0 });
  expect(await desktop.quit()).toBe(0);
});

/** The program did not start, and said why in a box. */
async function isRefused(desktop: Desktop, words: RegExp): Promise<void> {
  expect(await desktop.ended).toBe(1);
  expect(desktop.toldOf('errorBox')).toEqual([{ title: 'Maskwright cannot start', content: expect.stringMatching(words) }]);
  expect(desktop.toldOf('window')).toEqual([]);
}

test('on a system with an older glibc than its native modules need, it says which are new enough', async (context) => {
  context.skip(runsOn !== 'stand-in', 'looks at what only the stand-in tells');
  context.skip(process.platform !== 'linux', 'there is no glibc');
  const debian11 = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("process.report.getReport = () => ({ header: { glibcVersionRuntime: '2.31' } });")}` };
  await isRefused(desktops.starts('old-system', { env: debian11 }), /needs glibc [\d.]+; this system has 2\.31.*Debian 12/);
});

describe('its own folder', () => {
  const asNobody = { NODE_OPTIONS: '--import=data:text/javascript,process.setgid(65534);process.setuid(65534)' };
  const canRead = !isRoot || spawnSync(process.execPath, ['-e', `require('node:fs').readFileSync(${JSON.stringify(join(repository, 'package.json'))})`], { env: { ...process.env, ...asNobody } }).status === 0;

  test('in a home without rights the program says where it may not write and what to do', async (context) => {
    context.skip(runsOn !== 'stand-in', 'looks at what only the stand-in tells');
    context.skip(process.platform === 'win32', 'Windows knows no such bits');
    context.skip(!canRead, 'only root may read the program here');
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o555);
    chmodSync(folder, 0o755);
    await isRefused(desktops.starts('locked/home', isRoot ? { env: asNobody } : {}), /no right to write in .*locked.*--user-data-dir/);
  });

  test('where a file lies in its place it says so', async (context) => {
    context.skip(runsOn !== 'stand-in', 'looks at what only the stand-in tells');
    writeFileSync(join(folder, 'file'), '');
    await isRefused(desktops.starts('file'), /cannot be used \((ENOTDIR|EEXIST|ENOENT)\).*--user-data-dir/);
  });

  test('on a full disk it says so', async (context) => {
    context.skip(runsOn !== 'stand-in', 'looks at what only the stand-in tells');
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mounted = process.platform === 'linux' && isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
    context.skip(!mounted, 'no small disk can be mounted here');
    try {
      expect(() => writeFileSync(join(disk, 'fill'), Buffer.alloc(128 * 1024))).toThrow('ENOSPC');
      await isRefused(desktops.starts('disk'), /disk of .* is full.*--user-data-dir/);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

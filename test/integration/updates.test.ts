import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desktop } from '../electron/desktop.ts';
import { file, redirect, startFileServer, status } from '../fixtures/file-server.ts';
import type { Answer, FileServer } from '../fixtures/file-server.ts';
import { description, LATEST, releaseOwner } from '../fixtures/releases.ts';
import type { Described } from '../fixtures/releases.ts';
import { makeStandInPackage } from '../fixtures/stand-in-package.ts';
import type { StandInPackage } from '../fixtures/stand-in-package.ts';
import type { Came } from '../fixtures/update-main.ts';
import { repository } from '../helpers/program.ts';

/** The real electron-updater on the stand-in for Electron (test/electron/README.md), against a server on this machine that lies. */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-updates-'));
const installed = join(folder, 'installed');
/** An AppImage that says it was started, as it is once when it is installed. */
const newAppImage = Buffer.from(`#!/bin/sh\necho "$APPIMAGE_EXIT_AFTER_INSTALL" > '${installed}'\n${'#'.repeat(300_000)}\n`);
const owner = releaseOwner();
let server: FileServer;
let packed: StandInPackage;
let program: Desktop;

const latest = (url = server.url('/')): Promise<Came> => program.ask('update.latest', { url, key: owner.key }) as Promise<Came>;
const download = (): Promise<Came> => program.ask('update.download') as Promise<Came>;
const sentence = (message: RegExp, code = 'download-failed'): object => ({ problem: { code, message: expect.stringMatching(message) } });
const text = (body: string): Answer => file(Buffer.from(body));

/** The feed has this description, signed by its owner, and answers so for the file. */
function publish(described: Described = {}, answer: Answer = file(newAppImage)): void {
  publishes(description(newAppImage, described));
  server.on(`/Maskwright-${described.version ?? '9.0.0'}-linux-${process.arch === 'x64' ? 'x86_64' : process.arch}.AppImage`, answer);
}
function publishes(body: string): void {
  server.on(`/${LATEST}`, text(body));
  server.on(`/${LATEST}.sig`, text(owner.sign(body)));
}

describe.runIf(process.platform === 'linux')('a server of updates', () => {
  beforeAll(async () => {
    server = await startFileServer();
    packed = makeStandInPackage(folder, '1.2.3', { url: server.url('/'), key: owner.key }, server.ca);
    program = new Desktop({
      home: join(folder, 'home'),
      program: join(repository, 'test/fixtures/update-main.ts'),
      env: packed.env,
    });
  });
  afterAll(async () => {
    await program.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('offers a newer version with its notes and size, and is told nothing about this machine', async () => {
    publish({ notes: '<b>Bold</b> <script>alert(1)</script>\n- one' });
    expect(await latest()).toEqual({ offer: { version: '9.0.0', notes: '<b>Bold</b> <script>alert(1)</script>\n- one', bytes: newAppImage.length } });
    expect(server.asked.map(({ path }) => path)).toEqual([`/${LATEST}`, `/${LATEST}.sig`]);
    for (const { headers } of program.toldOf('request') as { headers: object }[]) {
      expect(Object.keys(headers).map((name) => name.toLowerCase()).sort()).toEqual(['accept-encoding', 'cache-control', 'user-agent']);
    }
    expect(existsSync(packed.pending)).toBe(false);
  });

  test.each(['1.2.3', '1.2.2', '0.9.9'])('with version %s has nothing new: there is no way back', async (version) => {
    publish({ version });
    expect(await latest()).toEqual({ offer: null });
  });

  test('that nobody signed, that someone else signed, or whose text was changed is not believed', async () => {
    const body = description(newAppImage);
    for (const signature of ['', 'not base64 at all', releaseOwner().sign(body), owner.sign(`${body} `)]) {
      server.on(`/${LATEST}`, text(body));
      server.on(`/${LATEST}.sig`, text(signature));
      expect(await latest(), signature).toMatchObject(sentence(/not signed by the makers of Maskwright/));
    }
  });

  test.each([
    ['a page of HTML', '<!doctype html><title>Welcome to nginx!</title>'], ['no YAML', 'a: [b\n: - {'], ['nothing', 'null\n'], ['a number', '7'], ['no files', 'version: 9.0.0\nfiles: []\n'],
    ['no version', description(newAppImage, { version: 'newest' })], ['no hash', description(newAppImage, { sha512: 'AAAA' })], ['no size', description(newAppImage, { size: -1 })],
    ['a path', description(newAppImage, { url: '../../Maskwright.AppImage' })], ['a path of Windows', description(newAppImage, { url: '..\\Maskwright.AppImage' })],
    ['an http address', description(newAppImage, { url: 'http://localhost/Maskwright.AppImage' })], ['another https address', description(newAppImage, { url: 'https://evil.example/Maskwright.AppImage' })],
    ['commands', description(newAppImage, { url: "a'$(touch x)'.AppImage" })],
  ])('that describes its release with %s is not understood', async (_what, body) => {
    publishes(body);
    expect(await latest()).toMatchObject(sentence(/cannot be understood/));
  });

  test('that has no file for this machine says so', async () => {
    publish({ url: 'Maskwright-9.0.0-mac-arm64.zip' });
    expect(await latest()).toMatchObject(sentence(/no file of it for this machine/));
    publish({ url: 'Maskwright-9.0.0-linux-armv7l.AppImage' });
    expect(await latest()).toMatchObject(sentence(/no file of it for this machine/));
  });

  test('that fails, redirects to http, sends too much or without saying how much, or is not who it says, is left at once', async () => {
    const body = description(newAppImage);
    const plain = `http://127.0.0.1:${server.port}/${LATEST}`;
    const answers: [Answer, RegExp][] = [
      [status(500), /status 500/], [status(404), /status 404/], [redirect(plain), /not https/], [redirect('file:///etc/passwd'), /not https/],
      [text('#'.repeat(300_000)), /300000 bytes where at most/], [file(Buffer.from(body), { chunked: true }), /does not say how much/],
      [(_, response) => void response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '20' }).end(Buffer.alloc(20)), /packs/],
    ];
    for (const [answer, why] of answers) {
      publish();
      server.on(`/${LATEST}`, answer);
      expect(await latest(), String(why)).toMatchObject(sentence(why));
    }
    expect(await latest('https://localhost:1/')).toMatchObject(sentence(/could not be reached/, 'offline'));
    const foreign = await startFileServer();
    expect(await latest(foreign.url('/'))).toMatchObject(sentence(/did not prove that it is localhost/));
    expect(foreign.asked).toEqual([]);
    await foreign.stop();
  });

  test('that drips is left when the time is up', async () => {
    publish();
    server.on(`/${LATEST}`, file(Buffer.from(description(newAppImage)), { stallAfter: 10 }));
    const asked = server.asked.length;
    const answer = latest();
    await expect.poll(() => server.asked.length).toBeGreaterThan(asked);
    await program.ask('update.timeIsUp');
    expect(await answer).toMatchObject(sentence(/did not answer within 30 seconds/));
  });

  test('that sends another file than it described, or something else than a file, gets nothing installed', async () => {
    const other = Buffer.from(newAppImage).fill('x', 100, 110);
    const plain = `http://127.0.0.1:${server.port}/x`;
    const answers: [Answer, RegExp][] = [
      [file(other), /SHA-512/], [file(newAppImage.subarray(1)), new RegExp(`${newAppImage.length - 1} bytes in the place of ${newAppImage.length}`)], [file(newAppImage, { chunked: true }), /does not say how much/],
      [status(503), /status 503/], [redirect(plain), /not https/],
    ];
    for (const [answer, why] of answers) {
      publish({}, answer);
      expect(await latest()).toMatchObject({ offer: { version: '9.0.0' } });
      expect(await download(), String(why)).toMatchObject(sentence(why));
      expect(existsSync(packed.pending) ? readdirSync(packed.pending) : []).toEqual([]);
    }
  });

  test('whose file the disk does not take: that is said', async () => {
    publish();
    expect(await latest()).toMatchObject({ offer: { version: '9.0.0' } });
    rmSync(join(packed.pending, '..'), { recursive: true, force: true });
    writeFileSync(join(packed.pending, '..'), 'no folder');
    expect(await download()).toMatchObject(sentence(/could not be fetched or made ready: E/, 'io'));
    rmSync(join(packed.pending, '..'));
  });

  test('that stops in the middle of the file is left after a minute', async () => {
    publish({}, file(newAppImage, { stallAfter: 20_000 }));
    await latest();
    const asked = server.asked.length;
    const answer = download();
    await expect.poll(() => server.asked.length).toBeGreaterThan(asked);
    await program.ask('update.timeIsUp');
    expect(await answer).toMatchObject(sentence(/next to nothing for 60 seconds/));
  });

  test('that tells the truth gets its version installed when the program quits, and not before', async () => {
    publish({}, redirect(server.url('/elsewhere', '127.0.0.1')));
    server.on('/elsewhere', file(newAppImage));
    expect(await latest()).toMatchObject({ offer: { version: '9.0.0' } });
    expect(await download()).toEqual({ bytes: newAppImage.length });
    expect(readFileSync(packed.appImage, 'utf8')).toBe('the old one');
    expect(await program.quit()).toBe(0);
    expect(readFileSync(packed.appImage).equals(newAppImage)).toBe(true);
    expect(readFileSync(installed, 'utf8')).toBe('true\n');
  });
});

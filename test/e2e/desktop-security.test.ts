import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALL_CHANNEL } from '../../src-shared/contract/bridge.ts';
import type { Answer } from '../../src-shared/contract/wire.ts';
import { runsOn } from '../electron/desktop.ts';
import { repository } from '../helpers/program.ts';
import { useDesktops } from './desktops.ts';
import { Person } from './person.ts';

/** Robustness cases 16 to 21 on the desktop program; what the stand-in cannot show of them is said in docs/security.md. */

const desktops = useDesktops();

/** Somebody else's server on this machine, which notes who comes. */
const elsewhere = createServer((socket) => {
  // A connection alone tells who asks.
  const at = visits.push(CONNECTED) - 1;
  socket.once('data', (data) => (visits[at] = data.toString('latin1').split('\r\n')[0] ?? ''));
  socket.on('error', () => undefined);
});
const CONNECTED = 'connected';
const visits: string[] = [];
let port = 0;
beforeAll(async () => {
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  ({ port } = elsewhere.address() as AddressInfo);
});
afterAll(() => void elsewhere.close());

/** Tries every way a page has to another address; how each ended. */
const triesToReach = (page: Page, host: string): Promise<Record<string, string>> =>
  page.evaluate(async (address) => {
    const outcomes: Record<string, string> = {};
    const ended = (name: string, run: (resolve: (how: string) => void) => void): Promise<void> =>
      new Promise<string>((resolve) => {
        try {
          run(resolve);
        } catch (error) {
          resolve(String(error));
        }
      }).then((how) => void (outcomes[name] = how));
    const element = (name: string, tag: string, attributes: Record<string, string>): Promise<void> =>
      ended(name, (resolve) => {
        const made = Object.assign(document.createElement(tag), { onload: () => resolve('reached'), onerror: () => resolve('stopped') });
        for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
        document.body.append(made);
      });
    const fetched = (name: string, url: string): Promise<void> => ended(name, (resolve) => void fetch(url, { mode: 'no-cors' }).then(() => resolve('reached'), () => resolve('stopped')));
    await Promise.all([
      fetched('fetch', `http://${address}/fetch`),
      fetched('file', 'file:///etc/passwd'),
      fetched('other host of the scheme', 'maskwright://other/'),
      ended('beacon', (resolve) => resolve(navigator.sendBeacon(`http://${address}/beacon`, 'x') ? 'sent' : 'stopped')),
      ended('request', (resolve) => {
        const request = Object.assign(new XMLHttpRequest(), { onload: () => resolve('reached'), onerror: () => resolve('stopped') });
        request.open('POST', `http://${address}/xhr`);
        request.send('x');
      }),
      ended('socket', (resolve) => void Object.assign(new WebSocket(`ws://${address}/socket`), { onopen: () => resolve('reached'), onerror: () => resolve('stopped') })),
      ended('event source', (resolve) => void Object.assign(new EventSource(`http://${address}/events`), { onopen: () => resolve('reached'), onerror: () => resolve('stopped') })),
      ended('worker', (resolve) => void Object.assign(new Worker(URL.createObjectURL(new Blob([`fetch('http://${address}/worker').finally(() => postMessage('ran'))`]))), { onmessage: () => resolve('ran'), onerror: () => resolve('stopped') })),
      element('image', 'img', { src: `http://${address}/image` }),
      element('script', 'script', { src: `http://${address}/script` }),
      element('style', 'link', { rel: 'stylesheet', href: `http://${address}/style` }),
      element('prefetch', 'link', { rel: 'prefetch', href: `http://${address}/prefetch` }),
      element('video', 'video', { src: `http://${address}/video` }),
      element('object', 'object', { data: `http://${address}/object` }),
    ]);
    return outcomes;
  }, host);

/** A frame and a form; the rules of the policy that stopped them. */
const triesToShow = (page: Page, host: string): Promise<string[]> =>
  page.evaluate(async (address) => {
    const stopped = new Set<string>();
    const both = new Promise<void>((resolve) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        stopped.add(effectiveDirective);
        if (stopped.size === 2) resolve();
      }),
    );
    const frame = Object.assign(document.createElement('iframe'), { src: `http://${address}/frame` });
    const form = Object.assign(document.createElement('form'), { action: `http://${address}/form`, method: 'post' });
    document.body.append(frame, form);
    form.submit();
    await both;
    return [...stopped].toSorted();
  }, host);

test('16, 17, 19, 20: the page reaches nothing, runs nothing foreign, and has three functions of the program', async () => {
  const scripted = join(desktops.folder, '<img src=x onerror=alert(1)>');
  mkdirSync(scripted);
  copyFileSync(join(repository, 'sample/01-fruit.jpg'), join(scripted, '<svg onload=alert(2)>.jpg'));
  const desktop = desktops.starts('fenced', { args: [scripted] });
  const page = await desktop.page();
  let alerted = false;
  page.on('dialog', (dialog) => {
    alerted = true;
    void dialog.dismiss();
  });
  await new Person(page).seesPicture();
  await page.locator('.crumb > span').first().getByText('<img src=x onerror=alert(1)>', { exact: true }).waitFor();
  await new Person(page).imageRow('<svg onload=alert(2)>.jpg').waitFor();

  if (runsOn === 'stand-in') {
    expect(desktop.toldOf('window')).toMatchObject([{ webPreferences: { contextIsolation: true, sandbox: true, nodeIntegration: false, nodeIntegrationInSubFrames: false, nodeIntegrationInWorker: false, webSecurity: true, allowRunningInsecureContent: false, experimentalFeatures: false, webviewTag: false } }]);
    expect(Object.keys((desktop.toldOf('window')[0] as { webPreferences: object }).webPreferences)).not.toContain('enableBlinkFeatures');
    expect(desktop.toldOf('enableSandbox')).toHaveLength(1);
    expect(desktop.toldOf('webRTC')).toEqual(['disable_non_proxied_udp']);
  }
  const sees = await page.evaluate(() => {
    const { maskwright } = window as unknown as { maskwright: object };
    return { bridge: Object.keys(maskwright).toSorted(), frozen: Object.isFrozen(maskwright), node: ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => name in window) };
  });
  expect(sees).toEqual({ bridge: ['call', 'on', 'pathOf'], frozen: true, node: [] });

  const policies = await page.evaluate(async () => {
    const script = document.querySelector<HTMLScriptElement>('script[src]')?.src ?? '';
    const picture = performance.getEntriesByType('resource').find(({ name }) => name.includes('/image/'))?.name ?? '';
    const answers = await Promise.all(['/', script, picture, '/nothing'].map((address) => fetch(address)));
    const written = await fetch('/', { method: 'POST' });
    return { policies: answers.map(({ headers }) => headers.get('content-security-policy')), kinds: answers.map(({ headers }) => headers.get('x-content-type-options')), written: written.status };
  });
  expect(policies.policies).toHaveLength(4);
  for (const policy of policies.policies) {
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
  }
  expect(policies.kinds).toEqual(['nosniff', 'nosniff', 'nosniff', 'nosniff']);
  expect(policies.written).toBe(405);

  const ran = await page.evaluate(async () => {
    const inline = document.createElement('script');
    inline.textContent = 'window.ranInline = true';
    document.body.append(inline);
    const attribute = document.createElement('button');
    attribute.setAttribute('onclick', 'window.ranAttribute = true');
    attribute.click();
    // Later, because DevTools may evaluate whatever the policy says, and so may what they call at once.
    const evaluated = await new Promise((resolve) => setTimeout(resolve)).then(() => new Function('return 1')() as unknown).catch((error: Error) => error.name);
    return { evaluated, inline: 'ranInline' in window, attribute: 'ranAttribute' in window };
  });
  expect(ran).toEqual({ evaluated: 'EvalError', inline: false, attribute: false });

  const outcomes = await triesToReach(page, `127.0.0.1:${port}`);
  expect(Object.values(outcomes).filter((how) => how === 'reached' || how === 'ran')).toEqual([]);
  expect(visits).toEqual([]);
  // Chrome may connect before the policy has been asked about a frame or a form; it says nothing there.
  expect(await triesToShow(page, `127.0.0.1:${port}`)).toEqual(['form-action', 'frame-src']);
  expect(visits.filter((visit) => visit !== CONNECTED)).toEqual([]);
  const refused = await page.evaluate(async (links) => {
    const { maskwright } = window as unknown as { maskwright: { call(name: string, params: unknown): Promise<Answer> } };
    return Promise.all(links.map((url) => maskwright.call('shell.openLink', { url })));
  }, ['file:///etc/passwd', 'smb://evil.example/share', 'javascript:alert(1)', 'https://evil.example/', 'https://github.com@evil.example/', 'https://github.com:81/', 'maskwright://app/', 'ms-settings:', 'http://github.com/']);
  for (const answer of refused) expect(answer).toMatchObject({ problem: { code: 'bad-request' } });
  expect(desktop.toldOf('openExternal')).toEqual([]);
  expect(alerted).toBe(false);
  await desktop.quit();
});

test('16, 18: with a hole in the policy no request leaves; calls of a foreign frame and foreign words are refused and logged', async (context) => {
  context.skip(runsOn !== 'stand-in', 'looks at what only the stand-in tells');
  const desktop = desktops.starts('holes');
  const page = await desktop.page();
  await new Person(page).seesPicture();
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Page.setBypassCSP', { enabled: true });
  // A policy is bypassed from the next document on.
  await page.reload();
  await new Person(page).seesPicture();
  const outcomes = await page.evaluate(async (address) => {
    const image = new Promise<string>((resolve) => void Object.assign(new Image(), { onload: () => resolve('reached'), onerror: () => resolve('stopped'), src: `http://${address}/image` }));
    return [await image, await fetch(`http://${address}/fetch`, { mode: 'no-cors' }).then(() => 'reached', () => 'stopped')];
  }, `127.0.0.1:${port}`);
  expect(outcomes).toEqual(['stopped', 'stopped']);
  expect(desktop.toldOf('cancelled').toSorted()).toEqual([`http://127.0.0.1:${port}/fetch`, `http://127.0.0.1:${port}/image`]);
  expect(visits.filter((visit) => visit !== CONNECTED)).toEqual([]);

  const answers = await page.evaluate(async () => {
    const { maskwright } = window as unknown as { maskwright: { call(name: string, params: unknown): Promise<Answer> } };
    const given: [string, unknown][] = [['__proto__', {}], ['constructor', {}], ['shell.__proto__', {}], ['app.settings', { extra: 1 }], ['app.settings', JSON.parse('{"__proto__": {"theme": "light"}, "set": {"__proto__": 1}}')], ['project.open', { path: 7 }], ['project.open', { path: 'relative\0', remember: true }]];
    return Promise.all(given.map(([name, params]) => maskwright.call(name, params)));
  });
  for (const answer of answers) expect(answer).toMatchObject({ problem: { code: expect.stringMatching(/^(unknown-call|bad-request|not-found)$/) } });
  expect(await page.evaluate(() => 'theme' in {})).toBe(false);

  await page.evaluate(() => void document.body.append(Object.assign(document.createElement('iframe'), { name: 'foreign' })));
  const frame = page.frame('foreign');
  const packr = new Packr({ useRecords: false });
  const packed = packr.pack(['app.info', {}]).toString('base64');
  const foreign = await frame?.evaluate(
    ([channel, text]) => (window as unknown as { standInInvoke(channel: string, text: string): Promise<string> }).standInInvoke(channel, text),
    [CALL_CHANNEL, packed] as const,
  );
  expect(packr.unpack(Buffer.from(foreign ?? '', 'base64'))).toMatchObject({ problem: { code: 'bad-request', message: expect.stringContaining('its own page only') } });
  expect(await frame?.evaluate(() => 'maskwright' in window)).toBe(false);
  await expect.poll(() => readFile(join(desktops.folder, 'holes/logs/main.log'), 'utf8').catch(() => '')).toMatch(/refused: a call of the frame/);
  await desktop.quit();
});

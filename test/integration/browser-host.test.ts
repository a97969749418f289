import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startBrowserHost, type BrowserHost } from '../../src-main/browser/host.ts';
import { MOST_FRAME_BYTES } from '../../src-shared/contract/wire.ts';
import { SLOW_PICTURE, StubCore } from '../fixtures/stub-core.ts';

const settings = { theme: 'dark', language: 'en', panels: { left: 1, right: 1 }, cacheQuota: 1, coachMarksSeen: false, updates: false } as const;

let folder: string;
let core: StubCore;
let host: BrowserHost;
let log: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-host-'));
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  mkdirSync(join(folder, 'page-secrets'));
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'page', 'assets', 'index-DiwrgTda.js'), 'export {};');
  writeFileSync(join(folder, 'page', 'assets', 'index-DiwrgTda.js.map'), '{}');
  writeFileSync(join(folder, 'page-secrets', 'index.html'), 'secret');
  writeFileSync(join(folder, 'secret.html'), 'secret');
  core = new StubCore({ 'app.settings': () => settings });
  log = [];
  host = await startBrowserHost({ core, page: join(folder, 'page'), host: '127.0.0.1', port: 0, log: (line) => log.push(line) });
});

afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose path goes out exactly as written: fetch() would tidy it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET', port = host.port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const token = (): string => new URL(host.address).searchParams.get('token') ?? '';
const cookie = (): Record<string, string> => ({ Cookie: `maskwright_${host.port}=${token()}` });
const own = (): string => `http://127.0.0.1:${host.port}`;

describe('the token', () => {
  it('moves from the address into a cookie that scripts and other sites cannot use', async () => {
    const first = await get(`/?token=${token()}`);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    const [set = ''] = first.headers['set-cookie'] ?? [];
    expect(set).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);

    const page = await get('/', { Cookie: set.split(';')[0] ?? '' });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>page</title>');
  });

  it('of the address that a browser is started with lets in once: others can read the arguments of programs', async () => {
    const older = new URL(host.addressForOnce());
    const once = new URL(host.addressForOnce());
    expect(once.searchParams.get('token')).not.toBe(token());
    const enter = async ({ pathname, search }: URL, headers: Record<string, string> = {}): Promise<number> => (await get(`${pathname}${search}`, headers)).status;
    expect(await enter(older)).toBe(401);
    expect(await enter(once, { Host: 'evil.example' })).toBe(403);
    expect((await get('/', { Cookie: `maskwright_${host.port}=${once.searchParams.get('token') ?? ''}` })).status).toBe(401);
    expect(await enter(once)).toBe(303);
    expect(await enter(once)).toBe(401);
    expect(await enter(new URL(host.address))).toBe(303);
  });

  it('is asked for: without it, with a wrong one, or with that of another run, there is a page that says what to do', async () => {
    const other = 'A'.repeat(43);
    for (const [path, headers] of [['/', {}], [`/?token=${other}`, {}], ['/?token=', {}], ['/', { Cookie: `maskwright_${host.port}=${other}` }], ['/', { Cookie: `maskwright_1=${token()}` }]] as const) {
      const refused = await get(path, headers);
      expect(refused.status).toBe(401);
      expect(refused.body).toContain('Open the whole address that Maskwright printed');
      expect(refused.headers['set-cookie']).toBeUndefined();
    }
    expect(log).toHaveLength(5);
    expect((await get('/assets/index-DiwrgTda.js')).status).toBe(401);
    expect((await get('/image/abcdefgh/1/v1/thumb')).status).toBe(401);
    expect(core.pictures).toEqual([]);
  });

  it('has 256 random bits, new in each run', async () => {
    expect(Buffer.from(token(), 'base64url')).toHaveLength(32);
    const second = await startBrowserHost({ core, page: join(folder, 'page'), host: '127.0.0.1', port: 0, log: () => undefined });
    expect(new URL(second.address).searchParams.get('token')).not.toBe(token());
    expect((await get('/', cookie(), 'GET', second.port)).status).toBe(401);
    await second.close();
  });
});

describe('pages of others (robustness 22)', () => {
  it('a name pointed at this machine (DNS rebinding) is refused even with the token', async () => {
    for (const name of ['evil.example', `evil.example:${host.port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', 'localhost@evil.example', '[::1].evil.example']) {
      expect((await get(`/?token=${token()}`, { Host: name })).status, name).toBe(403);
      expect((await get('/', { Host: name, ...cookie() })).status, name).toBe(403);
    }
    for (const name of ['localhost', `LOCALHOST:${host.port}`, `[::1]:${host.port}`]) expect((await get('/', { Host: name, ...cookie() })).status, name).toBe(200);
  });

  it('a second Host line is refused, in whichever order the two come', async () => {
    for (const names of [[`127.0.0.1:${host.port}`, 'evil.example'], ['evil.example', `127.0.0.1:${host.port}`], [`127.0.0.1:${host.port}`, `127.0.0.1:${host.port}`]]) {
      const socket = connect(host.port, '127.0.0.1');
      socket.end(`GET / HTTP/1.1\r\n${names.map((name) => `Host: ${name}\r\n`).join('')}Cookie: ${cookie()['Cookie'] ?? ''}\r\nConnection: close\r\n\r\n`);
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      expect(answer.split('\r\n')[0], names.join()).toMatch(/^HTTP\/1\.1 40[03] /);
    }
  });

  it('requests that a page of another site or port makes are refused; a link to the program is followed', async () => {
    const from = (origin: string, site: string): Record<string, string> => ({ ...cookie(), Origin: origin, 'Sec-Fetch-Site': site });
    expect((await get('/image/abcdefgh/1/v1/thumb', from('https://evil.example', 'cross-site'))).status).toBe(403);
    expect((await get('/image/abcdefgh/1/v1/thumb', from('http://127.0.0.1:1', 'same-site'))).status).toBe(403);
    expect((await get('/image/abcdefgh/1/v1/thumb', { ...cookie(), 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' })).status).toBe(403);
    expect(core.pictures).toEqual([]);
    expect((await get('/', { ...cookie(), 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' })).status).toBe(200);
    expect((await get('/', from(own(), 'same-origin'))).status).toBe(200);
  });

  it('nothing is written by HTTP', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await get('/', { ...cookie(), Origin: own() }, method)).status).toBe(405);
      expect((await get('/', cookie(), method)).status, 'without an Origin').toBe(403);
      expect((await get(`/?token=${token()}`, { Origin: 'https://evil.example' }, method)).status).toBe(403);
    }
  });

  it('listening beyond loopback lets addresses in, and names only when they were asked for', async () => {
    const open = await startBrowserHost({ core, page: join(folder, 'page'), host: '0.0.0.0', port: 0, log: () => undefined });
    const held = { Cookie: `maskwright_${open.port}=${new URL(open.address).searchParams.get('token') ?? ''}` };
    expect((await get('/', { Host: '192.168.1.7:4747', ...held }, 'GET', open.port)).status).toBe(200);
    expect((await get('/', { Host: 'evil.example', ...held }, 'GET', open.port)).status).toBe(403);
    await open.close();
  });
});

describe('addresses (robustness 11)', () => {
  it('only the files of the page are there, by their exact names', async () => {
    const script = await get('/assets/index-DiwrgTda.js', cookie());
    expect(script.status).toBe(200);
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await get('/', cookie())).headers['cache-control']).toBe('no-cache');
    for (const path of [
      '/assets', '/assets/', '/assets/index-DiwrgTda.js.map', '/index.html/', '//index.html', '/./index.html', '/assets/../index.html',
      '/../secret.html', '/../page-secrets/index.html', '/assets/..%2f..%2fsecret.html', '/%2e%2e/secret.html', '/%252e%252e/secret.html',
      '/..%5csecret.html', '/..\\secret.html', '/index.html%00.js', '/index%2ehtml', '/etc/passwd', '/..;/secret.html', '/INDEX.HTML',
    ]) {
      const refused = await get(path, cookie());
      expect(refused.status, path).toBe(404);
      expect(refused.body).not.toContain('secret');
    }
  });

  it('pictures are asked of the core by opaque ids only', async () => {
    const picture = await get('/image/abcdefgh/1/v1/thumb', cookie());
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png']);
    expect(picture.headers['cache-control']).toContain('immutable');
    const missing = await get('/image/abcdefgh/2/v1/thumb', cookie());
    expect([missing.status, missing.headers['cache-control']]).toEqual([404, 'no-store']);
    const before = core.pictures.length;
    for (const path of ['/image/../secret', '/image/abcdefgh/1/v1/..%2fthumb', '/image/%2e%2e/x', '/image/a%5cb', '/image/a\\b', '/image/a%00b', '/image/a%252e', '/image//a', '/image/a/', '/image/C:/x', '/image/.', '/image']) {
      expect((await get(path, cookie())).status, path).toBe(404);
    }
    expect(core.pictures).toHaveLength(before);
  });

  it('a picture that the page no longer waits for is given up', async () => {
    const sent = request({ host: '127.0.0.1', port: host.port, path: `/${SLOW_PICTURE}`, headers: cookie() });
    sent.on('error', () => undefined);
    sent.end();
    await vi.waitFor(() => expect(core.pictures).toEqual([SLOW_PICTURE]), { timeout: 30_000 });
    expect(core.leftPictures).toEqual([]);
    sent.destroy();
    await vi.waitFor(() => expect(core.leftPictures).toEqual([SLOW_PICTURE]), { timeout: 30_000 });
  });

  it('a NUL or a space in a request line ends in an error of the protocol, not in a file', async () => {
    for (const path of ['/index.html\0', '/index.html .js']) {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(host.port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: maskwright_${host.port}=${token()}\r\n\r\n`));
        let text = '';
        socket.on('data', (data) => (text += String(data)));
        socket.on('end', () => resolve(text));
        socket.on('error', reject);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});

it('every answer carries a policy that lets the page load its own files and nothing else (robustness 16, 17, 21)', async () => {
  for (const answer of [await get('/', cookie()), await get('/'), await get('/nothing', cookie()), await get('/image/abcdefgh/1/v1/thumb', cookie())]) {
    const policy = new Map(String(answer.headers['content-security-policy']).split('; ').map((part): [string, string[]] => [part.split(' ')[0] ?? '', part.split(' ').slice(1)]));
    expect(policy.get('default-src')).toEqual(["'none'"]);
    for (const kind of ['script-src', 'style-src', 'font-src', 'worker-src']) expect(policy.get(kind), kind).toEqual(["'self'"]);
    expect(policy.get('connect-src')).toEqual(["'self'", `ws://127.0.0.1:${host.port}`]);
    for (const kind of ['base-uri', 'form-action', 'frame-ancestors']) expect(policy.get(kind), kind).toEqual(["'none'"]);
    expect([...policy.values()].flat().filter((source) => /unsafe|\*|https?:|file:/.test(source))).toEqual([]);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin' });
    expect(answer.headers['permissions-policy']).toContain('camera=()');
  }
});

/** A short string as MessagePack (fixstr). */
function key(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa0 + text.length]), Buffer.from(text)]);
}

/** A page's end of the WebSocket, as frames. */
class Page {
  readonly #packr = new Packr({ useRecords: false });
  readonly socket: WebSocket;
  readonly #frames: unknown[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(headers: Record<string, string>, path = '/socket') {
    this.socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers });
    this.socket.on('message', (data: Buffer) => {
      this.#frames.push(this.#packr.unpack(data));
      this.#wake.resolve();
    });
    this.socket.on('error', () => undefined);
  }

  static async open(): Promise<Page> {
    const page = new Page({ ...cookie(), Origin: own() });
    await new Promise((resolve, reject) => page.socket.once('open', resolve).once('error', reject));
    return page;
  }

  /** The HTTP status that refuses the connection. */
  refused(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      this.socket.once('open', () => reject(new Error('it was let in')));
    });
  }

  send(frame: unknown): void {
    this.socket.send(this.#packr.pack(frame));
  }

  async next(): Promise<unknown> {
    while (this.#frames.length === 0) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
    return this.#frames.shift();
  }

  closed(): Promise<number> {
    return new Promise((resolve) => this.socket.once('close', resolve));
  }
}

describe('the WebSocket', () => {
  it('is opened by our page with its cookie, and by nobody else', async () => {
    expect(await new Page({ Origin: own() }).refused()).toBe(401);
    expect(await new Page(cookie()).refused()).toBe(403);
    expect(await new Page({ ...cookie(), Origin: 'https://evil.example' }).refused()).toBe(403);
    expect(await new Page({ ...cookie(), Origin: 'http://127.0.0.1:1' }).refused()).toBe(403);
    expect(await new Page({ ...cookie(), Origin: 'null' }).refused()).toBe(403);
    expect(await new Page({ ...cookie(), Origin: 'http://evil.example', Host: 'evil.example' }).refused()).toBe(403);
    expect(await new Page({ ...cookie(), Origin: own() }, '/elsewhere').refused()).toBe(404);
    expect(log.some((line) => line.includes('evil.example'))).toBe(true);
  });

  it('answers calls by their id and tells a refusal as a problem (robustness 18)', async () => {
    const page = await Page.open();
    page.send({ id: 7, name: 'app.settings', params: {} });
    expect(await page.next()).toEqual({ id: 7, result: settings });
    const wrong = [
      { name: 'app.settings', params: { extra: 1 }, code: 'bad-request' },
      { name: 'app.settings', params: 'text', code: 'bad-request' },
      { name: 'app.browse', params: { path: 5 }, code: 'bad-request' },
      { name: 'project.open', params: { path: '/a\0b' }, code: 'bad-request' },
      { name: 'constructor', params: {}, code: 'unknown-call' },
      { name: '__proto__', params: {}, code: 'unknown-call' },
    ];
    for (const [id, { name, params, code }] of wrong.entries()) {
      page.send({ id, name, params });
      expect(await page.next()).toMatchObject({ id, problem: { code } });
    }
    expect(core.log.filter((line) => line.startsWith('refused'))).toHaveLength(wrong.length);
  });

  it('a __proto__ in a message changes no object', async () => {
    const page = await Page.open();
    // {id: 1, name: "app.settings", params: {__proto__: {polluted: true}}}, which no MessagePack library would write.
    page.socket.send(Buffer.concat([Buffer.from([0x83]), key('id'), Buffer.from([1]), key('name'), key('app.settings'), key('params'), Buffer.from([0x81]), key('__proto__'), Buffer.from([0x81]), key('polluted'), Buffer.from([0xc3])]));
    expect(await page.next()).toMatchObject({ id: 1, problem: { code: 'bad-request' } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('cuts off what sends no calls, and what sends too much; the others go on', async () => {
    const other = await Page.open();
    for (const bad of [Buffer.from([0xc1]), Buffer.from('{"id":1}'), Buffer.alloc(0)]) {
      const page = await Page.open();
      page.socket.send(bad);
      expect(await page.closed()).toBe(1008);
    }
    for (const frame of [{ id: -1, name: 'app.info', params: {} }, { id: 1, name: 'app.info', params: {}, more: 1 }, [1], null]) {
      const page = await Page.open();
      page.send(frame);
      expect(await page.closed()).toBe(1008);
    }
    const large = await Page.open();
    large.socket.send(Buffer.alloc(MOST_FRAME_BYTES + 1));
    expect([1006, 1009]).toContain(await large.closed());
    other.send({ id: 1, name: 'app.settings', params: {} });
    expect(await other.next()).toEqual({ id: 1, result: settings });
  });

  it('serves a second page as a client of its own; both hear every event, and one that leaves is told to the core', async () => {
    const [one, two] = [await Page.open(), await Page.open()];
    for (const page of [one, two]) {
      page.send({ id: 1, name: 'app.settings', params: {} });
      expect(await page.next()).toEqual({ id: 1, result: settings });
    }
    const [first, second] = core.asked.map(({ client }) => client);
    expect(first).not.toBe(second);

    const notice = { level: 'info', code: null, message: 'the engine was restarted', item: null } as const;
    core.emit('notice', notice);
    expect(await Promise.all([one.next(), two.next()])).toEqual([{ event: 'notice', data: notice }, { event: 'notice', data: notice }]);

    const gone = one.closed();
    one.socket.close();
    await gone;
    core.emit('notice', notice);
    expect(await two.next()).toEqual({ event: 'notice', data: notice });
    await vi.waitFor(() => expect(core.disconnected).toEqual([first]), { timeout: 30_000 });
  });

  it('carries bytes as bytes', async () => {
    const ids = new Uint8Array([1, 2, 3, 255]);
    const withIds = new StubCore({ 'images.ids': () => ({ ids }) });
    await host.close();
    host = await startBrowserHost({ core: withIds, page: join(folder, 'page'), host: '127.0.0.1', port: 0, log: () => undefined });
    const page = await Page.open();
    page.send({ id: 1, name: 'images.ids', params: { project: 'abcdefgh', filter: {} } });
    const { result } = (await page.next()) as { result: { ids: Uint8Array } };
    expect(result.ids).toBeInstanceOf(Uint8Array);
    expect([...result.ids]).toEqual([...ids]);
  });
});

it('a port that is taken is said, with what to do', async () => {
  await expect(startBrowserHost({ core, page: join(folder, 'page'), host: '127.0.0.1', port: host.port, log: () => undefined })).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('--port') as string });
});

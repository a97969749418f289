import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asksForWindow } from '../../../scripts/setup/electron.mjs';
import { SetupFolder } from '../../fixtures/setup-folder.ts';
import { repository } from '../../helpers/program.ts';

/** In Electron's place; its installer unpacks what is in the cache by then. */
const ZIP = Buffer.alloc(3_000_000, 'electron');
const NAME = `electron-v99.1.0-${process.platform}-${process.arch}.zip`;

let folder: SetupFolder;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
/** What was asked of the mirror. */
let asked: string[];
let server: Server;
const at = (one: Server): string => `127.0.0.1:${(one.address() as AddressInfo).port}`;
const listening = (one: Server): Promise<void> => new Promise((done) => void one.listen(0, '127.0.0.1', done));

beforeEach(async () => {
  folder = new SetupFolder();
  const electron = (name: string, text: string): string => folder.write(`node_modules/electron/${name}`, text);
  electron('package.json', JSON.stringify({ name: 'electron', version: '99.1.0' }));
  electron('checksums.json', JSON.stringify({ [NAME]: createHash('sha256').update(ZIP).digest('hex') }));
  electron('install.js', `require('node:fs').writeFileSync(require('node:path').join(__dirname, 'unpacked'), '')`);
  // Electron's own, which fetches, checks and caches.
  symlinkSync(join(repository, 'node_modules/@electron'), folder.at('node_modules/@electron'), 'junction');
  folder.write('scripts/fetch.mjs', `import { fetchElectron } from './setup/electron.mjs';\nfetchElectron({ again: process.argv.includes('again') });\n`);
  asked = [];
  answer = (_, response) => response.end(ZIP);
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await listening(server);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  folder.remove();
});

const settings = (): NodeJS.ProcessEnv => ({ ELECTRON_MIRROR: `http://${at(server)}/`, electron_config_cache: folder.at('cache') });
const fetched = (): boolean => existsSync(folder.at('node_modules/electron/unpacked'));

it.each([
  [[], true], [[import.meta.dirname], true], [['no-such-folder'], false],
  [['--browser'], false], [[import.meta.dirname, '--no-open'], false], [['--port', '0'], false], [['--port=0'], false], [['info', import.meta.dirname], false],
])('npm start -- %j asks for a window: %s', (words, asks) => {
  expect(asksForWindow(words)).toBe(asks);
});

describe('fetching Electron', () => {
  it('says what is fetched, from where, and how far it is', async () => {
    answer = (_, response) => {
      response.setHeader('Content-Length', ZIP.length);
      response.write(ZIP.subarray(0, 2_000_000));
      response.end(ZIP.subarray(2_000_000));
    };
    const { code, err } = await folder.run('scripts/fetch.mjs', { env: settings() });
    expect({ code, fetched: fetched(), asked }, err).toEqual({ code: 0, fetched: true, asked: [`/v99.1.0/${NAME}`] });
    expect(err).toMatch(new RegExp(`^Fetching Electron 99\\.1\\.0, which makes the window, from http://${at(server)}/\\. This happens once\\.\\n(\\d of 3 MB\\n)*3 of 3 MB\\n$`));
  });

  it.each(['npm_config_proxy', 'HTTP_PROXY', 'http_proxy'])('goes through the proxy that %s names', async (name) => {
    const throughProxy: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket, head) => {
      throughProxy.push(request.url ?? '');
      const mirror = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        mirror.write(head);
        mirror.pipe(socket).pipe(mirror);
      });
      for (const end of [mirror, socket]) end.on('error', () => undefined);
    });
    await listening(proxy);
    try {
      // Nobody but the proxy knows that host.
      const { err } = await folder.run('scripts/fetch.mjs', { env: { ...settings(), ELECTRON_MIRROR: 'http://mirror.invalid/', [name]: `http://${at(proxy)}` } });
      expect({ fetched: fetched(), throughProxy }, err).toEqual({ fetched: true, throughProxy: ['mirror.invalid:80'] });
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('that failed is not tried again at the next start, but told, until that is asked for or a setting changes', async () => {
    answer = (_, response) => response.writeHead(404).end();
    const first = await folder.run('scripts/fetch.mjs', { env: settings() });
    expect(first.code).toBe(0);
    expect(first.err).toContain(`Electron could not be fetched: Response code 404 (Not Found) for http://${at(server)}/v99.1.0/${NAME}. To try now, run: npm run fetch-electron. ELECTRON_MIRROR names another address`);
    const second = await folder.run('scripts/fetch.mjs', { env: settings() });
    expect(second.err).toMatch(/^Electron, which makes the window, could not be fetched on .+: Response code 404 .*The next try is a day later\. To try now, run: npm run fetch-electron\. ELECTRON_MIRROR names another address.*\n$/);
    expect(asked).toHaveLength(1);
    await folder.run('scripts/fetch.mjs', { env: settings(), args: ['again'] });
    expect(asked).toHaveLength(2);
    answer = (_, response) => response.end(ZIP);
    await folder.run('scripts/fetch.mjs', { env: { ...settings(), ELECTRON_MIRROR: `http://localhost:${(server.address() as AddressInfo).port}/` } });
    expect({ fetched: fetched(), asked: asked.length }).toEqual({ fetched: true, asked: 3 });
    expect(existsSync(folder.at('.cache/electron-failure.json'))).toBe(false);
  });

  it('is tried again a day after it failed', async () => {
    answer = (_, response) => response.writeHead(503).end();
    await folder.run('scripts/fetch.mjs', { env: settings() });
    const failure = JSON.parse(folder.read('.cache/electron-failure.json')) as { at: number };
    folder.write('.cache/electron-failure.json', JSON.stringify({ ...failure, at: failure.at - 25 * 60 * 60_000 }));
    answer = (_, response) => response.end(ZIP);
    await folder.run('scripts/fetch.mjs', { env: settings() });
    expect(fetched()).toBe(true);
  });

  it('that comes damaged is refused', async () => {
    answer = (_, response) => response.end('not Electron');
    const { err } = await folder.run('scripts/fetch.mjs', { env: settings() });
    expect(err).toMatch(/could not be fetched: Generated checksum for .* did not match expected checksum/);
    expect(fetched()).toBe(false);
  });

  it('that nobody answers is given up', async () => {
    answer = () => undefined;
    const child = spawn(process.execPath, [folder.at('scripts/setup/download-electron.mjs'), '300'], { cwd: folder.path, env: { ...process.env, ...settings() }, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    let reason = '';
    child.stdio[3]?.on('data', (bytes: Buffer) => (reason += bytes.toString()));
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, reason }).toEqual({ code: 1, reason: 'no answer for 0.3 seconds' });
  });
});

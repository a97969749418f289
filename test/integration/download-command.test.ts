import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { download, printAvailable, remove } from '../../src-main/cli/download.ts';
import type { DownloadCommandOptions, DownloadSetting } from '../../src-main/cli/download.ts';
import { EXIT } from '../../src-main/cli/exit-codes.ts';
import { resources } from '../../src-main/core/places.ts';
import { userModelsFolder } from '../../src-main/models/user-models.ts';
import { file, startFileServer } from '../fixtures/file-server.ts';
import type { FileServer } from '../fixtures/file-server.ts';
import { modelsFolder, temporaryFolder } from '../fixtures/sam.ts';
import { randomSam, torchFile } from '../fixtures/torch-file.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

const GRAPH = Buffer.alloc(200_000, 'graph');
const CHECKPOINT = torchFile({ tensors: randomSam({ width: 12, depth: 1, heads: 3, grid: 4, window: 2, globals: [0] }) });
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const part = (role: string, name: string, bytes: Buffer, urls: string[]): object => ({ role, name, bytes: bytes.length, sha256: sha256(bytes), urls });

let server: FileServer;
let setting: DownloadSetting;
let entries: object[];

beforeAll(async () => {
  server = await startFileServer();
  server.on('/encoder', file(GRAPH));
  server.on('/decoder', file(CHECKPOINT));
  server.on('/checkpoint', file(CHECKPOINT));
  // The catalogue that ships, with models that are on this machine.
  const shipped = temporaryFolder();
  const about = { summary: 'For tests.', family: 'SAM', licence: { name: 'Apache-2.0', url: 'https://example.org/licence' }, source: 'https://example.org/model', inputSize: 1024 };
  entries = [
    { ...about, id: 'graphs', name: 'Two graphs', kind: 'onnx', precision: 'int8', bytes: GRAPH.length + CHECKPOINT.length, files: [part('encoder', 'encoder.onnx', GRAPH, [server.url('/encoder')]), part('decoder', 'decoder.onnx', CHECKPOINT, [server.url('/decoder')])] },
    { ...about, id: 'checkpoint', name: 'A checkpoint', kind: 'checkpoint', bytes: CHECKPOINT.length, files: [part('checkpoint', 'random.pth', CHECKPOINT, [server.url('/checkpoint'), server.url('/checkpoint', '127.0.0.1')])] },
  ];
  const catalogue = JSON.parse(readFileSync(join(modelsFolder, 'catalogue.json'), 'utf8')) as object;
  writeFileSync(join(shipped, 'catalogue.json'), JSON.stringify({ ...catalogue, downloads: entries }));
  setting = { resources: { ...resources(), models: shipped }, dataDir: temporaryFolder(), ca: server.ca };
});
afterAll(() => server.stop());

interface Said {
  out: string;
  err: string;
  readonly console: { out(text: string): void; err(text: string): void; readonly live: boolean };
}
function listener(live = false): Said {
  const said: Said = { out: '', err: '', console: { out: (text) => void (said.out += text), err: (text) => void (said.err += text), live } };
  return said;
}
async function run(id: string, options: DownloadCommandOptions, signal = new AbortController().signal): Promise<Said & { code: number }> {
  const said = listener();
  return Object.assign(said, { code: await download(id, options, said.console, signal, setting) });
}
const installed = (): string[] => (existsSync(userModelsFolder(setting.dataDir)) ? readdirSync(userModelsFolder(setting.dataDir)) : []);

it('shows the licence first, and asks nobody before it is accepted', async () => {
  const { code, out, err } = await run('checkpoint', {});
  expect([code, out]).toEqual([EXIT.usage, '']);
  for (const part of ['A checkpoint', `localhost:${server.port}`, 'Apache-2.0', 'https://example.org/licence', '--accept-licence']) expect(err).toContain(part);
  expect(await run('checkpoint', { acceptLicence: true, mirror: 3 })).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('2 mirrors') });
  expect(await run('graphs', { acceptLicence: true, precision: 'fp16' })).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('int8') });
  await expect(run('no-such', { acceptLicence: true })).rejects.toMatchObject({ code: 'model-missing', message: expect.stringContaining('graphs, checkpoint') });
  expect(server.asked).toEqual([]);
  expect(installed()).toEqual([]);
});

it('downloads, prints the id, lists it as installed, and removes it', async () => {
  const { code, out, err } = await run('checkpoint', { acceptLicence: true, mirror: 2 });
  const id = out.trim();
  expect([code, installed()]).toEqual([EXIT.done, [id]]);
  expect(err).toContain('Importing A checkpoint: 100 %\n');
  // There already: nobody is asked a second time.
  const before = server.asked.length;
  expect(await run('checkpoint', { acceptLicence: true })).toMatchObject({ code: EXIT.done, out });
  expect(server.asked).toHaveLength(before);

  const graphs = await run('graphs', { acceptLicence: true, json: true });
  expect(JSON.parse(graphs.out)).toMatchObject({ id: 'graphs', precision: 'int8', licence: 'Apache-2.0' });
  const list = listener();
  await printAvailable({ json: true }, list.console, setting);
  expect((JSON.parse(list.out) as { id: string; installed: string[]; mirrors: string[] }[]).map((row) => [row.id, row.installed, row.mirrors.length])).toEqual([['graphs', ['graphs'], 1], ['checkpoint', [id], 2]]);

  for (const model of ['graphs', id]) expect(await remove(model, listener().console, setting)).toBe(EXIT.done);
  expect(installed()).toEqual([]);
  await expect(remove('graphs', listener().console, setting)).rejects.toMatchObject({ code: 'model-missing' });
  await expect(remove(BUILT_IN, listener().console, setting)).rejects.toMatchObject({ code: 'bad-request' });
});

it('interrupted, says that it can be continued; what has arrived can be removed', async () => {
  server.on('/encoder', file(GRAPH, { stallAfter: 100_000 }));
  const abort = new AbortController();
  const said = listener(true);
  const err = said.console.err.bind(said.console);
  said.console.err = (text) => {
    err(text);
    if (text.includes('%')) abort.abort();
  };
  expect(await download('graphs', { acceptLicence: true }, said.console, abort.signal, setting)).toBe(EXIT.interrupted);
  expect(said.err).toContain('goes on from there');
  expect(installed()).toEqual(['.downloading-graphs']);
  expect(await remove('graphs', listener().console, setting)).toBe(EXIT.done);
  expect(installed()).toEqual([]);
  server.on('/encoder', file(GRAPH));
});

const maskwright = (...args: string[]): { status: number | null; stderr: string; stdout: string } =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../src-main/cli/cli.ts'), 'models', ...args], { encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: setting.dataDir } });

it('as people type it: what is wrong ends with 2, what cannot be done with 1 and a sentence', () => {
  expect(maskwright('download', 'mobile-sam')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('--accept-licence') });
  expect(maskwright('download', 'mobile-sam', '--accept-licence', '--mirror', '0').status).toBe(2);
  expect(maskwright('remove', BUILT_IN)).toMatchObject({ status: 1, stderr: expect.stringContaining('stays') });
  const available = maskwright('available');
  expect(available.status).toBe(0);
  expect(available.stdout).toMatch(/^mobile-sam +41 MB /m);
});

it('goes through a proxy when it is told to', async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket, head) => {
    tunnels.push(request.url ?? '');
    const onward = connect(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    const folder = join(temporaryFolder(), 'models');
    mkdirSync(folder);
    const child = spawn(process.execPath, [join(import.meta.dirname, '../fixtures/download-main.ts'), JSON.stringify(entries[0]), folder, server.ca], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NO_PROXY: '', no_proxy: '' },
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(new Set(tunnels)).toEqual(new Set([`localhost:${server.port}`]));
    expect(readdirSync(folder)).toEqual(['graphs']);
  } finally {
    proxy.close();
  }
});

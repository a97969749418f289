import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { interrupt, STOPPED } from '../helpers/program.ts';

const root = join(import.meta.dirname, '..', '..');
const sample = join(root, 'sample');
const photos = readdirSync(sample).filter((name) => name.endsWith('.jpg')).slice(0, 2);

let folder: string;
let home: string;
let pictures: string;

/** The program as it is shipped: bundled, under the packaged Node. */
function maskwright(args: readonly string[], env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'dist', 'main', 'cli.js'), ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: home, ...env } });
}

interface Served {
  readonly address: string;
  readonly process: ChildProcess;
  readonly stderr: () => string;
  /** Ends it as Ctrl+C does, and tells its exit code (STOPPED). */
  stop(): Promise<number | null>;
}

/** Starts the browser host and waits for the address it prints. */
function serve(args: readonly string[]): Promise<Served> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'dist', 'main', 'cli.js'), ...args], { cwd: folder, env: { ...process.env, MASKWRIGHT_HOME: home, DISPLAY: '', WAYLAND_DISPLAY: '' } });
    let [out, err] = ['', ''];
    const ended = new Promise<number | null>((done) => child.once('close', done));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const address = /^Maskwright is at (\S+)\n/m.exec(out)?.[1];
      if (address !== undefined) resolve({ address, process: child, stderr: () => err, stop: () => (interrupt(child), ended) });
    });
    void ended.then(() => reject(new Error(`it ended: ${err}`)));
  });
}

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  folder = mkdtempSync(join(tmpdir(), 'maskwright-command-'));
  home = join(folder, 'home');
  pictures = join(folder, 'my photos');
  mkdirSync(pictures);
  for (const name of photos) copyFileSync(join(sample, name), join(pictures, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('--help and --version answer at once, without touching the user data', () => {
  expect(maskwright(['--help'])).toMatchObject({ status: 0, stderr: '' });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(maskwright(['--version']).stdout).toBe(`${version}\n`);
  expect(maskwright(['export']).status).toBe(2);
  expect(existsSync(home)).toBe(false);
});

it('errors end with 1, a sentence, and no stack unless asked for', () => {
  const text = join(folder, 'text.mwproj');
  writeFileSync(text, 'no database');
  for (const args of [['info', 'absent.mwproj'], ['info', text], ['export', pictures, '--out', 'x.json'], ['serve', '--no-open', '--port', '0', '--host', 'no.such.host.invalid']]) {
    const { status, stdout, stderr } = maskwright(args);
    expect([status, stdout], args.join(' ')).toEqual([1, '']);
    expect(stderr).toMatch(/^maskwright: \S[^\n]+\n$/);
  }
  expect(maskwright(['info', text], { MASKWRIGHT_DEBUG: '1' }).stderr).toMatch(/\n\s+at /);
});

it('a folder of photographs is served, told about, and exported', async () => {
  const served = await serve(['serve', pictures, '--port', '0', '--no-open']);
  expect(new URL(served.address).hostname).toBe('127.0.0.1');
  expect(served.stderr()).not.toContain('WARNING');

  const entry = await fetch(served.address, { redirect: 'manual' });
  expect((await fetch(new URL('/', served.address))).status).toBe(401);
  expect(readFileSync(join(home, 'logs', 'main.log'), 'utf8')).toContain('refused (401) GET');
  const cookie = entry.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(new URL('/', served.address), { headers: { cookie } });
  expect(await page.text()).toContain('<title>Maskwright</title>');

  // A call as the page makes it: the folder becomes a project, and its images are found.
  const packr = new Packr({ useRecords: false });
  const socket = new WebSocket(new URL('/socket', served.address.replace('http', 'ws')), { headers: { cookie, origin: new URL(served.address).origin } });
  const indexed = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(packr.pack({ id: 1, name: 'project.open', params: { path: pictures } })));
    socket.on('message', (data: Buffer) => {
      const frame = packr.unpack(data) as { event?: string; data?: { state: string }; problem?: { message: string } };
      if (frame.problem) reject(new Error(frame.problem.message));
      if (frame.event === 'job' && frame.data?.state === 'done') resolve();
    });
  });
  await indexed;
  socket.close();
  expect(await served.stop()).toBe(STOPPED);
  await expect(fetch(served.address)).rejects.toThrow();

  const project = join(pictures, 'my photos.mwproj');
  expect(JSON.parse(maskwright(['info', pictures, '--json']).stdout)).toMatchObject({ path: project, images: { total: photos.length, todo: photos.length }, instances: 0, readOnly: null });

  const out = join(folder, 'out.json');
  const exported = maskwright(['export', project, '--out', 'out.json']);
  expect(exported.status).toBe(0);
  // However slow the machine is, only progress is told.
  expect(exported.stderr).toMatch(/^(Exporting [^\n]+\n)*$/);
  expect(exported.stdout).toContain(out);
  const coco = JSON.parse(readFileSync(out, 'utf8')) as { images: { file_name: string }[] };
  expect(coco.images.map((image) => image.file_name)).toEqual([...photos].sort());
  const before = readFileSync(out);

  expect(maskwright(['export', project, '--out', 'out.json'])).toMatchObject({ status: 1, stdout: '' });
  expect(readFileSync(out)).toEqual(before);
  expect(maskwright(['export', project, '--out', 'out.json', '--overwrite']).status).toBe(0);
  expect(readFileSync(out)).toEqual(before);
});

it('a taken port is said', async () => {
  const first = await serve(['serve', '--port', '0', '--no-open']);
  const { port } = new URL(first.address);
  expect(maskwright(['serve', '--port', port, '--no-open'])).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(`Port ${port} is taken`) as string });
  expect(await first.stop()).toBe(STOPPED);
});

it('letting other machines in is said loudly', async () => {
  const served = await serve(['serve', '--port', '0', '--no-open', '--host', '0.0.0.0']);
  expect(served.stderr()).toContain('WARNING: other machines can reach Maskwright.');
  expect(await served.stop()).toBe(STOPPED);
});

it.runIf(process.platform === 'linux')('without a display the browser is used instead of a window, and that is said', async () => {
  const served = await serve([pictures]);
  expect(served.stderr()).toContain('No window can be opened here: there is no display.');
  expect(await served.stop()).toBe(STOPPED);
});

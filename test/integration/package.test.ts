import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveEntries, fusesOf, makeElectronDistribution } from '../fixtures/electron-distribution.ts';
import { repository } from '../helpers/program.ts';

/** The package for Linux, made by electron-builder around a stand-in for Electron's own files. What is in it is real, and is run. */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-package-'));
const packed = join(folder, 'out/linux-unpacked');
const resources = join(packed, 'resources');
const unpacked = join(resources, 'app.asar.unpacked');
const builder = join(repository, 'node_modules/electron-builder/cli.js');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, args: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

beforeAll(async () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'node_modules/electron/package.json'), 'utf8')) as { version: string };
  makeElectronDistribution(join(folder, 'electron'), version);
  const { code, out, err } = await run(process.execPath, [builder, '--linux', 'dir', '--publish', 'never', `-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'out')}`], { cwd: repository });
  if (code !== 0) throw new Error(`electron-builder: ${out}${err}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = (): ReturnType<typeof archiveEntries> => archiveEntries(readFileSync(join(resources, 'app.asar')));


describe.runIf(process.platform === 'linux')('the package', () => {
  test('has what Electron runs in the archive, what a plain Node runs beside it, and nothing of its development', () => {
    const inside = entries().filter((entry) => !entry.unpacked).map(({ path }) => path);
    const beside = entries().filter((entry) => entry.unpacked).map(({ path }) => path);
    expect(top(inside)).toEqual(['LICENSE', 'dist/electron', 'dist/renderer']);
    expect(top(beside)).toEqual(['dist/main', 'models', 'node_modules/@img', 'node_modules/better-sqlite3', 'node_modules/detect-libc', 'node_modules/onnxruntime-common', 'node_modules/onnxruntime-node', 'node_modules/semver', 'node_modules/sharp', 'package.json', 'sample']);
    expect(inside).toEqual(expect.arrayContaining(['dist/electron/electron-main.js', 'dist/electron/preload.cjs', 'dist/renderer/index.html']));
    expect(beside).toEqual(expect.arrayContaining(['dist/main/cli.js', 'dist/main/sam.js', 'dist/main/images.js', 'dist/main/datasets.js', 'models/catalogue.json']));
    const development = /\.(ts|tsx|map|md)$|\.test\.|^(src-|test|scripts|docs)|models\/training|\.pt$|\.py$|__pycache__/;
    expect([...inside, ...beside].filter((path) => !path.startsWith('node_modules/') && path !== 'models/README.md' && development.test(path))).toEqual([]);
  });

  test('has native code of this platform only', () => {
    const native = entries().map(({ path }) => path).filter((path) => /\.(node|so|dll|dylib)(\.[\d.]+)?$/.test(path));
    const target = `${process.platform}-${process.arch}`;
    expect(native.filter((path) => !path.includes(target) && !path.includes(`${process.platform}/${process.arch}`))).toEqual([]);
    for (const name of ['better-sqlite3', 'onnxruntime-node', '@img/sharp-']) expect(native.some((path) => path.includes(name)), name).toBe(true);
  });

  test('has its fuses set', () => {
    const [runAsNode, cookieEncryption, nodeOptions, nodeInspect, asarIntegrity, onlyAsar, , fileProtocol] = fusesOf(readFileSync(join(packed, 'maskwright')));
    expect({ runAsNode, cookieEncryption, nodeOptions, nodeInspect, asarIntegrity, onlyAsar, fileProtocol }).toEqual({
      runAsNode: false, cookieEncryption: true, nodeOptions: false, nodeInspect: false, asarIntegrity: true, onlyAsar: true, fileProtocol: false,
    });
  });

  test('is small: at most 120 MB without models, Node and Electron', () => {
    const all = entries();
    const megabytes = (part: (path: string) => boolean): number => all.filter(({ path }) => part(path)).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    const sizes = {
      'onnxruntime': megabytes((p) => p.startsWith('node_modules/onnxruntime')), 'sharp and libvips': megabytes((p) => p.startsWith('node_modules/sharp') || p.startsWith('node_modules/@img')),
      'better-sqlite3': megabytes((p) => p.startsWith('node_modules/better-sqlite3')), 'program': megabytes((p) => p.startsWith('dist/')), 'sample': megabytes((p) => p.startsWith('sample/')), 'models': megabytes(models),
      'Node': statSync(join(resources, 'node/node')).size / 1e6,
    };
    process.stdout.write(`Package, MB: ${Object.entries(sizes).map(([part, size]) => `${part} ${size.toFixed(1)}`).join(' · ')}\n`);
    expect(megabytes((path) => !models(path))).toBeLessThan(120);
  });

  test('labels an image with its own Node, core and engines, and writes nothing into its own folder', async () => {
    const before = listing(packed);
    // A person who installed nothing may write nowhere in it; as root, who may everywhere, someone else runs it.
    const root = process.getuid?.() === 0;
    const home = join(folder, 'home');
    mkdirSync(home);
    copyFileSync(join(repository, 'sample', pictureName()), join(home, 'picture.jpg'));
    if (root) {
      chmodSync(folder, 0o755);
      for (const path of [home, join(home, 'picture.jpg')]) chownSync(path, 65_534, 65_534);
    }
    const args = (program: string): string[] => [program, 'predict', join(home, 'picture.jpg'), '--point', '300,300,1', '--json'];
    const env = { PATH: '/usr/bin:/bin', HOME: home, MASKWRIGHT_HOME: join(home, 'data') };
    const there = await run(join(resources, 'node/node'), args(join(unpacked, 'dist/main/cli.js')), { cwd: home, env, ...(root ? { uid: 65_534 } : {}) });
    expect(there, there.err).toMatchObject({ code: 0 });
    const here = await run(process.execPath, args(join(repository, 'dist/main/cli.js')), { env: { ...env, MASKWRIGHT_HOME: join(folder, 'mine') } });
    expect(answer(there)).toEqual(answer(here));
    expect(listing(packed)).toEqual(before);
  });
});

const pictureName = (): string => readdirSync(join(repository, 'sample')).find((name) => name.endsWith('.jpg')) ?? '';

/** Every file with its size and time of change. */
const listing = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const file = join(entry.parentPath, entry.name);
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });

/** The folders that paths begin with, of dist and node_modules those below. */
const top = (paths: readonly string[]): string[] => [...new Set(paths.map((path) => path.split('/').slice(0, path.startsWith('dist/') || path.startsWith('node_modules/') ? 2 : 1).join('/')))].toSorted();

const models = (path: string): boolean => path.startsWith('models/');

/** What a prediction says, but for how long it took. */
const answer = ({ out }: Ended): object => ({ ...(JSON.parse(out) as object), timings: null });

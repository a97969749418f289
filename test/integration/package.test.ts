import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAC_FUSES, archiveEntries, archiveHeader, fusesOf, makeElectronDistribution, windowsResources } from '../fixtures/electron-distribution.ts';
import type { Platform } from '../fixtures/electron-distribution.ts';
import { repository } from '../helpers/program.ts';

/**
 * Packages made by electron-builder around a stand-in for Electron's own files. What is in the one for Linux is real, and is run.
 * Those for Windows and macOS are put together on Linux to see what electron-builder makes of their configuration: the native modules in them are Linux's.
 */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-package-'));
const packed = join(folder, `linux/linux${process.arch === 'x64' ? '' : `-${process.arch}`}-unpacked`);
const resources = join(packed, 'resources');
const unpacked = join(resources, 'app.asar.unpacked');
const builder = join(repository, 'node_modules/electron-builder/cli.js');
/** RT_ICON and RT_VERSION */
const WINDOWS_ICON = 3;
const WINDOWS_VERSION = 16;

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

/** electron-builder with the repository's configuration. */
async function build(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, out, err } = await run(process.execPath, [builder, '--publish', 'never', ...args], { cwd: repository, env: { ...process.env, ...env } });
  if (code !== 0) throw new Error(`electron-builder: ${out}${err}`);
}

/** The folder that becomes the package of that system, in folder/PLATFORM. */
async function pack(platform: Platform, flag: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(repository, 'node_modules/electron/package.json'), 'utf8')) as { version: string };
  makeElectronDistribution(join(folder, `electron-${platform}`), version, platform);
  await build([flag, 'dir', `-c.electronDist=${join(folder, `electron-${platform}`)}`, `-c.directories.output=${join(folder, platform)}`]);
}

const REQUIRED_FUSES = { runAsNode: false, cookieEncryption: false, nodeOptions: false, nodeInspect: false, asarIntegrity: true, onlyAsar: true, fileProtocol: false };

function namedFuses(binary: string): object {
  const [runAsNode, cookieEncryption, nodeOptions, nodeInspect, asarIntegrity, onlyAsar, , fileProtocol] = fusesOf(readFileSync(binary));
  return { runAsNode, cookieEncryption, nodeOptions, nodeInspect, asarIntegrity, onlyAsar, fileProtocol };
}

/** What the archive for Linux says of its files. */
const entries = (): ReturnType<typeof archiveEntries> => archiveEntries(readFileSync(join(resources, 'app.asar')));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  if (process.platform === 'linux') await pack('linux', '--linux');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(process.platform === 'linux')('the package', () => {
  test('has what Electron runs in the archive, what a plain Node runs beside it, and nothing of its development', () => {
    const inside = entries().filter((entry) => !entry.unpacked).map(({ path }) => path);
    const beside = entries().filter((entry) => entry.unpacked).map(({ path }) => path);
    // package.json names the program that Electron runs: it is under the archive's hash as well.
    expect(top(inside)).toEqual(['LICENSE', 'dist/electron', 'dist/renderer', 'package.json']);
    expect(top(beside)).toEqual(['dist/main', 'models', 'node_modules/@img', 'node_modules/better-sqlite3', 'node_modules/detect-libc', 'node_modules/onnxruntime-common', 'node_modules/onnxruntime-node', 'node_modules/semver', 'node_modules/sharp', 'sample']);
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
    expect(namedFuses(join(packed, 'maskwright'))).toEqual(REQUIRED_FUSES);
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
    const browser = await run(join(resources, 'node/node'), [join(unpacked, 'dist/main/cli.js'), 'serve', '--no-open', '--port', '0'], { cwd: home, env });
    expect(browser.err).toContain('start the program, not this command');
    expect(listing(packed)).toEqual(before);
  });

  test('as a .deb brings an entry in the menu, icons of all sizes, and projects that open by a double click', async () => {
    // electron-builder has fpm make it, which this stands in for: it keeps what it was told, and the menu's entry, and makes an empty file.
    const told = join(folder, 'told');
    mkdirSync(told);
    const fpm = join(folder, 'fpm');
    writeFileSync(fpm, `#!/bin/sh
printf '%s\\n' "$@" > '${told}/arguments'
for argument in "$@"; do case "$argument" in *.desktop=*) cp "\${argument%%=*}" '${told}/entry';; esac; done
touch "$(printf '%s\\n' "$@" | grep '\\.deb$')"
`, { mode: 0o755 });
    await build(['--linux', 'deb', '--prepackaged', packed, '-c.extraMetadata.homepage=https://maskwright.example', `-c.directories.output=${join(folder, 'deb')}`], { CUSTOM_FPM_PATH: fpm });
    expect(readdirSync(join(folder, 'deb')).filter((name) => name.endsWith('.deb'))).toEqual([`Maskwright-${programVersion()}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}.deb`]);
    const installed = new Map(readFileSync(join(told, 'arguments'), 'utf8').split('\n').flatMap((line) => {
      const [from, to] = line.split('=/');
      return to === undefined || from === undefined || from.startsWith('--') ? [] : [[`/${to}`, from] as const];
    }));
    expect([...installed.keys()].toSorted()).toEqual([
      '/opt/Maskwright', '/usr/share/applications/maskwright.desktop',
      ...[16, 32, 48, 64, 128, 256, 512, 1024].map((side) => `/usr/share/icons/hicolor/${side}x${side}/apps/maskwright.png`),
      '/usr/share/icons/hicolor/scalable/mimetypes/application-x-maskwright.svg', '/usr/share/mime/packages/maskwright-project.xml',
    ].toSorted());
    for (const [to, from] of installed) if (!to.endsWith('.desktop')) expect(existsSync(resolve(repository, from)), from).toBe(true);
    const entry = readFileSync(join(told, 'entry'), 'utf8').split('\n');
    expect(entry).toEqual(expect.arrayContaining(['Exec=/opt/Maskwright/maskwright %U', 'MimeType=application/x-maskwright;', 'StartupWMClass=maskwright', 'Categories=Graphics;']));
    expect(entry.join()).not.toContain('no-sandbox');
  });
});

describe.runIf(process.platform === 'linux')('the packages of other systems', () => {
  const required = ['dist/electron/electron-main.js', 'dist/electron/preload.cjs', 'dist/renderer/index.html'];

  test('Windows: fuses, icon, version, and the hash that the archive must have', async () => {
    await pack('win32', '--win');
    const windows = join(folder, 'win32/win-unpacked');
    const archive = readFileSync(join(windows, 'resources/app.asar'));
    expect(archiveEntries(archive).filter((entry) => !entry.unpacked).map(({ path }) => path)).toEqual(expect.arrayContaining(required));
    expect(namedFuses(join(windows, 'Maskwright.exe'))).toEqual(REQUIRED_FUSES);
    const found = windowsResources(readFileSync(join(windows, 'Maskwright.exe')));
    const contents = (type: string | number): Buffer[] => found.filter((resource) => resource.type === type).map(({ bin }) => Buffer.from(bin));
    expect(contents(WINDOWS_ICON)).toHaveLength(6);
    expect(contents(WINDOWS_VERSION)[0]?.toString('utf16le').replaceAll('\0', '')).toContain('ProductNameMaskwright');
    expect(JSON.parse(contents('INTEGRITY')[0]?.toString() ?? '')).toEqual([{ file: 'resources\\app.asar', alg: 'SHA256', value: sha256(archiveHeader(archive)) }]);
  });

  test('macOS: fuses, icons, projects that open by a double click, and the hash that the archive must have', async () => {
    await pack('darwin', '--mac');
    const contents = join(folder, 'darwin', readdirSync(join(folder, 'darwin')).find((name) => name.startsWith('mac')) ?? '', 'Maskwright.app/Contents');
    const archive = readFileSync(join(contents, 'Resources/app.asar'));
    expect(archiveEntries(archive).filter((entry) => !entry.unpacked).map(({ path }) => path)).toEqual(expect.arrayContaining(required));
    expect(namedFuses(join(contents, MAC_FUSES))).toEqual(REQUIRED_FUSES);
    const info = readFileSync(join(contents, 'Info.plist'), 'utf8').replaceAll(/>\s+</g, '><');
    expect(info).toContain('<key>CFBundleTypeExtensions</key><array><string>mwproj</string></array><key>CFBundleTypeIconFile</key><string>project.icns</string>');
    expect(info).toContain(`<key>hash</key><string>${sha256(archiveHeader(archive))}</string>`);
    expect(readdirSync(join(contents, 'Resources'))).toEqual(expect.arrayContaining(['icon.icns', 'project.icns']));
    expect(existsSync(join(contents, 'MacOS/Maskwright'))).toBe(true);
  });

  test('are refused as installers: they would hold the wrong Node', async () => {
    await expect(build(['--win', 'nsis', `-c.electronDist=${join(folder, 'electron-win32')}`, `-c.directories.output=${join(folder, 'refused')}`])).rejects.toThrow(/can be packed for linux-\w+ only, not for win32/);
  });
});

const pictureName = (): string => readdirSync(join(repository, 'sample')).find((name) => name.endsWith('.jpg')) ?? '';

const programVersion = (): string => (JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }).version;

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

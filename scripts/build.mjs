import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedLicences } from './licences.mjs';
import { setUp } from './setup.mjs';
import { give, root } from './setup/common.mjs';

const dist = join(root, 'dist');
const stamp = join(dist, 'inputs.sha256');

/** Native code and Electron stay packages of their own; everything else is bundled. */
const external = ['electron', 'better-sqlite3', 'onnxruntime-node', 'sharp'];

/** Output name to source: what a plain Node runs, in dist/main. Engines are programs of their own. */
const programs = {
  cli: 'src-main/cli/cli.ts',
  sam: 'src-main/engines/sam.ts',
  images: 'src-main/engines/images.ts',
  datasets: 'src-main/engines/datasets.ts',
};

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function hashOfInputs() {
  const single = ['package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.base.json', 'scripts/build.mjs', 'scripts/licences.mjs', 'LICENSE', 'models/catalogue.json'].map((file) => join(root, file));
  const files = [...['src-shared', 'src-main', 'src-renderer', 'scripts/setup', 'assets'].flatMap(sources), ...single].sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Ids of all modules that a bundler's outputs hold. */
const modulesOf = (outputs) => [outputs].flat().flatMap(({ output }) => output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])));

/** Gives the ids of all modules in it. */
async function bundleMain(folder) {
  const { build } = await import('rolldown');
  const common = { cwd: root, platform: 'node', external, logLevel: 'warn' };
  const modules = (name, input) => build({
    ...common,
    input,
    output: { dir: join(folder, name), format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js', sourcemap: true },
  });
  const main = await modules('main', programs);
  // Shares no file with the others: all that Electron itself runs lies in the package's archive, whose integrity it checks.
  const electron = await modules('electron', { 'electron-main': 'src-main/electron/main.ts' });
  // Electron's sandbox loads a preload only as one CommonJS file.
  const preload = await build({
    ...common,
    input: 'src-main/electron/preload.ts',
    output: { file: join(folder, 'electron', 'preload.cjs'), format: 'cjs', codeSplitting: false },
  });
  return modulesOf([main, electron, preload]);
}

/** Gives the ids of all modules in it. */
async function bundleRenderer(folder) {
  // Else a build that a test starts (NODE_ENV=test) would hold React's slow development code.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  return modulesOf(await build({ configFile: join(root, 'vite.config.ts'), root: join(root, 'src-renderer'), logLevel: 'warn', build: { outDir: join(folder, 'renderer'), emptyOutDir: true } }));
}

/** Another build may end in the same moment; whoever is second puts its own in place, too: they are the same. */
async function putInPlace(fresh, inputs) {
  const { replaceFolder } = await import('../src-main/files/replace-folder.ts');
  for (let attempt = 1; ; attempt++) {
    try {
      await replaceFolder(fresh, dist, join(root, '.cache', `old-${process.pid}-${attempt}`));
      return;
    } catch (error) {
      if (isCurrent(inputs)) return;
      if (attempt === 5 || error.name === 'InUseError') throw error;
    }
  }
}

/** Builds that other programs held on to when they were replaced. */
async function removeOld() {
  const { AT_ONCE, removeFolder } = await import('../src-main/files/move-and-remove.ts');
  const cache = join(root, '.cache');
  for (const name of readdirSync(cache)) if (name.startsWith('old-')) await removeFolder(join(cache, name), AT_ONCE).catch(() => undefined);
}

const isCurrent = (inputs) => existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;

/**
 * Builds dist/ unless it was built from these very sources, in a process of its own: what the bundlers leave in memory,
 * some 450 MB, would else stay with the program until it ends.
 */
export function build() {
  if (isCurrent(hashOfInputs())) return;
  const { status } = spawnSync(process.execPath, [import.meta.filename], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) give('Maskwright could not be built; the reason is above.');
}

/** Made beside and moved into place, so that a running program or a second build never sees a half of it. */
async function buildHere() {
  const inputs = hashOfInputs();
  if (isCurrent(inputs)) return;
  process.stderr.write('Building Maskwright …\n');
  const { removeFolder } = await import('../src-main/files/move-and-remove.ts');
  const fresh = join(root, '.cache', `build-${process.pid}`);
  await removeFolder(fresh);
  mkdirSync(fresh, { recursive: true });
  try {
    const modules = [...(await bundleRenderer(fresh)), ...(await bundleMain(fresh))];
    writeFileSync(join(fresh, 'renderer', 'licences.json'), JSON.stringify(shippedLicences(root, modules)));
    const { name, version, type, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // For a plain Node, which cannot read the one in a package's archive.
    writeFileSync(join(fresh, 'main', 'package.json'), JSON.stringify({ name, version, type, engines }));
    writeFileSync(join(fresh, 'inputs.sha256'), inputs);
    await putInPlace(fresh, inputs);
    await removeOld();
  } finally {
    await removeFolder(fresh).catch(() => undefined);
  }
}

if (realpathSync(process.argv[1] ?? '') === import.meta.filename) {
  await setUp(import.meta.filename);
  await buildHere().catch((error) => {
    if (error.name !== 'InUseError') throw error;
    give(`Maskwright could not be built anew: another program has "${dist}", or a file in it, open. Close it there, Maskwright itself above all, and start again.`);
  });
}

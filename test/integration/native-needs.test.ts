import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NtExecutable } from 'resedit';
import { afterAll, describe, expect, it } from 'vitest';
import type { Binary } from '../../scripts/package/binaries.mjs';
import { complete } from '../../scripts/package/after-pack.mjs';
import { binariesIn, missingIn, systemNeeds } from '../../scripts/package/needs.mjs';
import { findVcRuntime } from '../../scripts/package/vc-runtime.mjs';
import { packagedNode } from '../../scripts/setup/node-binary.mjs';
import { repository } from '../helpers/program.ts';

/** What the programs and libraries of a package ask of the system that they are loaded on, for each system that we pack for. */

const modules = join(repository, 'node_modules');
const onnxruntime = join(modules, 'onnxruntime-node/bin/napi-v6');
const TARGETS = ['win32-x64', 'win32-arm64', 'darwin-arm64', 'linux-x64', 'linux-arm64'] as const;
type Target = (typeof TARGETS)[number];
const VC_RUNTIME = ['MSVCP140.dll', 'MSVCP140_1.dll', 'MSVCP140_ATOMIC_WAIT.dll', 'VCRUNTIME140.dll'];

/** Packages with binaries of one system each; npm installs those of this one alone. */
const own = readdirSync(modules).flatMap((name) => (name === '@img' ? readdirSync(join(modules, name)).map((below) => `@img/${below}`) : [name]));

/** All that goes into the package of a system and is installed here, and what is not. */
function binariesOf(target: Target): { readonly binaries: Map<string, Binary>; readonly absent: readonly string[] } {
  const binaries = new Map([...binariesIn(join(modules, 'better-sqlite3/prebuilds'))].filter(([path]) => path.endsWith(`${target}.node`)));
  for (const [path, binary] of binariesIn(join(onnxruntime, target.replace('-', '/')))) binaries.set(path, binary);
  const wanted = [`@img/sharp-${target}`, ...(target.startsWith('win32') ? [] : [`@img/sharp-libvips-${target}`])];
  for (const name of wanted) if (own.includes(name)) for (const [path, binary] of binariesIn(join(modules, name))) binaries.set(path, binary);
  return { binaries, absent: wanted.filter((name) => !own.includes(name)) };
}

const folder = mkdtempSync(join(tmpdir(), 'maskwright-needs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the native modules', () => {
  const unread = TARGETS.flatMap((target) => binariesOf(target).absent);
  console.info(`Not installed here, so not read: ${unread.join(', ')}. They are where packages are made of them.`);

  it.each(TARGETS)('of %s need what is packed or what the system brings', (target) => {
    const { binaries } = binariesOf(target);
    expect(binaries.size).toBeGreaterThanOrEqual(3);
    const missing = [...new Set(missingIn(binaries).map(({ library }) => library))].sort();
    // Windows brings no Visual C++ runtime: packaging adds it.
    expect(missing).toEqual(target === 'win32-x64' ? [...VC_RUNTIME, 'VCRUNTIME140_1.dll'] : target === 'win32-arm64' ? VC_RUNTIME : []);
  });

  it('of this system, Node among them, are read whole: what they need is there', () => {
    const node = packagedNode(repository) ?? '';
    expect(node).not.toBe('');
    const read = binariesIn(join(node, '..'));
    expect([...read.values()][0]?.needs.length).toBeGreaterThan(3);
    expect(missingIn(read)).toEqual([]);
  });

  it('run on the systems that the program says it runs on', () => {
    const linux = systemNeeds(new Map([...binariesOf('linux-x64').binaries, ...binariesOf('linux-arm64').binaries]));
    const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { engines: { glibc: string } };
    expect(engines.glibc).toBe(`>=${linux['GLIBC']}`);
    const configuration = readFileSync(join(repository, 'electron-builder.yml'), 'utf8');
    expect(configuration).toContain(`minimumSystemVersion: '${systemNeeds(binariesOf('darwin-arm64').binaries)['macOS']}'`);
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    expect(readme).toContain(`glibc ${linux['GLIBC']}`);
    expect(readme).toContain(`macOS ${Number.parseInt(systemNeeds(binariesOf('darwin-arm64').binaries)['macOS'] ?? '', 10)}`);
  });

  it('let CoreML’s compiled models be kept nowhere yet; once they do, those belong into the cache', () => {
    const binding = readFileSync(join(onnxruntime, 'darwin/arm64/onnxruntime_binding.node'), 'latin1');
    expect(binding).toContain('coreMlFlags');
    expect(binding).not.toContain('ModelCacheDirectory');
  });

  it('that need something else are named with it', () => {
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    for (const system of ['win32', 'linux', 'darwin']) copyFileSync(join(onnxruntime, system, system === 'darwin' ? 'arm64' : 'x64', 'onnxruntime_binding.node'), join(alone, `${system}.node`));
    const missing = missingIn(binariesIn(alone)).map(({ path, library }) => `${path.slice(alone.length + 1)} ${library}`);
    expect(missing).toEqual(expect.arrayContaining(['win32.node onnxruntime.dll', 'linux.node libonnxruntime.so.1', 'darwin.node @rpath/libonnxruntime.1.dylib']));
    expect(() => complete(join(alone), 'x64', { MASKWRIGHT_VC_RUNTIME: runtime('all', [...VC_RUNTIME, 'VCRUNTIME140_1.dll']) })).toThrow(/^Maskwright cannot be packed: .*linux\.node needs libonnxruntime\.so\.1/);
  });
});

/** A folder with libraries of these names, without code. */
function runtime(name: string, libraries: readonly string[]): string {
  const at = join(folder, 'runtimes', name);
  mkdirSync(at, { recursive: true });
  // As Visual Studio has them.
  for (const library of libraries) writeFileSync(join(at, library.toLowerCase()), Buffer.from(NtExecutable.createEmpty(false, true).generate()));
  return at;
}

/** The resources of a package for Windows, with the real onnxruntime. */
function packed(name: string): { resources: string; beside: string } {
  const resources = join(folder, name);
  const beside = join(resources, 'app.asar.unpacked/node_modules/onnxruntime-node');
  mkdirSync(beside, { recursive: true });
  for (const file of readdirSync(join(onnxruntime, 'win32/x64'))) copyFileSync(join(onnxruntime, 'win32/x64', file), join(beside, file));
  return { resources, beside };
}

describe('the Visual C++ runtime', () => {
  const all = [...VC_RUNTIME, 'VCRUNTIME140_1.dll'];

  it('is put beside the modules that need it, from the newest Visual Studio', () => {
    const studio = (version: string): string => runtime(`Program Files/Microsoft Visual Studio/2022/Enterprise/VC/Redist/MSVC/${version}/x64/Microsoft.VC143.CRT`, all);
    studio('14.9.1');
    const newest = studio('14.44.35112');
    studio('14.29.30133');
    const env = { ProgramFiles: join(folder, 'runtimes/Program Files') };
    expect(findVcRuntime('x64', env)).toEqual({ folder: newest, version: '14.44.35112' });
    expect(findVcRuntime('arm64', env)).toBeNull();
    const { resources, beside } = packed('windows');
    complete(resources, 'x64', env);
    expect(readdirSync(beside)).toEqual(expect.arrayContaining(all));
    expect(missingIn(binariesIn(resources))).toEqual([]);
  });

  it.each([
    ['no Visual Studio', () => ({}), /^Maskwright cannot be packed for Windows here: msvcp140\.dll, msvcp140_1\.dll, .* no Visual Studio with them was found\. Install /],
    ['an older one than onnxruntime was made with', () => ({ VCToolsRedistDir: join(runtime('tools/14.16.27012/x64/Microsoft.VC141.CRT', all), '../..') }), /was made with Visual C\+\+ 14\.44, and the runtime in .* is an older one \(14\.16\.27012\)\. Update/],
    ['a folder that lacks a file', () => ({ MASKWRIGHT_VC_RUNTIME: runtime('part', VC_RUNTIME) }), /VCRUNTIME140_1\.dll is not in .*part/],
    ['a folder that is not there', () => ({ MASKWRIGHT_VC_RUNTIME: join(folder, 'gone') }), /no Visual Studio with them was found/],
  ])('with %s: packing ends with a sentence', (what, env, sentence) => {
    const { resources } = packed(`without ${what}`);
    expect(() => complete(resources, 'x64', env())).toThrow(sentence);
  });
});

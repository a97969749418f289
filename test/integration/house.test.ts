import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNewEnough, nodePackages, packagedNode } from '../../scripts/setup/node-binary.mjs';

const root = join(import.meta.dirname, '..', '..');

it('every file can be checked out on Windows', ({ skip }) => {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) skip('The sources are no git clone.');
  const files = stdout.split('\0');
  expect(files.length).toBeGreaterThan(500);
  expect(files.filter((file) => /[\\:*?"<>|]|[ .](\/|$)/.test(file))).toEqual([]);
});

it('the lock file pins no download address, so that any npm registry will do', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }> };
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  expect(entries.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([]);
});

it('the lock file holds the packages of every platform: npm ci refuses one that lacks some, on all of them', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
  const paths = Object.keys(packages);
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  expect(wanted.length).toBeGreaterThan(50);
  expect(wanted.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
});

it('no install script runs', () => {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { allowScripts: Record<string, boolean> };
  expect(Object.keys(allowScripts).filter((name) => allowScripts[name])).toEqual([]);
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }> };
  const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(scripted.filter((name) => !Object.hasOwn(allowScripts, name))).toEqual([]);
});

/** Whether a file renames or removes with the system's own calls. */
function movesItself(file: string): boolean {
  const text = readFileSync(join(root, file), 'utf8');
  const imported = [...text.matchAll(/import (?:type )?\{([^}]*)\} from '(?:node:)?fs(?:\/promises)?'/g)].flatMap(([, names = '']) => names.split(','));
  return imported.some((name) => /^\s*(rename|rm|unlink|rmdir)(Sync)?\b/.test(name)) || /import (?:\* as )?\w+ from '(?:node:)?fs(?:\/promises)?'/.test(text);
}

it('only one place renames and removes, because Windows refuses both while another program has a file open', () => {
  const place = join('src-main', 'files', 'move-and-remove.ts');
  // Setting up runs on any Node, before there is one that reads TypeScript.
  const isExempt = (file: string): boolean => file === place || file.startsWith(join('scripts', 'setup'));
  const sources = ['src-main', 'scripts'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  expect(movesItself(place)).toBe(true);
  const files = sources.filter((file) => /(?<!\.test|\.d)\.m?ts$|\.mjs$/.test(file));
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((file) => !isExempt(file) && movesItself(file))).toEqual([]);
});

describe('Node, which runs the engines, is locked for', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { optionalDependencies: Record<string, string> };
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string; os: string; cpu: string; hasInstallScript?: boolean }> };

  it.each(['darwin-arm64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'])('%s: one version, its hash, and a binary that needs no script', (system) => {
    const name = nodePackages[system] ?? 'none';
    const entry = packages[`node_modules/${name}`];
    const version = optionalDependencies[name] ?? 'none';
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(entry).toMatchObject({ version, optional: true, integrity: expect.stringMatching(/^sha512-/) as string, bin: { node: system.startsWith('win32') ? 'bin/node.exe' : 'bin/node' } });
    expect(`${String(entry?.os)}-${String(entry?.cpu)}`).toBe(system);
    expect(entry?.hasInstallScript).toBeUndefined();
    expect(isNewEnough(version), version).toBe(true);
    // The packages for Windows come without it.
    expect(existsSync(join(root, `assets/licences/node-${Number.parseInt(version, 10)}.txt`)), version).toBe(true);
  });

  it('the system that this runs on, which has that version', () => {
    const node = packagedNode(root);
    if (node === null) throw new Error('npm installed no Node here');
    expect(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()).toBe(`v${optionalDependencies[nodePackages[`${process.platform}-${process.arch}`] ?? ''] ?? ''}`);
  });

  it('each package of electron-builder.yml', () => {
    const taken = [...readFileSync(join(root, 'electron-builder.yml'), 'utf8').matchAll(/from: node_modules\/(\S+)\n +to: node\//g)].map(([, from]) => from);
    expect(taken).toEqual(['node-win-${arch}/bin/node.exe', 'node-bin-darwin-${arch}/bin/node', 'node-linux-${arch}/bin/node']);
    const made = taken.flatMap((from) => ['x64', 'arm64'].map((arch) => from?.replace('${arch}', arch).split('/')[0]));
    expect(made).toEqual(expect.arrayContaining(Object.values(nodePackages)));
  });
});

describe('the dependency rules', () => {
  let folder: string;

  /** File to what it imports: the first of each pair breaks a rule, the second does the like where it is allowed. */
  const rules: readonly (readonly [wrong: readonly [string, string], right: readonly [string, string]])[] = [
    [['src-shared/domain/a.ts', 'node:fs'], ['src-main/core/a.ts', 'node:fs']],
    [['src-shared/geometry/a.ts', 'react'], ['src-renderer/panels/a.tsx', 'react']],
    [['src-shared/geometry/b.ts', '../../src-main/core/b.ts'], ['src-main/cli/b.ts', '../core/b.ts']],
    [['src-shared/geometry/c.ts', '../../src-renderer/state/c.ts'], ['src-renderer/panels/c.ts', '../state/c.ts']],
    [['src-renderer/state/d.ts', '../../src-main/core/d.ts'], ['src-renderer/state/e.ts', '../../src-shared/domain/e.ts']],
    [['src-renderer/state/f.ts', 'node:path'], ['src-main/browser/f.ts', 'ws']],
    [['src-renderer/state/g.ts', 'electron'], ['src-main/electron/g.ts', 'electron']],
    [['src-renderer/canvas/h.ts', 'react'], ['src-renderer/canvas/i.ts', '../../src-shared/domain/i.ts']],
    [['src-renderer/canvas/j.ts', '../state/j.ts'], ['src-renderer/state/j.ts', '../canvas/j2.ts']],
    [['src-main/core/k.ts', 'electron'], ['src-main/electron/k.ts', '../core/k2.ts']],
    [['src-main/core/l.ts', '../../src-renderer/state/l.ts'], ['src-main/core/l2.ts', '../../src-shared/domain/l.ts']],
    [['src-main/sam/m.ts', 'onnxruntime-node'], ['src-main/engines/m.ts', 'onnxruntime-node']],
    [['src-main/images/n.ts', 'sharp'], ['src-main/engines/n.ts', 'sharp']],
    [['src-main/datasets/o.ts', 'better-sqlite3'], ['src-main/projects/o.ts', 'better-sqlite3']],
    [['src-main/projects/p.ts', 'sharp'], ['src-main/engines/p.ts', 'node:fs']],
    [['src-main/engines/q.ts', 'better-sqlite3'], ['src-main/projects/q.ts', 'node:fs']],
    [['src-main/electron/r.ts', 'sharp'], ['src-main/electron/r2.ts', 'node:fs']],
  ];
  let broken: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'maskwright-rules-'));
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    for (const [file, module] of rules.flat()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import { thing } from '${module}';\n\nexport const other = thing;\n`);
    }
    const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json', ...readdirSync(folder).filter((name) => name.startsWith('src-'))], { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    broken = diagnostics.filter(({ code }) => code.includes('no-restricted-imports')).map(({ filename }) => filename.replaceAll('\\', '/')).sort();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(rules)('%j is refused, %j is not', ([wrong], [right]) => {
    expect(broken).toContain(wrong);
    expect(broken).not.toContain(right);
  });
});

import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodePackages } from '../../../scripts/setup/node-binary.mjs';
import { pathWith, SetupFolder } from '../../fixtures/setup-folder.ts';

let folder: SetupFolder;
beforeEach(() => {
  folder = new SetupFolder();
});
afterEach(() => folder.remove());

/** Where npm puts Node here. */
const nodeFile = (platform: string = process.platform): string => `node_modules/${nodePackages[`${platform}-${process.arch}`] ?? ''}/bin/node${platform === 'win32' ? '.exe' : ''}`;

/** What an npm does that installs this very Node. */
const LINKS_NODE = `fs.mkdirSync(${JSON.stringify(dirname(nodeFile()))}, { recursive: true });\nfs.symlinkSync(${JSON.stringify(process.execPath)}, ${JSON.stringify(nodeFile())});`;

describe('the first start', () => {
  it('installs with the npm that started it, once, and goes on', async () => {
    folder.installs(LINKS_NODE);
    const first = await folder.run('scripts/entry.mjs', { args: ['a', 'b'] });
    expect(first, first.err).toMatchObject({ code: 0, out: 'runs a b -\n', err: expect.stringContaining('npm ci') as string });
    expect(await folder.run('scripts/entry.mjs')).toMatchObject({ code: 0, err: '' });
    expect(folder.read('npm.log')).toBe('ci --no-audit --no-fund\n');
    expect(existsSync(folder.at(`node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`))).toBe(true);
  });

  it('is the only one to install, though the lock file be of tomorrow', async () => {
    folder.installs(LINKS_NODE);
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(folder.at('package-lock.json'), tomorrow, tomorrow);
    await folder.run('scripts/entry.mjs');
    expect(await folder.run('scripts/entry.mjs')).toMatchObject({ code: 0, err: '' });
    expect(folder.read('npm.log')).toBe('ci --no-audit --no-fund\n');
  });

  it('does without a Node from npm where the machine has one that is new enough', async () => {
    folder.installs('');
    expect(await folder.run('scripts/entry.mjs')).toMatchObject({ code: 0, out: 'runs  -\n' });
    const old = await folder.run('scripts/entry.mjs', { before: pretend({ node: '22.20.0' }) });
    expect(old).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/npm has no Node for \S+ on \S+ here, and this one \(22\.20\.0\) is too old\. Get Node 24 or newer/) as string });
  });

  it('says when Node is too old even for that', async () => {
    expect(await folder.run('scripts/entry.mjs', { before: pretend({ node: '18.20.0' }) })).toMatchObject({ code: 1, err: 'Maskwright needs Node 20.19 or newer to set itself up; this is Node 18.20.0. Get a newer one at https://nodejs.org.\n' });
  });

  it('leaves a linked node_modules alone, with what is behind the link', async () => {
    folder.installs(LINKS_NODE);
    folder.write('elsewhere/kept', 'kept');
    symlinkSync(folder.at('elsewhere'), folder.at('node_modules'), 'junction');
    const { code, err } = await folder.run('scripts/entry.mjs');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/node_modules is a link to .*elsewhere.*, and npm would empty that folder\. Remove the link/) as string });
    expect(readdirSync(folder.at('elsewhere'))).toEqual(['kept']);
    expect(existsSync(folder.at('npm.log'))).toBe(false);
  });
});

describe('another package manager', () => {
  const yarn = { npm_config_user_agent: 'yarn/1.22.22 npm/? node/v24.0.0 linux x64', npm_config_registry: 'https://registry.example' };
  const pnpm = { npm_config_user_agent: 'pnpm/11.0.0 npm/? node/v24.0.0 linux x64', npm_config_node_linker: 'isolated' };
  const bun = { npm_config_user_agent: 'bun/1.3.0 npm/? node/v24.0.0 linux x64' };

  it.skipIf(process.platform === 'win32').each([['yarn', yarn], ['pnpm', pnpm], ['bun', bun]])('%s starts the program, and npm sets it up, without what that tells its own', async (name, env) => {
    folder.installs(LINKS_NODE);
    folder.write('bin/npm', `#!/bin/sh\n[ "$1" = --version ] && exit\nenv | grep '^npm_' >> set-for-npm\nexec '${process.execPath}' '${folder.npm}' "$@"\n`, 0o755);
    const theirs = folder.write('theirs.js', `throw new Error('was run')`);
    const ended = await folder.run('scripts/entry.mjs', { env: { ...env, npm_execpath: theirs, PATH: pathWith(folder.at('bin')) } });
    expect(ended, ended.err).toMatchObject({ code: 0, out: 'runs  -\n', err: expect.stringContaining(`so npm is used to set it up, not ${name}.`) as string });
    expect(folder.read('npm.log')).toBe('ci --no-audit --no-fund\n');
    expect(folder.read('set-for-npm')).toBe('');
  });

  it('without npm is told where to get it', async () => {
    const { code, err } = await folder.run('scripts/entry.mjs', { env: { ...yarn, npm_execpath: '/opt/yarn.js', PATH: folder.at('empty') } });
    expect({ code, err }).toEqual({ code: 1, err: 'Maskwright is set up with npm, which comes with Node and was not found (this is yarn). Get Node with npm at https://nodejs.org, then run: npm start\n' });
  });

  it.each([
    ['Bun', { bun: '1.3.0' }, 'Maskwright runs on Node, not on Bun. Start it with: npm start\n'],
    ['Deno', { deno: '2.6.0' }, 'Maskwright runs on Node, not on Deno. Start it with: npm start\n'],
    ["Yarn's Plug'n'Play", { pnp: '3' }, "Maskwright does not run under Yarn's Plug'n'Play. Start it with: npm start\n"],
  ])('%s in place of Node is refused', async (_, versions, sentence) => {
    expect(await folder.run('scripts/entry.mjs', { before: pretend(versions) })).toMatchObject({ code: 1, out: '', err: sentence });
  });
});

/** A Node that is never what it says it is: a script that runs this one. */
function installWrapper(): void {
  folder.write(nodeFile(), `#!/bin/sh\necho start >> starts\nexec '${process.execPath}' "$@"\n`, 0o755);
  folder.write('node_modules/.package-lock.json', '{}');
}

describe.skipIf(process.platform === 'win32')('going on under the Node from npm', () => {
  it('happens once, though it be in vain', async () => {
    installWrapper();
    expect(await folder.run('scripts/entry.mjs', { args: ['x'] })).toMatchObject({ code: 0, out: 'runs x -\n' });
    expect(folder.read('starts')).toBe('start\n');
  });

  it('ends with a sentence where the Node that then runs is an old one', async () => {
    installWrapper();
    const { code, out, err } = await folder.run('scripts/entry.mjs', { before: pretend({ node: '22.20.0' }) });
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(/was to run Maskwright, but Node 22\.20\.0 at .* did\. Delete the folder node_modules and start again\./) as string });
    expect(folder.read('starts')).toBe('start\n');
  });
});

/** Where a Node is put that is in the way. */
const aside = (): string[] => readdirSync(folder.at('.cache')).filter((name) => name.endsWith('.exe'));

describe('an update of the sources on Windows, under the Node of node_modules', () => {
  const WINDOWS = `Object.defineProperty(process, 'platform', { value: 'win32' });`;
  const exe = nodeFile('win32');

  beforeEach(() => {
    mkdirSync(folder.at(dirname(exe)), { recursive: true });
    copyFileSync(process.execPath, folder.at(exe));
    folder.write('node_modules/.package-lock.json', '{}');
    utimesSync(folder.at('node_modules/.package-lock.json'), 0, 0);
  });
  const update = () => folder.run('scripts/entry.mjs', { before: WINDOWS, node: folder.at(exe) });

  it('has npm delete no program that runs, and goes on under the new one', async () => {
    // As there: a program that runs can be moved, not deleted. npm runs on the one that was moved.
    folder.installs(`if (process.execPath.includes('node_modules') || fs.existsSync(${JSON.stringify(exe)})) throw new Error('EPERM: node.exe is running');
fs.rmSync('node_modules', { recursive: true });
fs.mkdirSync(${JSON.stringify(dirname(exe))}, { recursive: true });
fs.copyFileSync(process.execPath, ${JSON.stringify(exe)});`);
    const ended = await update();
    expect(ended, ended.err).toMatchObject({ code: 0, out: 'runs  -\n' });
    expect(aside()).toHaveLength(1);
    const [before] = aside();
    utimesSync(folder.at('node_modules/.package-lock.json'), 0, 0);
    await update();
    expect(aside()).toHaveLength(1);
    expect(aside()).not.toContain(before);
  });

  it('has its Node again where npm fails, and says what can be in the way', async () => {
    folder.installs(`process.exit(1);`);
    expect(await update()).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/npm ci failed.*EPERM or EBUSY.*close Maskwright/) as string });
    expect(existsSync(folder.at(exe))).toBe(true);
    expect(aside()).toEqual([]);
  });
});

/** A Node that says it is of those versions. */
const pretend = (versions: Readonly<Record<string, string>>): string => `Object.defineProperty(process, 'versions', { value: { ...process.versions, ...${JSON.stringify(versions)} } });`;

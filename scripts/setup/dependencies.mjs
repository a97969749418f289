import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { give, root } from './common.mjs';
import { isNewEnough, packagedNode } from './node-binary.mjs';

const modules = join(root, 'node_modules');
const cache = join(root, '.cache');
const wanted = join(root, 'package-lock.json');
/** npm writes it last, so its age is that of the last complete installation. */
const installed = join(modules, '.package-lock.json');

export function dependenciesAreCurrent() {
  if (!existsSync(installed) || (packagedNode(root) === null && !isNewEnough(process.versions.node))) return false;
  return statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

/** Makes node_modules anew with `npm ci`. Tells whether the Node that runs this was replaced by that. */
export function installDependencies() {
  const link = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (link) give(`${modules} is a link to ${readlinkSync(modules)}, and npm would empty that folder. Remove the link (the folder stays as it is) and start again.`);
  const npm = npmOf(process.env);
  process.stderr.write(`Setting up: fetching what Maskwright needs (npm ci). This happens once.\n`);
  removeLeftovers();
  const aside = moveRunningNodeAside();
  // npm before version 11 does not know allowScripts; onnxruntime's install script is then told to fetch nothing.
  const options = { cwd: root, stdio: ['inherit', 2, 2], env: { ...npm.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } };
  const { status } = npm.script === null
    ? spawnSync('npm ci --no-audit --no-fund', { ...options, shell: true })
    : spawnSync(aside ?? process.execPath, [npm.script, 'ci', '--no-audit', '--no-fund'], options);
  if (aside !== null) moveBackUnlessReplaced(aside);
  if (status !== 0) {
    const open = process.platform === 'win32' ? ' Where it says EPERM or EBUSY, a program has a file in node_modules open: close Maskwright and editors, then start again.' : '';
    give(`npm ci failed; its message is above. Maskwright needs the npm registry once, to set itself up.${open}`);
  }
  // Sources from a machine whose clock is ahead would else be set up again and again.
  const { mtime } = statSync(wanted);
  if (existsSync(installed) && mtime > statSync(installed).mtime) utimesSync(installed, mtime, mtime);
  return aside !== null;
}

/**
 * The npm that runs this script, where it is npm: on some machines it is not on the PATH. The lock file is npm's, so other
 * package managers are not asked to install; what they put into the environment is for themselves.
 */
function npmOf(env) {
  const script = /[\\/]np[mx]-cli\.js$/.test(env.npm_execpath ?? '') ? join(dirname(env.npm_execpath), 'npm-cli.js') : null;
  if (script !== null) return { script, env };
  const manager = /^(\w+)\//.exec(env.npm_config_user_agent ?? '')?.[1] ?? 'npm';
  if (spawnSync('npm --version', { shell: true, stdio: 'ignore' }).status !== 0) {
    give(`Maskwright is set up with npm, which comes with Node and was not found${manager === 'npm' ? '' : ` (this is ${manager})`}. Get Node with npm at https://nodejs.org, then run: npm start`);
  }
  if (manager === 'npm') return { script, env };
  process.stderr.write(`Maskwright has a lock file for npm, so npm is used to set it up, not ${manager}.\n`);
  return { script, env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('npm_'))) };
}

/** Windows lets nobody delete a program that runs, as npm would this Node, but it can be moved. Gives where it is then. */
function moveRunningNodeAside() {
  if (process.platform !== 'win32' || !existsSync(modules)) return null;
  if (!realpathSync.native(process.execPath).startsWith(realpathSync.native(modules) + sep)) return null;
  const aside = join(cache, `node-${process.pid}.exe`);
  mkdirSync(cache, { recursive: true });
  renameSync(process.execPath, aside);
  return aside;
}

/** After an npm that failed before it deleted anything. */
function moveBackUnlessReplaced(aside) {
  if (!existsSync(process.execPath) && existsSync(dirname(process.execPath))) renameSync(aside, process.execPath);
}

/** Node binaries that earlier updates moved aside. One that still runs stays for the next time. */
function removeLeftovers() {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache).filter((name) => /^node-\d+\.exe$/.test(name))) {
    try {
      rmSync(join(cache, name), { force: true });
    } catch {}
  }
}

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

const oldestNode = [20, 19];

/** The Node binary of the npm package `node`; Windows has it as node.exe. */
export function packagedNode() {
  const folder = join(root, 'node_modules', 'node', 'bin');
  return join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
}

/** Ends the program with one sentence: what is wrong and what to do. */
export function give(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** npm writes node_modules/.package-lock.json last, so its age is that of the last complete installation. */
function dependenciesAreCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(packagedNode())) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function installDependencies() {
  process.stderr.write('Setting up: fetching what Maskwright needs (npm ci). This happens once.\n');
  // The npm that runs this script, where there is one: it is not on the PATH everywhere.
  const npm = process.env.npm_execpath;
  // npm before version 11 does not know allowScripts; onnxruntime's install script is then told to fetch nothing.
  const options = { cwd: root, stdio: ['inherit', 2, 2], env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } };
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'], options)
    : spawnSync('npm ci --no-audit --no-fund', { ...options, shell: true });
  if (done.status !== 0) give('npm ci failed; its message is above. Maskwright needs the npm registry once, to set itself up.');
  if (!existsSync(packagedNode())) {
    give('npm ci ended without the Node binary of the package "node". Allow that package\'s install script (npm config: ignore-scripts must be off) and run `npm ci` again.');
  }
}

/**
 * Makes node_modules complete, then sees to it that the script `entry` runs under the Node binary of
 * node_modules: better-sqlite3 and the sources need Node 24, the machine's own may be older.
 * Returns in that process; in any other it starts it, waits for its end, and does not return.
 */
export async function setUp(entry) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    give(`Maskwright needs Node ${oldestNode.join('.')} or newer to set itself up; this is Node ${process.versions.node}. Get a newer one at https://nodejs.org.`);
  }
  if (!dependenciesAreCurrent()) installDependencies();
  if (realpathSync(process.execPath) === realpathSync(packagedNode())) return;
  await runInstead(packagedNode(), [entry, ...process.argv.slice(2)]);
}

/** Runs a program in place of this one: same terminal, same signals, same exit code. */
function runInstead(program, args) {
  return new Promise(() => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // Ctrl+C reaches the child through the terminal itself; here it must only not end us first.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => give(`${program} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

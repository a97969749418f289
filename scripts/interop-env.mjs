/**
 * Makes the Python environment that the interop tests run other programs' own code in (test/interop/requirements.txt), in
 * .cache/interop: `node scripts/interop-env.mjs`. One that was made from the same list is kept. Where it cannot be made,
 * it says why on stderr and the tests that need it are skipped, so it never fails.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
const { removeFolderNow, renameNow } = await import('../src-main/files/move-and-remove.ts');

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'interop');
const list = join(root, 'test', 'interop', 'requirements.txt');
const wanted = createHash('sha256').update(readFileSync(list)).digest('hex');
const note = join(folder, 'made-from');

/** The oldest Python that all packages of the list have wheels for. */
const OLDEST = [3, 11];
const CANDIDATES = ['python3', join(homedir(), '.pyenv', 'shims', 'python3'), 'python3.13', 'python3.12', 'python3.11', '/usr/bin/python3', '/usr/local/bin/python3', 'python'];
const PROBE = 'import sys, venv, ensurepip; print(".".join(map(str, sys.version_info[:2])))';
const MOST_MINUTES = 4;

const skip = (why) => {
  process.stderr.write(`The interop tests are skipped: ${why}\n`);
  process.exit(0);
};

function findPython() {
  for (const python of CANDIDATES) {
    const { status, stdout } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8' });
    if (status !== 0) continue;
    const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
    if (major === OLDEST[0] && minor >= OLDEST[1]) return python;
  }
  return null;
}

if (existsSync(note) && readFileSync(note, 'utf8') === wanted) process.exit(0);
const python = findPython();
if (python === null) skip(`there is no Python ${OLDEST.join('.')} or newer with venv and ensurepip here.`);

const began = Date.now();
const making = `${folder}-${process.pid}`;
/** Null when it went well, else the end of what it said. */
function failure(program, args) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: MOST_MINUTES * 60_000 - (Date.now() - began) });
  if (status === 0) return null;
  return error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-3).join(' ');
}

process.stderr.write('Making the Python environment of the interop tests. This happens once for each list of packages.\n');
mkdirSync(join(root, '.cache'), { recursive: true });
removeFolderNow(folder);
// A virtual environment holds its own path, so it is made where it stays; the note that it is whole comes last.
const why =
  failure(python, ['-m', 'venv', folder]) ??
  // The list has every package, each at its version: nothing is resolved, and nothing is compiled.
  failure(join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--no-compile', '--requirement', list]);
if (why !== null) {
  removeFolderNow(folder);
  skip(`their Python environment could not be made (${why}).`);
}
writeFileSync(`${making}.note`, wanted);
renameNow(`${making}.note`, note);

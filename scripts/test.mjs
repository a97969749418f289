import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findOrInstallChrome, howToGetChrome } from './find-chrome.mjs';
import { setUp } from './setup.mjs';
import { root } from './setup/common.mjs';

await setUp(import.meta.filename);

const bin = (name, file) => join(root, 'node_modules', name, file);
const report = join(root, '.cache', 'test-report.json');

/** Runs one step under this Node and tells whether it went well; a step that fails does not keep the next from running. */
function step(title, script, args, env = {}) {
  process.stdout.write(`\n── ${title}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', (error) => {
      process.stderr.write(`${title}: ${error.message}\n`);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** The numbers of vitest's JSON report. A file that fails before its first test counts as one that failed. */
function count(wentWell) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')).length;
    const failed = numFailedTests + broken;
    return { passed: numPassedTests, failed: failed === 0 && !wentWell ? 1 : failed, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const steps = [];
const chrome = findOrInstallChrome();
if (chrome === null) process.stderr.write(`${howToGetChrome()}\nThe other tests run without it.\n`);

steps.push(await step('types', bin('typescript', 'bin/tsc'), ['-b']));
steps.push(await step('lint and dependency rules', bin('oxlint', 'bin/oxlint'), ['--deny-warnings']));
const built = await step('build', join(root, 'scripts', 'build.mjs'), []);
steps.push(built, chrome !== null);

mkdirSync(join(root, '.cache'), { recursive: true });
const { removeFileNow } = await import('../src-main/files/move-and-remove.ts');
removeFileNow(report);
const projects = chrome === null ? ['--project=unit', '--project=integration'] : [];
const vitest = await step(
  'tests',
  bin('vitest', 'vitest.mjs'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...projects, ...process.argv.slice(2)],
  // Child programs of the tests get the same Node; the machine's own may be older.
  { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`, ...(chrome === null ? {} : { CHROME_PATH: chrome }) },
);

const { passed, failed, skipped } = count(vitest);
const failures = failed + steps.filter((wentWell) => !wentWell).length;
if (steps.some((wentWell) => !wentWell)) process.stdout.write('\nTypes, lint, build and browser count as one test each where they failed; see above.\n');
process.stdout.write(`\n${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failures === 0 ? 0 : 1);

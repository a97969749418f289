import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { repository } from '../helpers/program.ts';
import { measureBigProject } from './big.ts';
import { measureCheckpoint } from './checkpoint.ts';
import { measureCocoPeer } from './coco-peer.ts';
import { measureDatasets } from './datasets.ts';
import { measureEdits } from './edits.ts';
import { measureEverything } from './everything.ts';
import { measureLaunch } from './launch.ts';
import type { LoopDelay, Row } from './measure.ts';
import { measureNearDuplicates } from './near-duplicates.ts';
import { measurePrecision } from './precision.ts';
import { measurePrompts } from './prompts.ts';
import { measureQuit } from './quit.ts';
import { measureRunLengths } from './run-lengths.ts';
import { measureWalking } from './walking.ts';

const BENCHES = { prompts: measurePrompts, edits: measureEdits, walking: measureWalking, big: measureBigProject, everything: measureEverything, checkpoint: measureCheckpoint, precision: measurePrecision, datasets: measureDatasets, 'near-duplicates': measureNearDuplicates, 'coco-peer': measureCocoPeer, 'run-lengths': measureRunLengths, launch: measureLaunch, quit: measureQuit } as const;
const load = loadavg()[0] ?? 0;
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'maskwright-bench-'));
const rows: Row[] = [];
try {
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    const { rows: measured, loopDelay } = await measure(folder);
    rows.push(...measured, ...(loopDelay === null ? [] : [loopRow(name, loopDelay)]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function loopRow(name: string, { maxMs, maxOwnMs }: LoopDelay): Row {
  const what = `Main's event loop blocked at most, during "${name}"`;
  return maxOwnMs === null
    ? { what, value: maxMs, unit: 'ms', baseline: 'waiting for a processor included', target: 50 }
    : { what: `${what}, not counting waits for a processor`, value: maxOwnMs, unit: 'ms', baseline: `${maxMs.toFixed(0)} ms with them (loop-delay histogram)`, target: 50 };
}

const text = (value: number): string => value.toFixed(Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0);
const bound = (target: number): string => (Number.isInteger(target) ? String(target) : text(target));
const verdict = (value: number | null, target: number | null): string => (target === null || value === null ? '' : value <= target ? 'yes' : '**no**');
const line = ({ what, value, unit, baseline, target }: Row): string =>
  `| ${what} | ${value === null ? 'n/a' : `${text(value)} ${unit}`} | ${baseline} | ${target === null ? '' : `≤ ${bound(target)} ${unit}`} | ${verdict(value, target)} |`;
const table = ['| measured | value | against, in the same run | target | reached |', '|---|---|---|---|---|', ...rows.map(line)].join('\n');
process.stdout.write(`${table}\n`);

// A partial run says something about its part only, so it does not replace the page.
if (wanted.length === 0) {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB memory, ${process.platform} ${process.arch}`;
  const page = `# Benchmarks

Written by \`npm run bench\` (\`test/bench/\`), on ${new Date().toISOString().slice(0, 10)}: ${machine}. Browser host, headless Chromium, the built-in model.
Times depend on the machine and on what else it does (load average at the start: ${load.toFixed(1)}), so each stands beside something measured in the same run.

${table}
`;
  mkdirSync(join(repository, 'docs'), { recursive: true });
  writeFileSync(join(repository, 'docs/benchmarks.md'), page);
}
if (rows.some(({ value, target }) => verdict(value, target) === '**no**')) process.exitCode = 1;

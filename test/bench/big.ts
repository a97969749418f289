import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { connectTo } from '../helpers/program.ts';
import { addition, makeBigProject } from './big-project.ts';
import { marks, nextMark, percentile, startBench } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const SIZE = { images: 100_000, instances: 200_000, classes: 20 };
const EDITS = 200;
/** An edit that an engine writes: main's loop delay of this session shows whether it goes on meanwhile. */
const MANY = 100_000;

/** A project far larger than the usual: how soon it can be looked at, and what an edit costs in it. */
export async function measureBigProject(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const path = existsSync(join(folder, 'big.mwproj')) ? join(folder, 'big.mwproj') : await makeBigProject(folder, SIZE);
  const bench = await startBench(folder, 'big', path);
  const { page, program } = bench;
  await nextMark(page, 'first-useful-paint', 0);
  const paint = (await marks(page, 'first-useful-paint'))[0]?.at ?? Number.NaN;
  // Again with the page loaded and the file in the system's cache: the pace of work.
  await page.reload();
  await nextMark(page, 'first-useful-paint', 0);
  const again = (await marks(page, 'first-useful-paint'))[0]?.at ?? Number.NaN;

  const contract = await connectTo(program.address);
  const { project } = await contract.call('project.open', { path });
  const round: number[] = [];
  const edits: number[] = [];
  const syncs: number[] = [];
  for (let i = 0; i < EDITS; i++) {
    round.push(await timed(() => contract.call('jobs.list', {})));
    edits.push(await timed(() => contract.call('project.edit', { project, label: 'Add instance', commands: [addition(i * 97, SIZE)] })));
    syncs.push(timeOfSync(folder));
  }
  for (let i = 0; i < EDITS; i++) await contract.call('project.undo', { project });
  const ids = Array.from({ length: MANY }, (_, i) => i + 1);
  const removal = await timed(() => contract.call('project.edit', { project, label: 'Delete instances', commands: [{ type: 'instance.remove', ids }] }));
  await contract.call('project.undo', { project });
  contract.close();
  const loopDelay = await bench.end();
  const call = percentile(round, 0.5);
  return {
    loopDelay,
    rows: [
      { what: 'Opening 100,000 images and 200,000 instances: first useful paint, page load included', value: paint, unit: 'ms', baseline: `${again.toFixed(0)} ms at the second load`, target: 1000 },
      { what: 'An edit there, from call to answer less an empty call, p50', value: percentile(edits, 0.5) - call, unit: 'ms', baseline: `empty call ${call.toFixed(2)} ms; a bare fsync of 4 kB ${percentile(syncs, 0.5).toFixed(2)} ms`, target: null },
      { what: 'An edit there, from call to answer less an empty call, p95', value: percentile(edits, 0.95) - call, unit: 'ms', baseline: `a bare fsync of 4 kB, p95 ${percentile(syncs, 0.95).toFixed(2)} ms`, target: 5 },
      { what: 'Deleting 100,000 instances there in one edit, from call to answer', value: removal, unit: 'ms', baseline: 'written by an engine', target: null },
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function timeOfSync(folder: string): number {
  const path = join(folder, 'sync.tmp');
  const file = openSync(path, 'w');
  writeSync(file, Buffer.alloc(4096));
  const began = performance.now();
  fsyncSync(file);
  const time = performance.now() - began;
  closeSync(file);
  rmSync(path);
  return time;
}

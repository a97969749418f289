import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { interopPython } from '../helpers/interop.ts';
import { repository } from '../helpers/program.ts';
import { writeCocoFile } from './datasets.ts';
import type { Row } from './measure.ts';
import { percentile } from './measure.ts';

const IMAGES = 10_000;
const ROUNDS = 3;
/** Limit, as a share of the time that pycocotools takes. */
const LIMIT = 0.7;
const WHAT = 'COCO in and out again as run lengths, 100,000 instances: of the time that pycocotools takes';

/** `maskwright convert`, with project, preflight and all, against pycocotools' load, annToRLE and dump in Python: by turns, on one file. */
export function measureCocoPeer(folder: string): Promise<{ rows: Row[]; loopDelay: null }> {
  if (interopPython === null) {
    return Promise.resolve({ rows: [{ what: WHAT, value: null, unit: '×', baseline: 'n/a: node scripts/interop-env.mjs makes the Python environment', target: LIMIT }], loopDelay: null });
  }
  const [file, home] = [join(folder, 'coco.json'), join(folder, 'home')];
  writeCocoFile(file, IMAGES);
  mkdirSync(home, { recursive: true });
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(seconds(process.execPath, [join(repository, 'dist/main/cli.js'), 'convert', file, join(folder, 'ours.json'), '--to', 'coco', '--overwrite'], home));
    theirs.push(seconds(interopPython, [join(import.meta.dirname, 'coco_in_and_out.py'), file, join(folder, 'theirs.json')], home));
  }
  const [a, b] = [percentile(ours, 0.5), percentile(theirs, 0.5)];
  return Promise.resolve({ rows: [{ what: WHAT, value: a / b, unit: '×', baseline: `${a.toFixed(1)} s, pycocotools ${b.toFixed(1)} s, median of ${ROUNDS} each by turns; ours also checks what comes in, stores it, and tells what would be lost`, target: LIMIT }], loopDelay: null });
}

/** Exit code 3 says that images were not found, which this file has none of. */
function seconds(program: string, args: readonly string[], home: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: home } });
  if (status !== 0 && status !== 3) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  return (performance.now() - began) / 1000;
}

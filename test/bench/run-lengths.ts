import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeCocoCounts, encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import type { Row } from './measure.ts';

const SIDE = 4096;
const ROUNDS = 15;

const InC = z.object({ turn: z.number(), encode: z.number(), decode: z.number(), turnBack: z.number(), compress: z.number(), decompress: z.number(), runs: z.int(), characters: z.int() });
type InC = z.infer<typeof InC>;

/** Masks of 4,096 × 4,096 pixels: an object with a ragged edge, a thousand objects in one, and a texture of tiny specks. */
const MASKS: Readonly<Record<string, () => Uint8Array>> = {
  'an object': () => drawn(1, 1500),
  'a thousand objects': () => drawn(1000, 60),
  'specks': () => drawn(60_000, 3),
};

function drawn(discs: number, radius: number): Uint8Array {
  const bitmap = new Uint8Array(SIDE * SIDE);
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  for (let disc = 0; disc < discs; disc++) {
    const [x, y] = discs === 1 ? [SIDE / 2, SIDE / 2] : [random() * SIDE, random() * SIDE];
    for (let row = Math.max(0, Math.ceil(y - radius)); row < Math.min(SIDE, y + radius); row++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (row - y) ** 2)) * (0.97 + 0.03 * random());
      bitmap.fill(1, row * SIDE + Math.max(0, Math.round(x - half)), row * SIDE + Math.max(0, Math.min(SIDE, Math.round(x + half))));
    }
  }
  return bitmap;
}

/**
 * Run lengths against the same algorithms in C, on the same bitmaps, best of several rounds. COCO's tools want bitmaps column
 * by column; ours are row by row, as pictures are, so the same work in C includes turning them. Both figures are told.
 */
export function measureRunLengths(folder: string): Promise<{ rows: Row[]; loopDelay: null }> {
  const program = compiled(folder);
  const rows: Row[] = [];
  for (const [name, make] of Object.entries(MASKS)) {
    const bitmap = make();
    const inC = program === null ? null : timesInC(program, folder, bitmap);
    const rle = rleFromBitmap(bitmap, SIDE, SIDE);
    const text = encodeCocoCounts(rle.counts);
    if (inC !== null && (inC.runs !== rle.counts.length || inC.characters !== text.length)) throw new Error(`C and ours differ on ${name}`);
    const encode = best(() => rleFromBitmap(bitmap, SIDE, SIDE));
    const compress = best(() => encodeCocoCounts(rle.counts));
    const decompress = best(() => decodeCocoCounts(text));
    const decode = best(() => rleToBitmap(rle));
    const of = `${name} of 4,096 × 4,096 (${rle.counts.length} runs)`;
    rows.push(
      row(`Bitmap to COCO’s text: ${of}`, encode + compress, inC && { turning: inC.turn, runs: inC.encode, text: inC.compress }, encode, compress),
      row(`COCO’s text to bitmap: ${of}`, decompress + decode, inC && { turning: inC.turnBack, runs: inC.decode, text: inC.decompress }, decode, decompress),
    );
  }
  return Promise.resolve({ rows, loopDelay: null });
}

const ratio = (ours: number, theirs: number): string => (ours / theirs).toFixed(2);

/** @param runs milliseconds that ours takes between bitmap and run lengths, of `value`; `text` the rest */
function row(what: string, value: number, inC: { turning: number; runs: number; text: number } | null, runs: number, text: number): Row {
  if (inC === null) return { what, value, unit: 'ms', baseline: 'n/a: no C compiler here', target: null };
  const all = inC.turning + inC.runs + inC.text;
  const baseline = `C: ${all.toFixed(1)} ms, of which ${inC.turning.toFixed(1)} turn rows into columns or back; ours takes ${ratio(value, all)} times as long, without that turning ${ratio(value, inC.runs + inC.text)} (run lengths ${ratio(runs, inC.runs)}, text ${ratio(text, inC.text)})`;
  return { what, value, unit: 'ms', baseline, target: all };
}

function best(work: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/** Null where there is no C compiler. */
function compiled(folder: string): string | null {
  const program = join(folder, 'run-lengths');
  try {
    execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'run-lengths.c')], { stdio: 'ignore' });
    return program;
  } catch {
    return null;
  }
}

function timesInC(program: string, folder: string, bitmap: Uint8Array): InC {
  const file = join(folder, 'bitmap');
  writeFileSync(file, bitmap);
  return InC.parse(JSON.parse(execFileSync(program, [file, String(SIDE), String(SIDE), String(ROUNDS)], { encoding: 'utf8' })));
}

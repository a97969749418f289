import { createHash } from 'node:crypto';
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { rleArea, rleBox, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import type { DatasetFormat, ReadBack } from '../../src-main/datasets/formats/format.ts';
import { factsOf } from '../../src-main/datasets/source.ts';
import type { DatasetInstance, SizedImage } from '../../src-main/datasets/source.ts';
import type { MemorySource } from './dataset-source.ts';

/** Readers of the formats by their rules alone, in Python with its own modules (test/oracles). */
const scripts = join(import.meta.dirname, '../oracles');
/** The one on the PATH may be another than the system's, for which distributions package modules. */
const CANDIDATES = ['python3', '/usr/bin/python3', 'python'];

/** A Python that runs this, or null. */
export function pythonThat(runs: string): string | null {
  return CANDIDATES.find((python) => {
    try {
      execFileSync(python, ['-c', runs], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }) ?? null;
}

/** What an oracle finds in each data set of a folder. Fails with the rule that does not hold. */
export async function askOracle<Found>(python: string, name: string, folder: string): Promise<Found> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' };
  return JSON.parse((await promisify(execFile)(python, [join(scripts, `${name}.py`), folder], { env, maxBuffer: 1 << 29 })).stdout) as Found;
}

/** A mask as oracles print it. */
export function digest(rle: Rle): { mask: string; area: number; bbox: number[] } {
  const [height, width] = rle.size;
  const rows = rleToBitmap(rle);
  const columns = Uint8Array.from(rows, (_, i) => rows[(i % height) * width + Math.floor(i / height)] ?? 0);
  const { x, y, width: w, height: h } = rleBox(rle);
  return { mask: createHash('sha256').update(columns).digest('hex'), area: rleArea(rle), bbox: [x, y, w, h] };
}

export interface Expected {
  readonly instance: DatasetInstance;
  readonly image: SizedImage;
  readonly back: ReadBack;
}

/** What the preflight says that a reader gets, of all that is written. */
export function expected(source: MemorySource, format: DatasetFormat, options: unknown): Expected[] {
  const facts = factsOf(source);
  return source.pictures.flatMap((picture) => {
    const image = picture as SizedImage;
    const all = source.instances(image.id).toSorted((a, b) => a.z - b.z || a.id - b.id);
    const together = format.readBackImage?.(all, image, options, facts);
    return all.flatMap((instance, i) => {
      if (instance.class === null && format.takesUnlabelled !== true) return [];
      try {
        const back = together?.[i] ?? format.readBack?.(instance, image, options, facts);
        return back === undefined || (rleArea(back.mask) === 0 && back.written !== true) ? [] : [{ instance, image, back }];
      } catch (error) {
        if (error instanceof MaskwrightError) return [];
        throw error;
      }
    });
  });
}

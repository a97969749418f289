import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Precision } from '../../src-shared/contract/models.ts';
import { comparisonThroughEngines } from '../../src-main/core/model-comparison.ts';
import { resources } from '../../src-main/core/places.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { readUserModel } from '../../src-main/models/user-models.ts';
import { repository } from '../helpers/program.ts';
import { livelySam } from '../fixtures/lively-sam.ts';
import { writeTorchFile } from '../fixtures/torch-file.ts';
import { IMPORT_MEMORY, Imported, VIT_B, encodeNoise, startEngine } from './checkpoint.ts';
import type { Row } from './measure.ts';

const MEGABYTE = 1e6;
const PHOTOGRAPHS = 20;
const photographs = join(repository, '../shared/photos/bsds500/holdout');

const PRECISIONS = ['fp32', 'fp16', 'int8'] as const satisfies readonly Precision[];
const RUNS = 3;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

interface Made {
  readonly model: InstalledModel;
  readonly bytes: number;
  readonly importBytes: number | null;
}

const peak = (precision: string, value: number | null | undefined): Row => ({ what: `Import as ${precision}: peak memory of the process`, value: value ?? null, unit: 'MB', baseline: value === null ? 'n/a: not told by this system' : 'twice the largest tensor and 300 MB', target: IMPORT_MEMORY });

/** ViT-B with random weights at each precision: size, speed, and how far the masks of int8 are from those of fp32. */
export async function measurePrecision(folder: string): Promise<{ rows: Row[]; loopDelay: null }> {
  const checkpoint = join(folder, 'lively-vit-b.pth');
  writeTorchFile(checkpoint, { tensors: livelySam(VIT_B) });
  const made: Made[] = [];
  for (const precision of PRECISIONS) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'import-process.ts'), checkpoint, folder, precision]);
    const { id, peakBytes } = Imported.parse(JSON.parse(stdout));
    const model = await readUserModel(folder, id);
    made.push({ model, bytes: model.entry.files.reduce((sum, file) => sum + file.bytes, 0), importBytes: peakBytes });
  }
  const [whole = 0, ...smaller] = await encoderTimes(made, folder);
  const [bytes = 0, ...less] = made.map((one) => one.bytes);
  const [, halfPeak, int8Peak] = made.map(({ importBytes }) => (importBytes === null ? null : importBytes / MEGABYTE));
  const time = (i: number, target: number): Row => ({ what: `ViT-B’s encoder as ${PRECISIONS[i + 1]}: of the time of fp32`, value: (smaller[i] ?? NaN) / whole, unit: '×', baseline: `${seconds(smaller[i] ?? NaN)}, fp32 ${seconds(whole)}; taking turns, best of ${RUNS}`, target });
  const size = (i: number, target: number): Row => ({ what: `ViT-B’s files as ${PRECISIONS[i + 1]}: of the size of fp32`, value: (less[i] ?? NaN) / bytes, unit: '×', baseline: `${Math.round((less[i] ?? NaN) / MEGABYTE)} MB, fp32 ${Math.round(bytes / MEGABYTE)} MB`, target });
  return {
    // Half floats are cast when the graph is opened, so what runs is the same; the tenth is for the machine.
    rows: [time(1, 1 / 1.5), time(0, 1.1), size(1, 0.3), size(0, 0.51), peak('fp16', halfPeak), peak('int8', int8Peak), await disagreement(checkpoint, folder)],
    loopDelay: null,
  };
}

/** The best runs in milliseconds. The models take turns, so that what else the machine does falls on all of them. */
async function encoderTimes(made: readonly Made[], folder: string): Promise<number[]> {
  const engines = made.map(({ model }) => startEngine(model, folder));
  try {
    const times = engines.map((): number[] => []);
    for (let run = 0; run <= RUNS; run++) {
      for (const [i, engine] of engines.entries()) {
        const ms = await encodeNoise(engine, `picture ${run}`);
        // The first run pays for allocations.
        if (run > 0) times[i]?.push(ms);
      }
    }
    return times.map((ms) => Math.min(...ms));
  } finally {
    await Promise.all(engines.map((engine) => engine.stop()));
  }
}

/** Masks of random weights mean nothing and follow every rounding, so trained ones agree better. */
async function disagreement(checkpoint: string, folder: string): Promise<Row> {
  const row = { what: `Masks of int8 on ${PHOTOGRAPHS} photographs, ViT-B with random weights: 100 % − mean IoU with those of fp32`, unit: '%', target: 3 };
  if (!existsSync(photographs)) return { ...row, value: null, baseline: 'n/a: the photographs are not there' };
  // Embeddings are cached there.
  process.env['MASKWRIGHT_HOME'] = folder;
  const pictures = readdirSync(photographs).filter((name) => name.endsWith('.jpg')).toSorted().map((name) => join(photographs, name));
  const { entry } = await importCheckpoint(checkpoint, folder, {
    signal: new AbortController().signal,
    onProgress: () => {},
    precision: 'int8',
    compare: comparisonThroughEngines(pictures, resources(), folder, PHOTOGRAPHS),
  });
  const { agreement } = entry;
  return { ...row, value: agreement === null ? null : 100 * (1 - agreement.iou), baseline: `${(agreement?.pictures ?? 0) * 16} clicks, the best candidate of each` };
}

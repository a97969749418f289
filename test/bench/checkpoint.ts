import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { threads } from '../../src-main/engines/sam-sessions.ts';
import { EncodeResult, LoadResult, PredictPreview } from '../../src-main/engines/sam-messages.ts';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { readUserModel } from '../../src-main/models/user-models.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { pythonWithTorch, runTorch } from '../helpers/torch.ts';
import { percentile } from './measure.ts';
import { peakMemory } from './peak-memory.ts';
import type { Row } from './measure.ts';

export const VIT_B = { width: 768, depth: 12, heads: 12, grid: 64, window: 14, globals: [2, 5, 8, 11] };
const FRAME = 1024;
const RUNS = 3;
const CLICKS = 30;
const MEGABYTE = 1e6;
/** Twice ViT-B's largest tensor, the absolute positions, and 300 MB. */
export const IMPORT_MEMORY = 300 + (2 * 64 * 64 * 768 * 4) / MEGABYTE;

const UNTOLD = 'n/a: this system does not tell it';

export const Imported = z.object({ id: z.string(), ms: z.number(), peakBytes: z.number().nullable() });
const Torch = z.object({ ms: z.array(z.number()), peakBytes: z.number(), version: z.string() });

/** A checkpoint of ViT-B's size with random weights: its import, and its encoder beside the same network in PyTorch. */
export async function measureCheckpoint(folder: string): Promise<{ rows: Row[]; loopDelay: null }> {
  const checkpoint = join(folder, 'vit-b.pth');
  writeTorchFile(checkpoint, { tensors: randomSam(VIT_B) });
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'import-process.ts'), checkpoint, folder]);
  const imported = Imported.parse(JSON.parse(stdout));
  const rows: Row[] = [
    { what: 'Import of a checkpoint of ViT-B’s size (375 MB)', value: imported.ms / 1000, unit: 's', baseline: 'random weights, fp32', target: 60 },
    { what: 'The same: peak memory of the process', value: imported.peakBytes === null ? null : imported.peakBytes / MEGABYTE, unit: 'MB', baseline: imported.peakBytes === null ? UNTOLD : 'target: twice the largest tensor and 300 MB', target: IMPORT_MEMORY },
  ];
  const python = pythonWithTorch();
  const torch = python === null ? null : Torch.parse(JSON.parse(await runTorch(python, 'time_encoder.py', [checkpoint, String(RUNS)], threads())));
  const ours = await measureModel(await readUserModel(folder, imported.id), folder);
  const [encoderMs, torchMs] = [percentile(ours.encoder, 0.5), torch === null ? null : percentile(torch.ms, 0.5)];
  rows.push(
    { what: `Its encoder, ${threads()} threads: of the time that PyTorch takes for the same network`, value: torchMs === null ? null : encoderMs / torchMs, unit: '×', baseline: torchMs === null ? `${seconds(encoderMs)}; ${NONE}` : `${seconds(encoderMs)}, PyTorch ${torch?.version} ${seconds(torchMs)}, median of ${RUNS} each`, target: 1 / 1.3 },
    { what: 'The same: peak memory of the process, of PyTorch’s', value: torch === null || ours.peakBytes === null ? null : ours.peakBytes / torch.peakBytes, unit: '×', baseline: ours.peakBytes === null ? UNTOLD : torch === null ? `${megabytes(ours.peakBytes)}; ${NONE}` : `${megabytes(ours.peakBytes)}, PyTorch ${megabytes(torch.peakBytes)}`, target: 0.6 },
    { what: 'Its decoder, p50', value: percentile(ours.decoder, 0.5), unit: 'ms', baseline: `p95 ${percentile(ours.decoder, 0.95).toFixed(0)} ms; ${CLICKS} clicks`, target: 60 },
  );
  return { rows, loopDelay: null };
}

const NONE = 'n/a: no Python with PyTorch here';
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;

interface Measured {
  /** Milliseconds of each run after the first. */
  readonly encoder: number[];
  readonly decoder: number[];
  readonly peakBytes: number | null;
}

/** The program's own engine, with nothing else in it, on the CPU; `folder` takes what it keeps. */
export function startEngine({ entry, folder: at, hash }: InstalledModel, folder: string): EngineSupervisor {
  const load = { entry, folder: at, hash, providers: ['cpu'], avoid: {}, cacheFolder: join(folder, 'embeddings'), cacheQuota: 0, memoryQuota: 1e8, findingsFile: join(folder, 'findings.json') };
  return new EngineSupervisor({ name: 'SAM', node: process.execPath, entry: join(import.meta.dirname, '../../src-main/engines/sam.ts'), setup: () => ({ method: 'load', params: load }), onEvent: () => {} });
}

/** Milliseconds of an encoder's run. */
export async function encodeNoise(engine: EngineSupervisor, key: string): Promise<number> {
  const rgb = randomFillSync(new Uint8Array(FRAME * FRAME * 3));
  return EncodeResult.parse(await engine.request('encode', { key, rgb, inputWidth: FRAME, inputHeight: FRAME })).encoderMs;
}

async function measureModel(model: InstalledModel, folder: string): Promise<Measured> {
  const engine = startEngine(model, folder);
  try {
    const { lowRes } = LoadResult.parse(await engine.request('model', null));
    const encoder: number[] = [];
    for (let run = 0; run <= RUNS; run++) encoder.push(await encodeNoise(engine, `picture ${run}`));
    const frame = { lowRes, frame: FRAME, inputWidth: FRAME, inputHeight: FRAME, imageWidth: FRAME, imageHeight: FRAME };
    const decoder: number[] = [];
    for (let click = 0; click <= CLICKS; click++) {
      const onProgress = (value: unknown): unknown => decoder.push(PredictPreview.parse(value).decoderMs);
      await engine.request('predict', { key: `picture ${RUNS}`, frame, points: [{ x: 20 + 30 * click, y: 500, label: 1 }], box: null, mask: null, multimask: true }, { onProgress });
    }
    return { encoder: encoder.slice(1), decoder: decoder.slice(1), peakBytes: peakMemory(engine.pid) };
  } finally {
    await engine.stop();
  }
}

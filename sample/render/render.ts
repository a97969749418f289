import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { PLANES, denoise, develop } from './film.ts';
import { HEIGHT, WIDTH } from './scene.ts';
import { scenes } from './scenes/index.ts';
import { buildWorld } from './trace.ts';
import { describeTruth } from './truth.ts';
import type { TrueInstance } from './truth.ts';
import type { Work } from './worker.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(import.meta.dirname, '..') }, samples: { type: 'string', default: '24' }, scale: { type: 'string', default: '1' }, threads: { type: 'string', default: String(availableParallelism()) } },
});

await mkdir(values.out, { recursive: true });
const truthPath = join(values.out, 'truth.json');
const truth: Record<string, TrueInstance[]> = JSON.parse(await readFile(truthPath, 'utf8').catch(() => '{}'));
for (const scene of scenes) {
  if (positionals.length > 0 && !positionals.includes(scene.name)) continue;
  const began = Date.now();
  const width = Math.round(WIDTH * Number(values.scale));
  const height = Math.round(HEIGHT * Number(values.scale));
  const n = width * height;
  const work: Work = {
    scene: scene.name, width, height, samples: Number(values.samples),
    planes: new SharedArrayBuffer(n * PLANES * 4), instances: new SharedArrayBuffer(n * 2), nextRow: new SharedArrayBuffer(4),
  };
  await Promise.all(Array.from({ length: Number(values.threads) }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: work });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  })));
  const traced = Date.now();
  const light = denoise(new Float32Array(work.planes), width, height, 3);
  const pixels = develop(light, width, height, scene.exposure, scene.seed);
  const path = join(values.out, `${scene.name}.jpg`);
  await sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 88, chromaSubsampling: '4:4:4', mozjpeg: true }).toFile(path);
  truth[`${scene.name}.jpg`] = describeTruth(new Int16Array(work.instances), width, height, buildWorld(scene).instances);
  await writeFile(truthPath, `${JSON.stringify(truth, null, 1)}\n`);
  process.stdout.write(`${path}  traced ${((traced - began) / 1000).toFixed(1)} s, developed ${((Date.now() - traced) / 1000).toFixed(1)} s\n`);
}

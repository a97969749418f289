import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Job } from '../../src-shared/contract/types.ts';
import { fileImage, startHeadless } from '../../src-main/core/headless.ts';
import { resources } from '../../src-main/core/places.ts';
import { installedModel, readCatalogue } from '../../src-main/models/catalogue.ts';
import { connectTo, engineProcesses, repository, startProgram } from '../helpers/program.ts';
import { measurePieces, NAIVE_EVERY, OPTIONS } from './everything-pieces.ts';
import type { LoopDelay, Row } from './measure.ts';

const PHOTO = { width: 1224, height: 816 };
const LARGE = { width: 4000, height: 4000 };
const never = new AbortController().signal;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Everything mode: how long it takes, what takes how long, and what memory it needs. */
export async function measureEverything(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const pictures = join(folder, 'everything');
  mkdirSync(pictures, { recursive: true });
  const paths = await Promise.all([PHOTO, LARGE].map(async ({ width, height }, i) => {
    const path = join(pictures, `${i}.jpg`);
    await sharp(join(repository, 'sample/01-fruit.jpg')).resize(width, height, { fit: 'fill' }).jpeg({ quality: 90 }).toFile(path);
    return path;
  }));
  const speed = await measureSpeed(paths[0] ?? '', join(folder, 'everything-home'));
  const { rows, loopDelay } = await measureMemory(pictures, join(folder, 'everything-program'), join(folder, 'everything-loop-delay.json'));
  return { rows: [...speed, ...rows], loopDelay };
}

async function measureSpeed(path: string, home: string): Promise<Row[]> {
  mkdirSync(home, { recursive: true });
  const found = resources(repository);
  const model = installedModel(await readCatalogue(found.models), found.models);
  const { predictor, stop } = await startHeadless(model, found, home);
  try {
    const image = fileImage(path);
    await predictor.start();
    const began = performance.now();
    const { values } = await predictor.embedding(image, never);
    const encoding = performance.now() - began;
    const start = performance.now();
    const points = OPTIONS.points_per_side ** 2;
    const masks = await predictor.automatic(image, OPTIONS, { signal: never, onProgress: () => {} });
    const whole = performance.now() - start;

    const pieces = await measurePieces(model, PHOTO, new Float32Array(values.slice().buffer), home);
    if (pieces.masks.length !== masks.length) throw new Error(`everything mode found ${masks.length} masks through the engine, and ${pieces.masks.length} in pieces`);
    const { share, imagePart, promptPart, maskPart, masksMade, judging, rest, naive, naiveDecoder } = pieces;
    const transport = Math.max(0, whole - imagePart - promptPart - maskPart - judging - rest);
    return [
      {
        what: 'Everything mode, 32 × 32 points, 1 megapixel: time against the naive way, embedding there',
        value: 100 * share,
        unit: '%',
        baseline: `both on every ${NAIVE_EVERY}th point, by turns, with the same masks; all points the naive way would take ${seconds(naive)}: decoder ${seconds(naiveDecoder)}, scoring at full size the rest`,
        target: 50,
      },
      {
        what: 'The same through the program, in all',
        value: (encoding + whole) / 1000,
        unit: 's',
        baseline: `encoding ${seconds(encoding)}; decoder: its part that is the same for all points ${imagePart.toFixed(0)} ms, its predicted IoUs ${seconds(promptPart)}, its masks where one is wanted (${masksMade} of ${points} points) ${seconds(maskPart)}; filters ${seconds(judging)}, between the processes and trying the parts ${seconds(transport)}, suppression and run lengths ${seconds(rest)}; ${masks.length} masks`,
        target: null,
      },
    ];
  } finally {
    await stop();
  }
}

const what = (name: string): string => `Everything mode, 32 × 32 points, 16 megapixels: memory at most above what it was before, ${name}`;

/** As the window does it: candidates with loose thresholds, of a large picture. */
async function measureMemory(pictures: string, home: string, delays: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const program = await startProgram({ home, open: pictures, env: { MASKWRIGHT_LOOP_DELAY: delays } });
  const rows: Row[] = [];
  try {
    const contract = await connectTo(program.address);
    const jobs = new Map<string, Job>();
    contract.on('job', (job) => jobs.set(job.job, job));
    const ended = async (id: string): Promise<void> => {
      while ((jobs.get(id)?.state ?? 'running') === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const { project } = await contract.call('project.open', { path: pictures });
    await ended((await contract.call('project.addFolder', { project, path: pictures })).job);
    const { ids } = await contract.call('images.ids', { project, filter: {} });
    const [, image = NaN] = new Uint32Array(ids.slice().buffer);
    await contract.call('images.open', { project, image });
    // The model is loaded, and the engines have done what they do once.
    await contract.call('sam.predict', { project, image, prompt: { points: [{ x: 100, y: 100, label: 1 }], box: null, previous: null, multimask: true } });
    const [engine] = engineProcesses(program, 'sam');
    const before = { main: memory(program.process.pid), sam: memory(engine) };
    const start = performance.now();
    await ended((await contract.call('automatic.start', { project, image, options: {} })).job);
    const took = performance.now() - start;
    const after = { main: memory(program.process.pid), sam: memory(engine) };
    const { candidates } = await contract.call('automatic.candidates', { project, image });
    const bytes = (candidates ?? []).reduce((sum, { counts }) => sum + counts.length, 0);
    rows.push(
      { what: what('main'), value: (after.main.most - before.main.now) / 1e6, unit: 'MB', baseline: `${(before.main.now / 1e6).toFixed(0)} MB before; ${candidates?.length ?? 0} candidates of ${(bytes / 1e6).toFixed(1)} MB in ${seconds(took)}; their bitmaps would be ${((candidates?.length ?? 0) * 0.016).toFixed(0)} GB`, target: 256 },
      { what: what('sam engine'), value: (after.sam.most - before.sam.now) / 1e6, unit: 'MB', baseline: `${(before.sam.now / 1e6).toFixed(0)} MB before`, target: 256 },
    );
    contract.close();
  } finally {
    await program.stop();
  }
  return { rows, loopDelay: JSON.parse(readFileSync(delays, 'utf8')) as LoopDelay };
}

/** Resident bytes now and at most, from /proc, so on Linux only. */
function memory(pid: number | undefined): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  return { now: kilobytes('VmRSS'), most: kilobytes('VmHWM') };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../src-renderer/state/transport.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { Desktop } from '../electron/desktop.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { connectTo, startProgram } from '../helpers/program.ts';
import { makeBigProject } from './big-project.ts';
import { VIT_B } from './checkpoint.ts';
import { nextMark } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const TARGET_MS = 2000;
const BIG = { images: 100_000, instances: 200_000, classes: 20 };
/** Into a run of ViT-B's encoder, which takes seconds. */
const INTO_RUN_MS = 500;

/** How long the program takes to end, from Ctrl+C to the end of its process, whatever it is at. */
export async function measureQuit(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay | null }> {
  const home = join(folder, 'quit');
  mkdirSync(home, { recursive: true });
  const big = await makeBigProject(home, BIG);
  const checkpoint = join(home, 'vit-b.pth');
  writeTorchFile(checkpoint, { tensors: randomSam(VIT_B) });

  const dataset = join(home, 'exported.json');
  const works: [what: string, begin: (contract: Connection) => Promise<unknown>][] = [
    ['with the sample open', (contract) => contract.call('project.openSample', {})],
    ['during a run of an encoder of ViT-B’s size', async (contract) => {
      const { project } = await contract.call('project.openSample', {});
      const ended = jobEnds(contract, 'model-import');
      await contract.call('models.import', { paths: [checkpoint], precision: 'fp32' });
      await ended;
      const { models } = await contract.call('models.list', {});
      const model = models.find(({ state, builtIn }) => state === 'installed' && !builtIn);
      if (model === undefined) throw new Error('the checkpoint was not imported');
      await contract.call('models.choose', { project, model: model.id });
      const { ids } = await contract.call('images.ids', { project, filter: {} });
      const image = new Uint32Array(ids.slice().buffer)[0] ?? 0;
      await untilReady(contract, project);
      await contract.call('images.prepare', { project, image, ahead: [] });
      await later(INTO_RUN_MS);
    }],
    ['during everything mode on all images', async (contract) => {
      const { project } = await contract.call('project.openSample', {});
      const works = jobWorks(contract);
      await contract.call('automatic.label', { project, labeling: { options: { points_per_side: 32 }, model: null, class: 'thing', all: true } });
      await works;
    }],
    ['during an export of 200,000 instances', async (contract) => {
      const { project } = await contract.call('project.open', { path: big });
      const works = jobWorks(contract);
      await contract.call('export.start', { project, format: 'coco', out: dataset, images: 'all', options: {}, overwrite: true, snapshot: null, manifest: true });
      await works;
    }],
  ];
  const rows: Row[] = [];
  for (const [what, begin] of works) rows.push(row(`Quitting ${what}, browser host`, await endOfHost(join(home, 'data'), begin)));
  rows.push(row('Quitting with the sample open, desktop shell on the stand-in', await endOfDesktop(join(home, 'window'))));
  return { rows, loopDelay: null };
}

const row = (what: string, value: number): Row => ({ what, value, unit: 'ms', baseline: 'until the process has ended, and its engines', target: TARGET_MS });

async function endOfHost(home: string, begin: (contract: Connection) => Promise<unknown>): Promise<number> {
  const program = await startProgram({ home });
  const contract = await connectTo(program.address);
  await begin(contract);
  const began = performance.now();
  await program.stop();
  const time = performance.now() - began;
  contract.close();
  return time;
}

async function endOfDesktop(home: string): Promise<number> {
  const desktop = new Desktop({ home });
  try {
    await nextMark(await desktop.page(), 'image-shown', 0);
    const began = performance.now();
    await desktop.quit();
    return performance.now() - began;
  } finally {
    await desktop.stop();
  }
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function jobWhere(contract: Connection, is: (job: Job) => boolean): Promise<Job> {
  return new Promise((resolve) => {
    const stop = contract.on('job', (job) => {
      if (!is(job)) return;
      stop();
      resolve(job);
    });
  });
}

const jobWorks = (contract: Connection): Promise<Job> => jobWhere(contract, ({ state, done }) => state === 'running' && done > 0);
const jobEnds = (contract: Connection, kind: Job['kind']): Promise<Job> => jobWhere(contract, (job) => job.kind === kind && job.state !== 'running');

async function untilReady(contract: Connection, project: string): Promise<void> {
  while ((await contract.call('sam.status', { project })).state !== 'ready') await later(50);
}

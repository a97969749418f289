import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { checkDataset } from '../../src-main/datasets/check/check-dataset.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { exportDataset } from '../../src-main/datasets/export-dataset.ts';
import { checkedOptions } from '../../src-main/datasets/formats/parts/describe-options.ts';
import { planSplits } from '../../src-main/datasets/splits/plan-splits.ts';
import { datasetStatistics } from '../../src-main/datasets/statistics.ts';
import { createProjectFile } from '../../src-main/projects/create-project.ts';
import { prepareImport } from '../../src-main/projects/import/import-dataset.ts';
import { ProjectSnapshot } from '../../src-main/projects/snapshot.ts';
import { takeStep, writeFromOutside } from '../../src-main/projects/step.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { checkedRules, usualRules } from '../../src-shared/contract/check.ts';
import { unpackIds } from '../../src-shared/domain/packed-ids.ts';
import { peakMemory } from './peak-memory.ts';

/**
 * A process of its own for one import, export, count, check or split as the datasets engine makes it, so that its peak memory is that:
 * import DATASET PROJECT, export PROJECT OUT, statistics PROJECT, check PROJECT, or split PROJECT. Prints milliseconds, those of a processor at work, peak memory, and bytes written or read.
 */
const [way, from = '', to = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const pixels = (): Promise<never> => Promise.reject(new Error('COCO needs no pixels'));
/** The files have no images, which is said and nothing more. */
const problem = (item: string, { code, message }: Problem): void => {
  if (code !== 'image-missing') throw new Error(`${item} was left out: ${message}`);
};
const notLookedAt = (item: string): never => {
  throw new Error(`${item} was not looked at`);
};
const began = performance.now();
const cpuBefore = process.cpuUsage();
if (way === 'import') await importDataset();
else if (way === 'statistics') await countProject();
else if (way === 'check') await checkProject();
else if (way === 'split') await splitProject();
else await exportProject();
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(cpuBefore);
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: peakMemory(process.pid), bytes: statSync(way === 'export' ? to : from).size }));

async function importDataset(): Promise<void> {
  createProjectFile(to, 'bench');
  const prepared = await prepareImport(to, from, coco, [], { signal, problem, note: () => undefined, progress: () => undefined, look: () => Promise.reject(new Error('there are no pictures')) });
  prepared.write(randomUUID());
  prepared.close();
}

async function exportProject(): Promise<void> {
  const source = new ProjectSnapshot(from, from);
  await exportDataset(source, coco, { out: to, images: 'all', options: checkedOptions(coco, {}), overwrite: true }, { signal, problem, progress: () => undefined, pixels, jpeg: pixels });
  source.close();
}

async function countProject(): Promise<void> {
  const source = new ProjectSnapshot(from, from);
  const { problemCount } = await datasetStatistics(source);
  if (problemCount > 0) throw new Error(`${problemCount} were not counted`);
  source.close();
}

async function checkProject(): Promise<void> {
  const source = new ProjectSnapshot(from, from);
  await checkDataset(source, checkedRules(usualRules()), { signal, progress: () => undefined, found: () => undefined, notLookedAt, hash: pixels, nearDuplicates: pixels });
  source.close();
}

/** By class, and written as one step of undo. */
async function splitProject(): Promise<void> {
  const source = new ProjectSnapshot(from, from);
  const parts = [{ name: 'train', share: 0.8 }, { name: 'val', share: 0.1 }, { name: 'test', share: 0.1 }];
  const { changes } = await planSplits(source, { parts, seed: 1, stratify: true, groups: { folder: false, duplicates: false, pattern: null }, again: false }, null);
  source.close();
  writeFromOutside(from, randomUUID(), (tables) => void takeStep(tables, 'Split images', changes.map(({ split, ids }) => ({ type: 'image.split', ids: unpackIds(ids), split }))));
}

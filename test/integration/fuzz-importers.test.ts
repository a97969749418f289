import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sampleFolder } from '../../src-main/datasets/formats/codecs/folder-sample.ts';
import type { DatasetSink } from '../../src-main/datasets/formats/format.ts';
import { Staging } from '../../src-main/projects/import/staging.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { SEEDS } from '../fixtures/fuzz-seeds.ts';
import type { Seed } from '../fixtures/fuzz-seeds.ts';
import { putFiles } from '../helpers/formats.ts';
import { MemorySink } from '../helpers/memory-sink.ts';
import { mutated, mutatedBytes, seeded } from '../helpers/mutations.ts';

const root = mkdtempSync(join(tmpdir(), 'maskwright-fuzz-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const RUNS = Number(process.env['MASKWRIGHT_FUZZ'] ?? 200);
const FIRST = Number(process.env['MASKWRIGHT_FUZZ_FROM'] ?? 1);

/** What a reader tells goes to the staging, as in an import, and to what refuses calls that its contract forbids. */
class Both implements DatasetSink {
  readonly strict = new MemorySink();
  readonly problems: Problem[] = [];
  readonly staging = new Staging(':memory:', (_, problem) => this.problems.push(problem), () => undefined);

  class(...entry: Parameters<DatasetSink['class']>): void {
    this.strict.class(...entry);
    this.staging.class(...entry);
  }
  image(...entry: Parameters<DatasetSink['image']>): void {
    this.strict.image(...entry);
    this.staging.image(...entry);
  }
  instance(...entry: Parameters<DatasetSink['instance']>): void {
    this.strict.instance(...entry);
    this.staging.instance(...entry);
  }
  extras(...entry: Parameters<DatasetSink['extras']>): void {
    this.strict.extras(...entry);
    this.staging.extras(...entry);
  }
  problem(item: string, problem: Problem): void {
    this.staging.problem(item, problem);
  }
  note(text: string): void {
    this.staging.note(text);
  }
}

/** Imports the dataset in `folder` with one file changed. */
async function imported({ format, files, path }: Seed, folder: string, seed: number): Promise<Both> {
  const random = seeded(seed);
  const names = Object.keys(files);
  const changed = names[Math.floor(random() * names.length)] ?? '';
  const content = files[changed] ?? '';
  putFiles(folder, { [changed]: content instanceof Uint8Array ? mutatedBytes(content, random) : mutated(typeof content === 'string' ? content : JSON.stringify(content), random) });
  const sink = new Both();
  try {
    const dataset = join(folder, path ?? '');
    await format.recognise(dataset);
    await format.resembles?.(await sampleFolder(folder));
    await format.read?.(dataset, sink, { signal: new AbortController().signal, progress: () => undefined, encoding: null, predictions: seed % 2 === 0, sizeOf: () => Promise.resolve({ width: 12, height: 8 }) });
    for (const image of sink.staging.allImages()) if (image.width === null || image.height === null) sink.staging.measure(image, 12, 8);
    return sink;
  } finally {
    sink.staging.discard();
    putFiles(folder, { [changed]: content });
  }
}

test.each(SEEDS)('$name as it is comes in without a word of what is wrong', async ({ files, ...seed }) => {
  const folder = putFiles(mkdtempSync(join(root, 'whole-')), files);
  const sink = new Both();
  await seed.format.read?.(join(folder, seed.path ?? ''), sink, { signal: new AbortController().signal, progress: () => undefined, encoding: null, sizeOf: () => Promise.resolve({ width: 12, height: 8 }) });
  expect((await seed.format.recognise(join(folder, seed.path ?? ''))) || (await seed.format.resembles?.(await sampleFolder(folder)))).toBe(true);
  expect(sink.strict.instances.length).toBeGreaterThan(1);
  expect(sink.problems.filter(({ message }) => !/not shown|predictions but no annotations/.test(message))).toEqual([]);
  sink.staging.discard();
});

/** What is wrong with how an import ended; null when it came in, or was refused in words. */
function faultOf(outcome: unknown): string | null {
  if (outcome instanceof Both) return outcome.problems.find(({ code, message }) => code === 'internal' || !/\S.*\.$/su.test(message))?.message ?? null;
  if (outcome instanceof MaskwrightError) return outcome.code === 'internal' ? outcome.message : null;
  return outcome instanceof Error ? String(outcome.stack) : String(outcome);
}

test.each(SEEDS)(`$name, changed anywhere, comes in or is refused in words (${RUNS} times)`, async (seed) => {
  const folder = putFiles(mkdtempSync(join(root, 'changed-')), seed.files);
  const faults: { readonly run: number; readonly fault: string }[] = [];
  for (let run = FIRST; run < FIRST + RUNS; run++) {
    const fault = faultOf(await imported(seed, folder, run).catch((error: unknown) => error));
    // With MASKWRIGHT_FUZZ_FROM it is repeated.
    if (fault !== null) faults.push({ run, fault });
  }
  expect(faults).toEqual([]);
}, 60_000 + RUNS * 200);

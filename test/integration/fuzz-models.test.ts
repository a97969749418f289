import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { InspectResult } from '../../src-main/engines/sam-messages.ts';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { openCheckpoint } from '../../src-main/models/import/checkpoint/checkpoint.ts';
import { checkPixelBuffers } from '../../src-main/models/import/checkpoint/pixel-buffers.ts';
import { graphFiles } from '../../src-main/models/import/graph-files.ts';
import { samDecoder } from '../../src-main/models/import/sam-decoder.ts';
import { samEncoder } from '../../src-main/models/import/sam-encoder.ts';
import { readLayout } from '../../src-main/models/import/sam-layout.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ErrorCode } from '../../src-shared/contract/errors.ts';
import { checkpointSeeds, writeCheckpoint } from '../fixtures/checkpoint-seeds.ts';
import type { CheckpointSeed } from '../fixtures/checkpoint-seeds.ts';
import { bytesOf, officialGraphs, sam2Graphs } from '../fixtures/family-graphs.ts';
import { onnxWithData } from '../fixtures/onnx.ts';
import { mutated, mutatedBytes, seeded } from '../helpers/mutations.ts';

const RUNS = Number(process.env['MASKWRIGHT_FUZZ'] ?? 200);
const FIRST = Number(process.env['MASKWRIGHT_FUZZ_FROM'] ?? 1);
/** Far above what small models take on a busy machine; the supervisor kills an engine that takes longer. */
const TIMEOUT_MS = 60_000;
/** Resident, of this process, above what it was before: one description and one tensor of a checkpoint are in memory at a time. */
const MOST_MEMORY = 512e6;
/** Larger tensors are read by the same code. */
const MOST_READ = 5_000;
/** Safetensors files begin with their header's length. */
const LENGTH = 8;

const folder = mkdtempSync(join(tmpdir(), 'maskwright-fuzz-models-'));
const deaths: string[] = [];
const engine = new EngineSupervisor({ name: 'SAM', node: process.execPath, entry: fileURLToPath(new URL('../../src-main/engines/sam.ts', import.meta.url)), policy: { firstMs: 1 }, onEvent: ({ kind, message }) => void (kind === 'died' && deaths.push(message)) });
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SEEDS = checkpointSeeds();

/** Anywhere; or in the ZIP's list of contents, which is a small part of it; or in the values of the JSON. */
function damaged({ content, zeros }: CheckpointSeed, run: number): Uint8Array {
  const random = seeded(run);
  if (run % 2 === 0) return mutatedBytes(content, random);
  if (zeros === 0) {
    const end = content.length - 600;
    return Buffer.concat([content.subarray(0, end), mutatedBytes(content.subarray(end), random)]);
  }
  const header = Buffer.from(mutated(content.toString('utf8', LENGTH), random));
  return Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer), header]);
}

/** As an import does it, but for the large tensors and for what is written. */
async function looksInto(path: string): Promise<void> {
  await using checkpoint = await openCheckpoint(path);
  const { layout } = readLayout(checkpoint);
  await checkPixelBuffers(checkpoint);
  samEncoder(checkpoint, layout);
  samDecoder(checkpoint, layout);
  for (const [name, shape] of checkpoint.shapes) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (count > MOST_READ) continue;
    // One after the other, as an import reads them.
    const values = await checkpoint.read(name);
    if (values.length !== count) throw new Error(`"${name}" has ${values.length} numbers where its shape has ${count}`);
  }
}

/** What is wrong with how it ended; null when it came in, or was refused in words that say what is wrong with the file. */
async function faultOf(work: Promise<unknown>, sensible: readonly ErrorCode[]): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof MaskwrightError)) return error instanceof Error ? String(error.stack) : String(error);
    return sensible.includes(error.code) && /\S.*\.$/su.test(error.message) ? null : `${error.code}: ${error.message}`;
  }
}

test.each(SEEDS)('$name as it is can be read', async ({ content, zeros }) => {
  const path = join(folder, 'whole');
  writeCheckpoint(path, content, zeros);
  await looksInto(path);
});

test.each(SEEDS)(`$name, damaged anywhere, is read or refused in words (${RUNS} times)`, async (seed) => {
  const path = join(folder, 'damaged');
  const before = process.memoryUsage().rss;
  const faults: { readonly run: number; readonly fault: string }[] = [];
  let most = 0;
  for (let run = FIRST; run < FIRST + RUNS; run++) {
    writeCheckpoint(path, damaged(seed, run), seed.zeros);
    const fault = await faultOf(looksInto(path), ['model-invalid']);
    // With MASKWRIGHT_FUZZ_FROM it is repeated.
    if (fault !== null) faults.push({ run, fault });
    most = Math.max(most, process.memoryUsage.rss());
  }
  expect(faults).toEqual([]);
  expect(most - before).toBeLessThan(MOST_MEMORY);
}, 60_000 + RUNS * 200);

/** Files of a model by name, its encoder and its decoder first: one of the two is damaged. */
type Graphs = Readonly<Record<string, Uint8Array>>;

const withData = async (): Promise<Graphs> => {
  const { encoder, decoder } = officialGraphs();
  const { graph, data } = await onnxWithData(decoder, 'weights');
  return { 'encoder.onnx': bytesOf({ encoder, decoder }).encoder, 'decoder.onnx': graph, weights: data };
};
const named = ({ encoder, decoder }: ReturnType<typeof bytesOf>): Graphs => ({ 'encoder.onnx': encoder, 'decoder.onnx': decoder });
const GRAPHS: readonly { readonly name: string; readonly files: Graphs }[] = [
  { name: 'SAM with its weights beside it', files: await withData() },
  { name: 'SAM 2', files: named(bytesOf(sam2Graphs())) },
];

/** As an import does it, but for the copies. */
async function opens(paths: readonly string[]): Promise<InspectResult> {
  const graphs = await Promise.all(paths.map(graphFiles));
  const params = { graphs: graphs.map(({ name, path, external }) => ({ name, path, external: external.map((file) => ({ location: file.location, path: file.path })) })), inputSize: 64 };
  return InspectResult.parse(await engine.request('inspect', params, { timeoutMs: TIMEOUT_MS }));
}

test.each(GRAPHS)(`$name as ONNX, damaged anywhere, opens or is refused in words (${RUNS} times)`, async ({ files }) => {
  const paths = ['encoder.onnx', 'decoder.onnx'].map((name) => join(folder, name));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  expect(await opens(paths)).toMatchObject({ encoder: 0, decoder: 1 });
  deaths.length = 0;
  const faults: { readonly run: number; readonly fault: string }[] = [];
  for (let run = FIRST; run < FIRST + RUNS; run++) {
    const name = run % 2 === 0 ? 'encoder.onnx' : 'decoder.onnx';
    const whole = files[name] ?? new Uint8Array();
    writeFileSync(join(folder, name), mutatedBytes(whole, seeded(run)));
    const fault = await faultOf(opens(paths), ['model-invalid', 'model-missing', 'bad-request']);
    if (fault !== null) faults.push({ run, fault });
    writeFileSync(join(folder, name), whole);
  }
  expect(faults).toEqual([]);
  expect(deaths).toEqual([]);
}, 60_000 + RUNS * 500);

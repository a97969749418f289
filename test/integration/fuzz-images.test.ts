import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EncodedPicture, FingerprintResults, ModelInput, PROBE_BATCH, ProbeResults } from '../../src-main/engines/images-api.ts';
import type { ProbeResult } from '../../src-main/engines/images-api.ts';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { imageSeeds } from '../fixtures/image-seeds.ts';
import type { ImageSeed } from '../fixtures/image-seeds.ts';
import { mutatedBytes, seeded } from '../helpers/mutations.ts';

const RUNS = Number(process.env['MASKWRIGHT_FUZZ'] ?? 200);
const FIRST = Number(process.env['MASKWRIGHT_FUZZ_FROM'] ?? 1);
/** Far above what small images take on a busy machine; the supervisor kills an engine that takes longer. */
const TIMEOUT_MS = 60_000;
/** Resident, of the engine: its cache of decoded images, and the largest image that it takes, decoded twice. */
const MOST_MEMORY = 480e6 + 2 * 600e6;
const FRAME = 64;

/** Codes that say what is wrong with a file. */
const SENSIBLE = new Set<Problem['code']>(['image-unreadable', 'image-empty', 'image-truncated', 'image-too-large', 'image-format']);

const seeds = await imageSeeds();
let folder = '';
const deaths: string[] = [];
const engine = new EngineSupervisor({ name: 'images', node: process.execPath, entry: fileURLToPath(new URL('../../src-main/engines/images.ts', import.meta.url)), policy: { firstMs: 1 }, onEvent: ({ kind, message }) => void (kind === 'died' && deaths.push(message)) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-fuzz-images-'));
});
afterAll(async () => {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly run: number;
  readonly path: string;
}

interface Fault {
  readonly run: number;
  readonly fault: string;
}

/** Every other PNG gets the checksums of what became of it, or nothing behind them would be reached. */
function damaged({ content }: ImageSeed, run: number): Uint8Array {
  const bytes = mutatedBytes(content, seeded(run));
  return run % 2 === 0 && content.toString('latin1', 1, 4) === 'PNG' ? withChecksums(Buffer.from(bytes)) : bytes;
}

function withChecksums(png: Buffer): Buffer {
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    if (end + 4 > png.length) break;
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return png;
}

const faultOf = ({ code, message }: Problem): string | null => (SENSIBLE.has(code) && /\S.*\.$/su.test(message) ? null : `${code}: ${message}`);

const ask = (method: string, params: unknown): Promise<unknown> => engine.request(method, params, { timeoutMs: TIMEOUT_MS });

/** What a method makes of a file, as main reads it; what it throws other than a sentence about the file is a fault. */
async function made<Made>(method: string, params: object, schema: { parse(value: unknown): Made }, faults: string[]): Promise<Made | null> {
  try {
    return schema.parse(await ask(method, params));
  } catch (error) {
    const fault = error instanceof MaskwrightError ? faultOf(error.toProblem()) : String(error);
    if (fault !== null) faults.push(`${method}: ${fault}`);
    return null;
  }
}

/** All that is made of one file, held against what was said of it. */
async function faultsOf(path: string, { image }: ProbeResult): Promise<string[]> {
  const faults: string[] = [];
  const [thumbnail, base, tile, input] = await Promise.all([
    made('thumbnail', { path }, EncodedPicture, faults),
    made('base', { path }, EncodedPicture, faults),
    made('tile', { path, level: 0, column: 0, row: 0 }, EncodedPicture, faults),
    made('modelInput', { path, frame: FRAME }, ModelInput, faults),
  ]);
  if (image === null && (thumbnail ?? base ?? tile ?? input) !== null) faults.push('it was decoded, though its header could not be read');
  if (image !== null && input !== null && (input.width !== image.width || input.height !== image.height)) faults.push(`it is said to have ${image.width} × ${image.height} pixels, but has ${input.width} × ${input.height}`);
  if (input !== null && input.rgb.length !== input.inputWidth * input.inputHeight * 3) faults.push('its model input is not of the size that is said');
  return faults;
}

async function faultsIn(batch: readonly Run[]): Promise<Fault[]> {
  const paths = batch.map(({ path }) => path);
  const probed = ProbeResults.parse(await ask('probe', { paths }));
  const printed = FingerprintResults.parse(await ask('fingerprint', { paths }));
  const found = await Promise.all(batch.map(async ({ run, path }, i) => {
    const [probe, print] = [probed[i], printed[i]];
    if (probe === undefined || print === undefined) return [{ run, fault: 'it was passed over' }];
    const problems = [probe.problem, 'problem' in print ? print.problem : null].flatMap((problem) => (problem === null ? [] : (faultOf(problem) ?? [])));
    return [...problems, ...(await faultsOf(path, probe))].map((fault) => ({ run, fault }));
  }));
  return found.flat();
}

test.each(seeds)('$name as it is decodes', async ({ name, content }) => {
  const path = join(folder, name);
  await writeFile(path, content);
  const [probe] = ProbeResults.parse(await ask('probe', { paths: [path] }));
  expect(probe).toMatchObject({ image: { width: 24, height: 16 }, problem: null });
  expect(await made('modelInput', { path, frame: FRAME }, ModelInput, [])).toMatchObject({ width: 24, height: 16 });
});

test.each(seeds)(`$name, damaged anywhere, decodes at the size it says or is refused by name ($share × ${RUNS} times)`, async (seed) => {
  const faults: Fault[] = [];
  deaths.length = 0;
  const end = FIRST + Math.ceil(RUNS * seed.share);
  for (let from = FIRST; from < end; from += PROBE_BATCH) {
    const batch = Array.from({ length: Math.min(PROBE_BATCH, end - from) }, (_, i) => ({ run: from + i, path: join(folder, `${seed.name} ${i}`) }));
    await Promise.all(batch.map(({ run, path }) => writeFile(path, damaged(seed, run))));
    // With MASKWRIGHT_FUZZ_FROM it is repeated.
    faults.push(...(await faultsIn(batch)));
  }
  expect(faults).toEqual([]);
  expect(deaths).toEqual([]);
}, 60_000 + RUNS * 300);

test.skipIf(process.platform !== 'linux')('all of that takes no more memory than the largest image', () => {
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]) * 1024;
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(MOST_MEMORY);
});

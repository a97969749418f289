import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unpackZip } from '../../src-main/zip/unpack-zip.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { storedZip } from '../fixtures/torch-file.ts';
import { zipOf } from '../fixtures/zip-writer.ts';
import { mutatedBytes, seeded } from '../helpers/mutations.ts';

const RUNS = Number(process.env['MASKWRIGHT_FUZZ'] ?? 200);
const FIRST = Number(process.env['MASKWRIGHT_FUZZ_FROM'] ?? 1);
/** Resident, of this process, above what it was before: a small entry is in memory as a whole, packed and unpacked. */
const MOST_MEMORY = 256e6;

const root = mkdtempSync(join(tmpdir(), 'maskwright-fuzz-zip-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What goes in, by name. */
const FILES = { 'images/a.txt': 'a'.repeat(300), 'images/b.txt': 'stored as it is', 'c.txt': '0123456789'.repeat(40), '../d.txt': 'd' } as const;
const SEEDS = [
  { name: 'A ZIP', zip: zipOf(Object.entries(FILES).map(([name, data], i) => ({ name, data, method: i === 1 ? 0 : 8 }))), unpacked: 3 },
  // Its checksums are 0, as those of its empty files.
  { name: 'A ZIP with ZIP64 records', zip: storedZip([['images/a.txt', Buffer.alloc(0)], ['c.txt', Buffer.alloc(0)]], true), unpacked: 2 },
];
const CONTENTS = new Set<string>(['', ...Object.values(FILES)]);

interface Outcome {
  readonly files: readonly string[];
  readonly fault: string | null;
}

async function unpacked(zip: Uint8Array): Promise<Outcome> {
  const outer = mkdtempSync(join(root, 'run-'));
  const [archive, into] = [join(outer, 'damaged.zip'), join(outer, 'in')];
  mkdirSync(into);
  writeFileSync(archive, zip);
  const told: string[] = [];
  const run = { signal: new AbortController().signal, progress: () => undefined, problem: (_: string, { code, message }: { code: string; message: string }) => void (code === 'dataset-invalid' || told.push(`${code}: ${message}`)) };
  let thrown: unknown = null;
  try {
    await unpackZip(archive, into, run);
  } catch (error) {
    thrown = error;
  }
  const found = readdirSync(into, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const beside = readdirSync(outer).filter((name) => name !== 'in' && name !== 'damaged.zip');
  const fault = faultOf(thrown)
    ?? told[0]
    ?? (beside.length > 0 ? `${beside.join(', ')} was written outside of the folder` : null)
    ?? (found.some((entry) => !entry.isFile() && !entry.isDirectory()) ? 'something was made that is neither file nor folder' : null)
    ?? (files.every((file) => CONTENTS.has(readFileSync(file, 'latin1'))) ? null : 'what came out never went in');
  rmSync(outer, { recursive: true });
  return { files, fault };
}

function faultOf(thrown: unknown): string | null {
  if (thrown === null) return null;
  if (!(thrown instanceof MaskwrightError)) return thrown instanceof Error ? String(thrown.stack) : JSON.stringify(thrown);
  return ['dataset-invalid', 'too-large', 'disk-full'].includes(thrown.code) && thrown.message.endsWith('.') ? null : `${thrown.code}: ${thrown.message}`;
}

test.each(SEEDS)('$name as it is comes out', async ({ zip, unpacked: count }) => {
  const { files, fault } = await unpacked(zip);
  expect(fault).toBeNull();
  expect(files).toHaveLength(count);
});

test.each(SEEDS)(`$name, damaged anywhere, gives only what went in, or is refused in words (${RUNS} times)`, async ({ zip }) => {
  const before = process.memoryUsage().rss;
  const faults: { readonly run: number; readonly fault: string }[] = [];
  let most = 0;
  for (let run = FIRST; run < FIRST + RUNS; run++) {
    const { fault } = await unpacked(mutatedBytes(zip, seeded(run)));
    // With MASKWRIGHT_FUZZ_FROM it is repeated.
    if (fault !== null) faults.push({ run, fault });
    most = Math.max(most, process.memoryUsage.rss());
  }
  expect(faults).toEqual([]);
  expect(most - before).toBeLessThan(MOST_MEMORY);
}, 60_000 + RUNS * 200);

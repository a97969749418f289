import { isUtf8 } from 'node:buffer';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { writeFolder } from '../../src-main/datasets/atomic-folder.ts';
import type { DatasetFormat, ReadRun, WriteRun, WriteSummary } from '../../src-main/datasets/formats/format.ts';
import type { DatasetSource } from '../../src-main/datasets/source.ts';
import { labelSamples } from '../../src-main/engines/datasets-labels.ts';
import { jpegOf } from '../../src-main/engines/datasets-pictures.ts';
import { MemorySink } from './memory-sink.ts';

const signal = new AbortController().signal;

const unknownSize: ReadRun['sizeOf'] = () => Promise.resolve(null);

/** What a reader tells of a file or folder. Pictures are only looked for with a `sizeOf`; else their sizes must be in the data set. */
export async function readWith(format: DatasetFormat, path: string, sizeOf = unknownSize, more: Partial<ReadRun> = {}): Promise<MemorySink> {
  const sink = new MemorySink();
  await format.read?.(path, sink, { signal, progress: () => undefined, encoding: null, sizeOf, labelsOf: labelSamples, ...more });
  return sink;
}

export interface Written extends WriteSummary {
  readonly told: readonly { readonly item: string; readonly problem: Problem }[];
}

const noPixels = (): Promise<never> => Promise.reject(new Error('this format needs no pixels'));

/** Writes into a new folder, also what is one file. */
export async function writeWith(format: DatasetFormat, source: DatasetSource, folder: string, options: object = {}, pixels: WriteRun['pixels'] = noPixels): Promise<Written> {
  const told: { item: string; problem: Problem }[] = [];
  const summary = await writeFolder(folder, true, async (out) => format.write?.(source, 'all', out, format.options.parse(options), { signal, progress: () => undefined, problem: (item, problem) => told.push({ item, problem }), pixels, jpeg: jpegOf }));
  if (summary === undefined) throw new Error(`${format.id} is not written`);
  return { ...summary, told };
}

/** The texts of a folder's files by their path in it; of pictures the bytes. */
export function textsIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(names.map((name) => {
    const bytes = readFileSync(name);
    return [name.slice(folder.length + 1), bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')];
  }));
}

export interface RoundTrip {
  readonly first: Written;
  readonly firstFiles: Record<string, string>;
  readonly sink: MemorySink;
  readonly secondFiles: Record<string, string>;
}

/** Written, read, and written again from what was read. */
export async function roundTrip(format: DatasetFormat, source: DatasetSource, options: object = {}, sizeOf = unknownSize): Promise<RoundTrip> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-format-'));
  try {
    const first = await writeWith(format, source, join(folder, 'first'), options);
    const firstFiles = textsIn(join(folder, 'first'));
    const sink = await readWith(format, format.form === 'folder' ? join(folder, 'first') : join(folder, 'first', Object.keys(firstFiles)[0] ?? ''), sizeOf);
    await writeWith(format, sink.source(), join(folder, 'second'), options);
    return { first, firstFiles, sink, secondFiles: textsIn(join(folder, 'second')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes files below a folder, which is given back: text, bytes, or anything else as JSON. */
export function putFiles(folder: string, files: Readonly<Record<string, string | Uint8Array | object>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return folder;
}

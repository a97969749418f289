import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { cannotRead } from '../../../zip/zip-file.ts';
import { MOST_DIMENSIONS } from './pickle.ts';
import type { ElementType, PickleValue } from './pickle.ts';
import type { WeightsFile } from './tensors.ts';

const LENGTH = 8;
/** As the format's own reader: more is damage or means harm. */
const LONGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

/** A map, because the file names the type: an object has a "constructor", too. */
const ELEMENTS: ReadonlyMap<string, readonly [type: ElementType, bytes: number]> = new Map([
  ['F64', ['float64', 8]], ['F32', ['float32', 4]], ['F16', ['float16', 2]], ['BF16', ['bfloat16', 2]],
  ['I64', ['int64', 8]], ['I32', ['int32', 4]], ['I16', ['int16', 2]], ['I8', ['int8', 1]], ['U8', ['uint8', 1]], ['BOOL', ['bool', 1]],
]);

const count = z.int().nonnegative();
const Entry = z.strictObject({ dtype: z.string().max(40), shape: z.array(count).max(MOST_DIMENSIONS), data_offsets: z.tuple([count, count]) });
const Header = z.record(z.string(), z.unknown());

/**
 * A safetensors file: the length of a header, the header in JSON with each tensor's type, shape and place, the numbers. As
 * the format demands, they must fill the rest of the file without gaps or overlaps (README of huggingface/safetensors).
 * Throws 'not-found', 'no-access' or 'io' when it cannot be read, 'model-invalid' naming what is wrong.
 */
export async function openSafetensors(path: string): Promise<WeightsFile> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw cannotRead(path, cause);
  });
  try {
    const { size } = await file.stat();
    const length = size < LENGTH ? NaN : Number((await read(file, 0, LENGTH, path)).readBigUInt64LE(0));
    if (!(length <= LONGEST_HEADER)) throw invalid(path, 'its header is impossibly long');
    if (LENGTH + length > size) throw invalid(path, 'it is cut off in its header', 'Download it again');
    const start = LENGTH + length;
    const root = tensorsOf(headerOf(await read(file, LENGTH, length, path), path), size - start, path);
    return { path, root, read: (_, from, bytes) => read(file, start + from, bytes, path), [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function headerOf(bytes: Buffer, path: string): [string, z.infer<typeof Entry>][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new MaskwrightError('model-invalid', invalid(path, 'its header is no JSON').message, path, { cause });
  }
  const header = Header.safeParse(parsed);
  if (!header.success) throw invalid(path, 'its header lists no tensors');
  return Object.entries(header.data).filter(([name]) => name !== METADATA).map(([name, value]) => {
    const entry = Entry.safeParse(value);
    if (!entry.success) throw invalid(path, `its header describes the tensor "${name.slice(0, 200)}" in a way that cannot be understood`);
    return [name, entry.data];
  });
}

/** @param available bytes after the header */
function tensorsOf(entries: [string, z.infer<typeof Entry>][], available: number, path: string): Map<PickleValue, PickleValue> {
  const root = new Map<PickleValue, PickleValue>();
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of entries.toSorted(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])) {
    const [type, bytes] = ELEMENTS.get(dtype) ?? [];
    // Types of a few bits, which no weights of Segment Anything have, say nothing about the others.
    if (type === undefined || bytes === undefined) throw invalid(path, `the tensor "${name}" is of the type ${dtype}, which is not read`, 'Save the model with 16-bit or 32-bit floats');
    const elements = shape.reduce((a, b) => a * b, 1);
    if (to - from !== elements * bytes) throw invalid(path, `the tensor "${name}" has ${to - from} bytes where ${shape.join(' × ')} numbers of ${dtype} take ${elements * bytes}`);
    if (from !== end) throw invalid(path, `the tensor "${name}" ${from < end ? 'lies over another one' : 'does not begin where the one before ends'}`);
    end = to;
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    root.set(name, { kind: 'tensor', storage: { kind: 'storage', type, key: '', length: available / bytes }, offset: from / bytes, shape, strides });
  }
  if (end > available) throw invalid(path, `it is cut off: ${available.toLocaleString('en')} of ${end.toLocaleString('en')} bytes of numbers are there`, 'Download it again');
  if (end < available) throw invalid(path, 'it has more bytes than its header tells of');
  return root;
}

async function read(file: FileHandle, from: number, length: number, path: string): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(buffer, at, length - at, from + at);
    if (bytesRead === 0) throw invalid(path, 'it is cut off', 'Download it again');
    at += bytesRead;
  }
  return buffer;
}

const invalid = (path: string, why: string, whatToDo = 'Get the file again, or choose another checkpoint'): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be read as safetensors: ${why}. ${whatToDo}.`, path);

import { MaskwrightError } from '../../../src-shared/contract/errors.ts';

/**
 * Reads of an ONNX model (onnx/onnx.proto; protobuf wire format) which files its weights lie in beside it
 * (onnx/docs/ExternalData.md). Weights inside are passed over, so neither memory nor time follows their size.
 */

/** Bytes to look into anywhere. */
export interface ByteSource {
  readonly size: number;
  /** At most `length` bytes from `at`; fewer only at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

export const sourceOf = (bytes: Uint8Array): ByteSource => ({ size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) });

/** A file that a graph wants, as it names it, and how many bytes of it the graph reads from its beginning. */
export interface ExternalFile {
  readonly location: string;
  readonly bytes: number;
}

type Kind = 'model' | 'training' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor' | 'entry';

/** Fields by number that lead to tensors, of the message of each kind. */
const INSIDE: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
};
const DATA_LOCATION = 14;
const EXTERNAL = 1n;
const [KEY, VALUE] = [1, 2];

const WINDOW = 64 * 1024;
/** A tag and a length or a number: two varints of at most ten bytes. */
const HEADER = 20;
/** Graphs inside graphs; those of people have one or two. */
const DEEPEST = 64;
const LONGEST_TEXT = 4096;
const MOST_FILES = 10_000;

interface TensorData {
  external: boolean;
  readonly entries: Map<string, string>;
}

/** Throws 'model-invalid' naming `name` for what is not ONNX, and what the source throws. */
export async function externalFiles(source: ByteSource, name: string): Promise<ExternalFile[]> {
  const files = new Map<string, number>();
  const scanner = new Scanner(source, name, (tensor) => {
    if (!tensor.external) return;
    const location = tensor.entries.get('location') ?? scanner.damaged('a weight is said to lie in another file, but not in which');
    const end = count(tensor, 'offset', scanner) + count(tensor, 'length', scanner);
    files.set(location, Math.max(end, files.get(location) ?? 0));
    if (files.size > MOST_FILES) scanner.damaged(`its weights lie in more than ${MOST_FILES} files`);
  });
  await scanner.model();
  return [...files].map(([location, bytes]) => ({ location, bytes }));
}

function count({ entries }: TensorData, key: string, scanner: Scanner): number {
  const text = entries.get(key) ?? '0';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return Number.isNaN(value) ? scanner.damaged(`the ${key} of a weight in another file is "${text.slice(0, 40)}"`) : value;
}

class Scanner {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #onTensor: (tensor: TensorData) => void;
  #window: Uint8Array = new Uint8Array();
  #windowAt = 0;
  #graphs = 0;

  constructor(source: ByteSource, name: string, onTensor: (tensor: TensorData) => void) {
    this.#source = source;
    this.#name = name;
    this.#onTensor = onTensor;
  }

  async model(): Promise<void> {
    await this.#message('model', 0, this.#source.size, 0, null);
    if (this.#graphs === 0) this.damaged('it holds no graph');
  }

  damaged(what: string): never {
    throw new MaskwrightError('model-invalid', `"${this.#name}" is no ONNX model, or damaged: ${what}. Get the file again or choose another one.`, this.#name);
  }

  /** `tensor`: the one that this message is, or is an entry of. */
  async #message(kind: Kind, from: number, to: number, depth: number, tensor: TensorData | null): Promise<void> {
    if (depth > DEEPEST) this.damaged(`its graphs lie in one another more than ${DEEPEST} deep`);
    if (kind === 'graph') this.#graphs++;
    const own: TensorData | null = kind === 'tensor' ? { external: false, entries: new Map() } : tensor;
    const texts = ['', ''];
    for (let at = from; at < to; ) {
      const tag = await this.#varint(at, to);
      const field = Number(tag.value >> 3n);
      const wire = Number(tag.value & 7n);
      at = tag.end;
      if (wire === 0) {
        const { value, end } = await this.#varint(at, to);
        if (kind === 'tensor' && field === DATA_LOCATION && own !== null) own.external = value === EXTERNAL;
        at = end;
      } else if (wire === 2) {
        const { value, end } = await this.#varint(at, to);
        const last = end + Number(value);
        if (last > to) this.damaged(`a part of it is ${value} bytes long, where ${to - end} are left`);
        const inner = INSIDE[kind][field];
        if (inner !== undefined) await this.#message(inner, end, last, depth + 1, own);
        else if (kind === 'entry' && (field === KEY || field === VALUE)) texts[field - 1] = await this.#text(end, last);
        at = last;
      } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
      else this.damaged(`byte ${at} is not of its format`);
      if (at > to) this.damaged('it ends in the middle');
    }
    if (kind === 'tensor' && own !== null) this.#onTensor(own);
    if (kind === 'entry') tensor?.entries.set(texts[0] ?? '', texts[1] ?? '');
  }

  async #text(from: number, to: number): Promise<string> {
    if (to - from > LONGEST_TEXT) this.damaged(`the name of a file is ${to - from} bytes long`);
    return new TextDecoder().decode(await this.#source.read(from, to - from));
  }

  async #varint(at: number, to: number): Promise<{ value: bigint; end: number }> {
    const held = at - this.#windowAt;
    if (held < 0 || held + HEADER > this.#window.length) {
      this.#window = await this.#source.read(at, WINDOW);
      this.#windowAt = at;
    }
    let value = 0n;
    for (let i = 0; i < 10 && at + i < to; i++) {
      const byte = this.#window[at - this.#windowAt + i];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return { value: BigInt.asUintN(64, value), end: at + i + 1 };
    }
    return this.damaged('it ends in the middle');
  }
}

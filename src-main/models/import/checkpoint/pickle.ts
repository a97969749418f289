import { basename } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { isHarmless, isYolo } from './pickle-names.ts';

/** Element types of PyTorch's storages, by the name of the storage's class in the module `torch`. */
const STORAGES = {
  FloatStorage: 'float32', HalfStorage: 'float16', BFloat16Storage: 'bfloat16', DoubleStorage: 'float64',
  LongStorage: 'int64', IntStorage: 'int32', ShortStorage: 'int16', CharStorage: 'int8', ByteStorage: 'uint8', BoolStorage: 'bool',
} as const;
export type ElementType = (typeof STORAGES)[keyof typeof STORAGES];

/** A block of numbers in the file, shared by the tensors that lie in it. */
export interface TorchStorage {
  readonly kind: 'storage';
  readonly type: ElementType;
  /** Name of its entry in the container. */
  readonly key: string;
  /** In elements. */
  readonly length: number;
}

/** How a tensor lies in its storage; offset and strides in elements. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What a checkpoint may name. A name stands for nothing but itself here: no code is behind it. */
interface Name {
  readonly kind: 'name';
  readonly what: 'rebuild-tensor' | 'rebuild-parameter' | 'dictionary' | 'passed-over' | ElementType;
}

/** A thing that says nothing about weights, such as a device or the arguments of a training run: its parts were read and dropped. */
interface PassedOver {
  readonly kind: 'passed-over';
}

export type PickleValue = null | boolean | number | bigint | string | Name | PassedOver | TorchStorage | TorchTensor | PickleValue[] | Map<PickleValue, PickleValue>;

const NAMES: ReadonlyMap<string, Name['what']> = new Map<string, Name['what']>([
  ['torch._utils._rebuild_tensor_v2', 'rebuild-tensor'],
  ['torch._utils._rebuild_parameter', 'rebuild-parameter'],
  ['torch._utils._rebuild_parameter_with_state', 'rebuild-parameter'],
  ['collections.OrderedDict', 'dictionary'],
  ...Object.entries(STORAGES).map(([name, type]): [string, ElementType] => [`torch.${name}`, type]),
]);

export const MOST_DIMENSIONS = 16;

/**
 * What a checkpoint's `data.pkl` describes, read with the few instructions of Python's pickle (protocol 2) that
 * describing tensors takes; source: CPython, Lib/pickletools.py, and torch/serialization.py for persistent ids.
 * A pickle is a program that can name any function of Python. This reader executes nothing: it knows the names of NAMES,
 * passes over those of things beside the weights that are known to be data (isHarmless), and refuses any other by its name. Throws 'model-invalid'; `item` is the checkpoint's path.
 */
export function readPickle(bytes: Uint8Array, item: string): PickleValue {
  return new PickleReader(bytes, item).read();
}

class PickleReader {
  readonly #bytes: Buffer;
  readonly #item: string;
  #at = 0;
  #stack: PickleValue[] = [];
  /** The stacks below each mark. */
  readonly #below: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, item: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#item = item;
  }

  read(): PickleValue {
    for (;;) {
      const code = this.#byte();
      if (code === 0x2e) return this.#pop();
      this.#step(String.fromCharCode(code), code);
    }
  }

  #step(letter: string, code: number): void {
    switch (letter) {
      case '\x80': if (this.#byte() > 2) this.#refuse('it was saved with another pickle protocol than 2', 'Save it again with torch.save(…) as it is by default'); return;
      case '(': this.#below.push(this.#stack); this.#stack = []; return;
      case 'N': return this.#push(null);
      case '\x88': return this.#push(true);
      case '\x89': return this.#push(false);
      case 'K': return this.#push(this.#byte());
      case 'M': return this.#push(this.#take(2).readUInt16LE());
      case 'J': return this.#push(this.#take(4).readInt32LE());
      case 'G': return this.#push(this.#take(8).readDoubleBE());
      case '\x8a': return this.#push(littleEndian(this.#take(this.#byte())));
      case 'X': return this.#push(this.#take(this.#take(4).readUInt32LE()).toString('utf8'));
      case 'U': return this.#push(this.#take(this.#byte()).toString('latin1'));
      case ']': return this.#push([]);
      case '}': return this.#push(new Map());
      case ')': return this.#push([]);
      case '\x85': return this.#push(this.#stack.splice(-1));
      case '\x86': return this.#push(this.#stack.splice(-2));
      case '\x87': return this.#push(this.#stack.splice(-3));
      case 't': return this.#push(this.#sinceMark());
      case 'q': return this.#remember(this.#byte());
      case 'r': return this.#remember(this.#take(4).readUInt32LE());
      case 'h': return this.#recall(this.#byte());
      case 'j': return this.#recall(this.#take(4).readUInt32LE());
      case 'a': return this.#append([this.#pop()]);
      case 'e': return this.#append(this.#sinceMark());
      case 's': return this.#setItems(this.#stack.splice(-2));
      case 'u': return this.#setItems(this.#sinceMark());
      case 'c': return this.#push(this.#name());
      case 'Q': return this.#push(this.#storage(this.#pop()));
      case 'R': return this.#call();
      case '\x81': return this.#create();
      case 'b': return this.#setState();
      default: this.#refuse(`it has an instruction (${code}) that describes no tensor`);
    }
  }

  #name(): Name {
    const name = `${this.#line()}.${this.#line()}`;
    const what = NAMES.get(name) ?? (isHarmless(name) ? 'passed-over' : undefined);
    if (what === undefined && isYolo(name)) this.#refuse('it is a model of Ultralytics, such as FastSAM or YOLO, which takes no clicks', 'Choose a checkpoint of Segment Anything, MobileSAM or HQ-SAM');
    if (what === undefined) this.#refuse(`it names "${name.slice(0, 200)}", which could run code. Nothing was run. Only checkpoints that hold nothing but tensors are read`, 'Save the model’s state_dict() alone');
    return { kind: 'name', what };
  }

  /** A new object of a class, of which only harmless ones have names here. */
  #create(): void {
    this.#pop();
    const made = this.#pop();
    if (!isName(made) || (made.what !== 'passed-over' && made.what !== 'dictionary')) this.#refuse('it creates what cannot be created');
    this.#push(made.what === 'dictionary' ? new Map() : PASSED_OVER);
  }

  #call(): void {
    const args = this.#pop();
    const called = this.#pop();
    if (!isName(called) || !Array.isArray(args)) this.#refuse('it calls what cannot be called');
    if (called.what === 'passed-over') this.#push(PASSED_OVER);
    else if (called.what === 'dictionary' && args.length === 0) this.#push(new Map());
    else if (called.what === 'rebuild-tensor') this.#push(this.#tensor(args));
    // A parameter is its tensor; whether it was trained does not matter here.
    else if (called.what === 'rebuild-parameter' && isTensor(args[0])) this.#push(args[0]);
    else this.#refuse('it calls what cannot be called');
  }

  /** Arguments of torch._utils._rebuild_tensor_v2: storage, offset, shape, strides, and what does not matter here. */
  #tensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
    if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length || shape.length > MOST_DIMENSIONS) this.#refuse('the description of a tensor is damaged');
    return { kind: 'tensor', storage, offset, shape, strides };
  }

  /** A persistent id is the tuple ('storage', type, key, location, number of elements). */
  #storage(id: PickleValue): TorchStorage {
    const [word, type, key, , length] = Array.isArray(id) ? id : [];
    if (word !== 'storage' || !isName(type) || type.what === 'rebuild-tensor' || type.what === 'rebuild-parameter' || type.what === 'dictionary' || type.what === 'passed-over' || typeof key !== 'string' || !isCount(length)) this.#refuse('the description of a storage is damaged');
    return { kind: 'storage', type: type.what, key, length };
  }

  /** Attributes of dictionaries (a state_dict's versions of modules) say nothing about numbers. */
  #setState(): void {
    this.#pop();
    const target = this.#stack.at(-1);
    if (!(target instanceof Map) && !isPassedOver(target)) this.#refuse('it gives attributes to what is no dictionary');
  }

  #append(values: readonly PickleValue[]): void {
    const list = this.#stack.at(-1);
    if (isPassedOver(list)) return;
    if (!Array.isArray(list)) this.#refuse('it appends to what is no list');
    for (const value of values) list.push(value);
  }

  #setItems(flat: readonly PickleValue[]): void {
    const target = this.#stack.at(-1);
    if (isPassedOver(target)) return;
    if (!(target instanceof Map) || flat.length % 2 !== 0) this.#refuse('it sets an item of what is no dictionary');
    for (let i = 0; i + 1 < flat.length; i += 2) target.set(flat[i] ?? null, flat[i + 1] ?? null);
  }

  #sinceMark(): PickleValue[] {
    const items = this.#stack;
    this.#stack = this.#below.pop() ?? this.#refuse('its instructions are damaged');
    return items;
  }

  #remember(index: number): void {
    const top = this.#stack.at(-1);
    if (top === undefined) this.#refuse('its instructions are damaged');
    this.#memo.set(index, top);
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.#refuse('its instructions are damaged');
    this.#push(value);
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) this.#refuse('its instructions are damaged');
    return value;
  }

  #byte(): number {
    return this.#take(1).readUInt8();
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) this.#refuse('its description ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    const text = this.#take((end < 0 ? this.#bytes.length : end) - this.#at).toString('utf8');
    this.#take(1);
    return text;
  }

  #refuse(why: string, whatToDo = 'Get the file again, or choose another checkpoint'): never {
    throw new MaskwrightError('model-invalid', `The checkpoint "${basename(this.#item)}" is refused: ${why}. ${whatToDo}.`, this.#item);
  }
}

const PASSED_OVER: PassedOver = { kind: 'passed-over' };
const isPassedOver = (value: PickleValue | undefined): value is PassedOver => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'passed-over';
const isName = (value: PickleValue | undefined): value is Name => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'name';
const isStorage = (value: PickleValue | undefined): value is TorchStorage => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage';
const isCount = (value: PickleValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);
export const isTensor = (value: PickleValue | undefined): value is TorchTensor => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';

/** Python's long: two's complement, lowest byte first, of any length. A number where that is exact. */
function littleEndian(bytes: Buffer): number | bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  const signed = BigInt.asIntN(bytes.length * 8, value);
  return BigInt(Number(signed)) === signed && Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

/** The wire format of protobuf (protobuf.dev/programming-guides/encoding), as far as ONNX uses it. */

const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5] as const;
/** Of a 64-bit number, seven bits a byte. */
const LONGEST_VARINT = 10;

/** The head of a field whose content of so many bytes follows. */
export const delimited = (field: number, bytes: number): Buffer => Buffer.concat([tag(field, DELIMITED), varint(bytes)]);
export const integer = (field: number, value: number): Buffer => Buffer.concat([tag(field, VARINT), varint(value)]);
export const float = (field: number, value: number): Buffer => Buffer.concat([tag(field, FIXED32), Buffer.from(Float32Array.of(value).buffer)]);
export const text = (field: number, value: string): Buffer => message(field, [Buffer.from(value)]);
export const message = (field: number, parts: readonly Uint8Array[]): Buffer => Buffer.concat([delimited(field, parts.reduce((sum, part) => sum + part.length, 0)), ...parts]);

const tag = (field: number, wire: number): Buffer => varint(field * 8 + wire);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  // Negative numbers are written as the 64-bit two's complement.
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

/** A field of a message: `content` of strings, bytes and messages only. */
export interface Field {
  readonly field: number;
  readonly content: Uint8Array | null;
  /** With its tag, as it stands in the message. */
  readonly whole: Uint8Array;
}

/** The fields of a message in their order, which share its memory. Throws RangeError for what is not of the format. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const from = at;
    const head = readVarint(bytes, at);
    const wire = Number(head.value & 7n);
    const field = Number(head.value >> 3n);
    at = head.end;
    let content: Uint8Array | null = null;
    if (wire === VARINT) at = readVarint(bytes, at).end;
    else if (wire === FIXED64) at += 8;
    else if (wire === FIXED32) at += 4;
    else if (wire === DELIMITED) {
      const length = readVarint(bytes, at);
      at = length.end + Number(length.value);
      content = bytes.subarray(length.end, at);
    } else throw new RangeError(`byte ${from} is not of protobuf's format`);
    if (at > bytes.length) throw new RangeError('the message ends in the middle');
    yield { field, content, whole: bytes.subarray(from, at) };
  }
}

function readVarint(bytes: Uint8Array, at: number): { value: bigint; end: number } {
  let value = 0n;
  for (let i = 0; i < LONGEST_VARINT; i++) {
    const byte = bytes[at + i] ?? 128;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value: BigInt.asUintN(64, value), end: at + i + 1 };
  }
  throw new RangeError('the message ends in the middle');
}

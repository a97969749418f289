import { Packr } from 'msgpackr';
import type { Writable } from 'node:stream';
import { z } from 'zod';
import { MaskwrightError, Problem } from '../../src-shared/contract/errors.ts';

/**
 * What main and an engine say to each other over the engine's stdin and stdout.
 * A frame is a 32-bit little-endian length, then that many bytes of MessagePack: one message.
 * Values hold plain records, arrays, numbers, strings, booleans, null and Uint8Array; other typed arrays travel as their bytes (little-endian).
 */

export const PROTOCOL_VERSION = 1;

/** Bytes of one frame's body. The largest honest message is a decoded picture, some 16 MiB. */
const MAX_FRAME = 128 * 1024 * 1024;

const id = z.int().nonnegative();

/** What main sends. */
export const ToEngine = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('request'), id, method: z.string().max(100), params: z.unknown() }),
  z.strictObject({ kind: z.literal('cancel'), id }),
]);
export type ToEngine = z.infer<typeof ToEngine>;

/** What an engine sends. `hello` is its first message. */
export const FromEngine = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hello'), protocol: z.int(), pid: z.int() }),
  z.strictObject({ kind: z.literal('result'), id, value: z.unknown() }),
  z.strictObject({ kind: z.literal('error'), id, problem: Problem }),
  z.strictObject({ kind: z.literal('progress'), id, value: z.unknown() }),
]);
export type FromEngine = z.infer<typeof FromEngine>;

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const HEADER = 4;

/** Writes one frame. Throws 'too-large' when the message is over MAX_FRAME, before anything is written. */
export function writeFrame(stream: Writable, message: ToEngine | FromEngine): void {
  const body = packr.pack(message);
  if (body.length > MAX_FRAME) throw new MaskwrightError('too-large', `A message of ${body.length} bytes is too large for an engine's pipe.`);
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt32LE(body.length);
  stream.cork();
  stream.write(header);
  stream.write(body);
  stream.uncork();
}

/** Cuts a byte stream into messages, however the pipe has split or merged the frames. */
export class FrameReader<M> {
  readonly #schema: z.ZodType<M>;
  readonly #limit: number;
  readonly #header = Buffer.alloc(HEADER);
  /** Null while the header is being read. */
  #body: Uint8Array | null = null;
  #filled = 0;

  constructor(schema: z.ZodType<M>, limit = MAX_FRAME) {
    this.#schema = schema;
    this.#limit = limit;
  }

  /**
   * The messages completed by `chunk`, in order. Binary values in them are plain Uint8Arrays
   * (never Buffers, whose `slice` does not copy) at any offset in memory that they may share with one another, never with `chunk`.
   * Throws 'too-large' for a frame over the limit and 'engine-failed' for bytes that are no message; the stream cannot be read on after either.
   */
  push(chunk: Uint8Array): M[] {
    const messages: M[] = [];
    let at = 0;
    while (at < chunk.length) {
      const target = this.#body ?? this.#header;
      const part = chunk.subarray(at, at + target.length - this.#filled);
      target.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < target.length) break;
      this.#filled = 0;
      if (this.#body === null) {
        const length = this.#header.readUInt32LE();
        if (length === 0 || length > this.#limit) throw new MaskwrightError('too-large', `An engine's pipe announced a frame of ${length} bytes; at most ${this.#limit} are taken.`);
        this.#body = new Uint8Array(length);
      } else {
        messages.push(this.#parse(this.#body));
        this.#body = null;
      }
    }
    return messages;
  }

  #parse(body: Uint8Array): M {
    try {
      return this.#schema.parse(packr.unpack(body));
    } catch (cause) {
      throw new MaskwrightError('engine-failed', "An engine's pipe carried bytes that are no message.", null, { cause });
    }
  }
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { FormatRun } from '../format.ts';
import { parsePythonJson } from './python-json.ts';
import { TextStream } from './text.ts';
import type { TextRun } from './text.ts';

/** What is told of a JSON document, in its order. */
export interface JsonListsHandler {
  /** An element of the list under a key of the document's object; the key is '' where the document itself is a list. */
  element(key: string, index: number, value: unknown): void;
  /** Another value under a key. */
  value(key: string, value: unknown): void;
  /** An element or value that is no JSON, or larger than allowed. It is passed over and the rest goes on. */
  broken(key: string, index: number | null, why: string): void;
  /** Awaited after every piece of the file, for what cannot be done at once with what was told of it. */
  settle?(): Promise<void>;
  /** Lists that need not be looked into; all are read when it is absent. */
  readonly skips?: ReadonlySet<string>;
}

const CHUNK = 1024 * 1024;
const MOST_DEPTH = 100;
/** Far above a mask of 65,535 × 65,535 in compressed run lengths of any real object. */
const MOST_ENTRY = 64 * 1024 * 1024;

const QUOTE = 0x22, BACKSLASH = 0x5c, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d, COMMA = 0x2c, COLON = 0x3a;
/** 1 for each byte that may end an entry or change how deep it is. Inside brackets commas do neither. */
const marks = (...bytes: readonly number[]): Uint8Array => Uint8Array.from({ length: 256 }, (_, byte) => Number(bytes.includes(byte)));
const NESTED = marks(QUOTE, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST);
const BARE = marks(QUOTE, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST, COMMA);
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads a JSON file of any size: an object of lists (as COCO's), or a list, told element by element, so that never more
 * than one element is in memory. Only the structure is followed byte by byte; elements are parsed by JSON.parse, after it by
 * parsePythonJson, so values may hold NaN and infinite numbers. Decoded as text.ts says.
 * By hand: a parser of streams makes a token of every number, and ends at the first element that is broken.
 * Throws 'dataset-invalid' when the structure itself is broken, cut off or more than 100 levels deep, 'cancelled', and
 * the system's errors. `progress` is told bytes.
 */
export async function readJsonLists(path: string, handler: JsonListsHandler, { signal, progress, encoding }: FormatRun & TextRun): Promise<void> {
  const total = (await stat(path)).size;
  const scanner = new Scanner(path, handler);
  const text = new TextStream(basename(path), { encoding });
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    if (signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const bytes = chunk as Buffer;
    scanner.feed(text.utf8(bytes));
    await handler.settle?.();
    done += bytes.length;
    progress(done, total);
    await turn();
  }
  scanner.feed(Buffer.from(text.end()));
  scanner.end();
}

/**
 * What stands next: the document; in its object a key, a colon, a value or what follows one; in a list of it an element or
 * what follows one; after the document nothing.
 */
type State = 'document' | 'key' | 'colon' | 'value' | 'after value' | 'element' | 'after element' | 'end';

class Scanner {
  readonly #path: string;
  readonly #handler: JsonListsHandler;
  #state: State = 'document';
  /** Nothing may follow a comma but an entry; a list or object may also be empty. */
  #afterComma = false;
  #key = '';
  #index = 0;
  #inObject = false;
  /** The entry or key that is being gathered, of which `depth` brackets are open. */
  #gathering: 'entry' | 'key' | null = null;
  #parts: Buffer[] = [];
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(path: string, handler: JsonListsHandler) {
    this.#path = path;
    this.#handler = handler;
  }

  feed(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#gathering !== null) {
        at = this.#gather(bytes, at);
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (isSpace(byte)) at++;
      else at = this.#structure(byte, at);
    }
  }

  end(): void {
    if (this.#state === 'document' && this.#gathering === null) this.#refuse('it is empty');
    if (this.#state !== 'end') this.#refuse('it is cut off');
  }

  /** A byte of the outer structure; gives where to go on: at the byte itself where an entry begins with it. */
  #structure(byte: number, at: number): number {
    const afterComma = this.#afterComma;
    this.#afterComma = false;
    switch (this.#state) {
      case 'document':
        if (byte === OPEN_OBJECT) [this.#inObject, this.#state] = [true, 'key'];
        else if (byte === OPEN_LIST) this.#state = 'element';
        else this.#refuse('it is neither an object nor a list');
        return at + 1;
      case 'key':
        if (byte === CLOSE_OBJECT && !afterComma) this.#state = 'end';
        else if (byte === QUOTE) return this.#begin('key', at);
        else this.#refuse('a key is missing');
        return at + 1;
      case 'colon':
        if (byte !== COLON) this.#refuse(`the colon after "${this.#key}" is missing`);
        this.#state = 'value';
        return at + 1;
      case 'value':
        if (byte !== OPEN_LIST) return this.#begin('entry', at);
        [this.#index, this.#state] = [0, 'element'];
        return at + 1;
      case 'element':
        if (byte !== CLOSE_LIST || afterComma) return this.#begin('entry', at);
        this.#state = this.#inObject ? 'after value' : 'end';
        return at + 1;
      case 'after value':
      case 'after element':
        return this.#follow(byte, at);
      case 'end':
        return this.#refuse('something follows its end');
    }
  }

  #follow(byte: number, at: number): number {
    const inList = this.#state === 'after element';
    if (byte === COMMA) [this.#state, this.#afterComma] = [inList ? 'element' : 'key', true];
    else if (byte === (inList ? CLOSE_LIST : CLOSE_OBJECT)) this.#state = inList && this.#inObject ? 'after value' : 'end';
    else this.#refuse(`a comma is missing${this.#key === '' ? '' : ` in "${this.#key}"`}`);
    return at + 1;
  }

  #begin(what: 'entry' | 'key', at: number): number {
    [this.#gathering, this.#parts, this.#size, this.#depth, this.#inString, this.#escaped] = [what, [], 0, 0, false, false];
    return at;
  }

  /** Goes on with the entry that has begun, as far as these bytes reach; gives the place after it. */
  #gather(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#inString) {
        at = this.#passString(bytes, at);
        if (!this.#inString && this.#depth === 0) return this.#ended(bytes, from, at);
        continue;
      }
      // Most of a dataset is numbers, which mean nothing here.
      const marked = this.#depth === 0 ? BARE : NESTED;
      while (at < bytes.length && marked[bytes[at] ?? 0] === 0) at++;
      if (at === bytes.length) break;
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (++this.#depth > MOST_DEPTH) this.#refuse(`values lie more than ${MOST_DEPTH} deep in one another`);
        // A bare number or word ends where what holds it ends, or the next begins.
      } else if (this.#depth === 0) return this.#ended(bytes, from, at);
      else if (--this.#depth === 0) return this.#ended(bytes, from, at + 1);
      at++;
    }
    this.#keep(bytes.subarray(from, at));
    return at;
  }

  /** The place after the string's closing quote, or the end of these bytes when it goes on beyond them. */
  #passString(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
    }
    return bytes.length;
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size <= MOST_ENTRY && !this.#skipped()) this.#parts.push(part);
  }

  #skipped(): boolean {
    return this.#gathering === 'entry' && this.#state === 'element' && (this.#handler.skips?.has(this.#key) ?? false);
  }

  #ended(bytes: Buffer, from: number, to: number): number {
    this.#keep(bytes.subarray(from, to));
    const isKey = this.#gathering === 'key';
    const skipped = this.#skipped();
    this.#gathering = null;
    if (isKey) {
      this.#key = this.#parsedKey();
      this.#state = 'colon';
    } else if (this.#state === 'element') {
      if (!skipped) this.#tell(this.#index);
      this.#index++;
      this.#state = 'after element';
    } else {
      this.#tell(null);
      this.#state = 'after value';
    }
    this.#parts = [];
    return to;
  }

  #parsedKey(): string {
    try {
      return String(JSON.parse(this.#text()));
    } catch {
      return this.#refuse('a key is no text');
    }
  }

  #tell(index: number | null): void {
    if (this.#size > MOST_ENTRY) {
      this.#handler.broken(this.#key, index, `it is larger than ${MOST_ENTRY / 1024 ** 2} MB`);
      return;
    }
    let value: unknown;
    const text = this.#text();
    try {
      value = JSON.parse(text);
    } catch {
      try {
        value = parsePythonJson(text);
      } catch {
        this.#handler.broken(this.#key, index, `it is no JSON: ${text.slice(0, 80)}`);
        return;
      }
    }
    if (index === null) this.#handler.value(this.#key, value);
    else this.#handler.element(this.#key, index, value);
  }

  #text(): string {
    const [only] = this.#parts;
    return (this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)).toString('utf8');
  }

  #refuse(why: string): never {
    throw new MaskwrightError('dataset-invalid', `"${this.#path}" cannot be read as JSON: ${why}.`, this.#path);
  }
}

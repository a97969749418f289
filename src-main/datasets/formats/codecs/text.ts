import { isUtf8 } from 'node:buffer';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * Text of datasets, decoded without loss: a byte-order mark (UTF-8, UTF-16, UTF-32) counts first, then the encoding that
 * the person named, then an XML declaration, else it is UTF-8. Bytes that are none of it are refused with the file's name;
 * nothing is ever replaced.
 */

/** What every reader of text needs to know; part of ReadRun. */
export interface TextRun {
  /** The encoding that the person named, as TextDecoder knows it; null for what the file declares, else UTF-8. */
  readonly encoding: string | null;
}

/** For finding out what a file is: every byte is some character of it. */
export const ANY_TEXT: TextRun = { encoding: 'windows-1252' };

/** Bytes at a file's beginning that tell its encoding. */
const DECLARATION = 256;

/** A text as a whole. `item` names the file for a person. Throws 'dataset-invalid'. */
export function decodeText(bytes: Uint8Array, item: string, run: TextRun): string {
  const stream = new TextStream(item, run);
  return stream.decode(bytes) + stream.end();
}

/** The beginning of a text, to find out what it is; what cannot be decoded is replaced. */
export function decodeHead(bytes: Uint8Array): string {
  const mark = markOf(bytes);
  const encoding = mark?.encoding ?? wideXml(bytes) ?? 'utf-8';
  if (!encoding.startsWith('utf-32')) return new TextDecoder(encoding).decode(bytes);
  try {
    return new Utf32(encoding).decode(bytes.subarray(mark?.bytes ?? 0), true);
  } catch {
    return '';
  }
}

interface Decoder {
  decode(bytes: Uint8Array, more: boolean): string;
}

/** A text that comes in pieces, of which the first must hold the file's first 256 bytes. */
export class TextStream {
  readonly #item: string;
  readonly #run: TextRun;
  #decoder: Decoder | null = null;
  #encoding = 'utf-8';
  /** The bytes of a UTF-8 character that is not complete yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(item: string, run: TextRun) {
    this.#item = item;
    this.#run = run;
  }

  decode(piece: Uint8Array): string {
    const bytes = this.#begin(piece);
    return this.#decoder === null ? this.#wholeCharacters(bytes).toString('utf8') : this.#decoded(this.#decoder, bytes, true);
  }

  /** The same as bytes of UTF-8. */
  utf8(piece: Uint8Array): Buffer {
    const bytes = this.#begin(piece);
    return this.#decoder === null ? this.#wholeCharacters(bytes) : Buffer.from(this.#decoded(this.#decoder, bytes, true));
  }

  /** What is left at the end of the file. */
  end(): string {
    if (this.#decoder !== null) return this.#decoded(this.#decoder, new Uint8Array(), false);
    if (this.#rest.length > 0) this.#refuse();
    return '';
  }

  #started = false;

  /** Finds out the encoding, and takes a byte-order mark off. */
  #begin(piece: Uint8Array): Uint8Array {
    if (this.#started) return piece;
    this.#started = true;
    const mark = markOf(piece);
    this.#encoding = mark?.encoding ?? (this.#run.encoding === null ? null : knownEncoding(this.#run.encoding)) ?? wideXml(piece) ?? this.#declared(piece) ?? 'utf-8';
    if (this.#encoding.startsWith('utf-32')) this.#decoder = new Utf32(this.#encoding);
    else if (this.#encoding !== 'utf-8') this.#decoder = knownDecoder(this.#encoding);
    return mark === null ? piece : piece.subarray(mark.bytes);
  }

  /** What an XML declaration names. One that can be read as bytes is not in UTF-16, whatever it says. */
  #declared(piece: Uint8Array): string | null {
    const head = Buffer.from(piece.subarray(0, DECLARATION)).toString('latin1');
    const name = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(head)?.[1];
    if (name === undefined) return null;
    const known = knownEncoding(name);
    if (known === null) throw new MaskwrightError('dataset-invalid', `"${this.#item}" declares the encoding "${name}", which is not known here. Import again with the encoding named (--encoding NAME, or “Text encoding” in the window).`, this.#item);
    return known.startsWith('utf-16') ? null : known;
  }

  #wholeCharacters(piece: Uint8Array): Buffer {
    const bytes = this.#rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([this.#rest, piece]);
    const end = bytes.length - incompleteAtEnd(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) this.#refuse();
    this.#rest = Buffer.from(bytes.subarray(end));
    return whole;
  }

  #decoded(decoder: Decoder, bytes: Uint8Array, more: boolean): string {
    try {
      return decoder.decode(bytes, more);
    } catch {
      return this.#refuse();
    }
  }

  #refuse(): never {
    const other = this.#encoding === 'utf-8' ? 'Save it as UTF-8, or import again with its encoding named' : 'Import again with its real encoding named';
    throw new MaskwrightError('dataset-invalid', `"${this.#item}" is not ${this.#encoding === 'utf-8' ? 'UTF-8' : `valid ${this.#encoding}`} text. ${other} (--encoding NAME such as gbk, shift_jis or windows-1252; “Text encoding” in the window).`, this.#item);
  }
}

/** What TextDecoder calls an encoding, or null when it knows none of that name. */
export function knownEncoding(name: string): string | null {
  try {
    return new TextDecoder(name.trim()).encoding;
  } catch {
    return null;
  }
}

function knownDecoder(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return { decode: (bytes, more) => decoder.decode(bytes, { stream: more }) };
}

const MARKS: readonly (readonly [encoding: string, ...bytes: number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-32le', 0xff, 0xfe, 0, 0],
  ['utf-32be', 0, 0, 0xfe, 0xff],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

function markOf(head: Uint8Array): { readonly encoding: string; readonly bytes: number } | null {
  const mark = MARKS.find(([, ...bytes]) => bytes.every((byte, i) => head[i] === byte));
  return mark === undefined ? null : { encoding: mark[0], bytes: mark.length - 1 };
}

/** XML in UTF-16 without a mark begins with <? all the same (XML 1.0, appendix F). */
function wideXml(head: Uint8Array): string | null {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (begins(0x3c, 0, 0x3f, 0)) return 'utf-16le';
  return begins(0, 0x3c, 0, 0x3f) ? 'utf-16be' : null;
}

/** Bytes at the end that begin a character of UTF-8 without completing it: at most 3. */
function incompleteAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** UTF-32, which TextDecoder does not know. */
class Utf32 implements Decoder {
  readonly #little: boolean;
  #rest: Uint8Array = new Uint8Array();

  constructor(encoding: string) {
    this.#little = encoding === 'utf-32le';
  }

  /** Throws a RangeError for what is no code point, and a TypeError at an end within a character. */
  decode(piece: Uint8Array, more: boolean): string {
    const bytes = Buffer.concat([this.#rest, piece]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = bytes.length - (bytes.length % 4);
    const parts: string[] = [];
    for (let at = 0; at < end; at += 4) {
      const point = view.getUint32(at, this.#little);
      if (point >= 0xd800 && point <= 0xdfff) throw new RangeError('a surrogate');
      parts.push(String.fromCodePoint(point));
    }
    this.#rest = bytes.subarray(end);
    if (!more && this.#rest.length > 0) throw new TypeError('cut off');
    return parts.join('');
  }
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { FormatRun } from '../format.ts';
import { TextStream } from './text.ts';
import type { TextRun } from './text.ts';
import { parseXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

const CHUNK = 1024 * 1024;
/** Characters of one element below the document's: far above an image with thousands of objects. */
const MOST_CHILD = 64 * 1024 * 1024;
/** As much of what cannot be read as a person needs to find it. */
const SHOWN = 80;

/**
 * Reads an XML file of any size element by element: `child` is told each element directly inside the document's one, in
 * their order, so that never more than one of them is in memory. Only the bounds of elements are followed here, by hand:
 * a parser cannot go on behind a fault. Each is then read by parseXml, with what that refuses. Decoded as text.ts says.
 * `broken` is told an element that parseXml refuses (its beginning, and why), and the rest goes on. Throws
 * 'dataset-invalid' when the document itself is damaged, cut off or another than `root`, 'too-large' for an element of
 * more than 64 million characters, 'cancelled', and the system's errors. `progress` is told bytes.
 */
export async function readXmlChildren(path: string, root: string, child: (element: XmlElement) => void, broken: (start: string, why: string) => void, { signal, progress, encoding }: FormatRun & TextRun): Promise<void> {
  const total = (await stat(path)).size;
  const splitter = new Splitter(basename(path), root, (text) => {
    let element: XmlElement;
    try {
      element = parseXml(text, basename(path));
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      return broken(text.slice(0, SHOWN), error.message);
    }
    child(element);
  });
  const text = new TextStream(basename(path), { encoding });
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    if (signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const bytes = chunk as Buffer;
    splitter.feed(text.decode(bytes));
    done += bytes.length;
    progress(done, total);
    await turn();
  }
  splitter.feed(text.end());
  splitter.end();
}

/** Sections that are passed over as a whole, by how they begin. */
const SECTIONS = [['<!--', '-->'], ['<![CDATA[', ']]>'], ['<?', '?>']] as const;
const LONGEST_OPENING = 9;
const TAG_MARK = /["'>]/g;

class Splitter {
  readonly #item: string;
  readonly #root: string;
  readonly #child: (text: string) => void;
  /** What was read and is not yet done with. */
  #text = '';
  #at = 0;
  /** Where the child at hand begins in `text`; -1 outside of one. */
  #begin = -1;
  /** Elements that are open: 1 within the document's, 2 within a child. */
  #depth = 0;
  #ended = false;

  constructor(item: string, root: string, child: (text: string) => void) {
    this.#item = item;
    this.#root = root;
    this.#child = child;
  }

  feed(text: string): void {
    this.#text += text;
    while (this.#step());
    const from = this.#begin === -1 ? this.#at : this.#begin;
    this.#text = this.#text.slice(from);
    this.#at -= from;
    if (this.#begin !== -1) this.#begin = 0;
    if (this.#text.length > MOST_CHILD) throw new MaskwrightError('too-large', `"${this.#item}" has an element of more than ${MOST_CHILD / 1024 ** 2} million characters: “${this.#text.slice(0, SHOWN)}”. It is no annotation file of this format.`, this.#item);
  }

  end(): void {
    if (!this.#ended) this.#refuse(this.#depth === 0 ? 'it holds no element' : 'it is cut off');
  }

  /** Goes past one tag or section; false when the rest of it has yet to be read. */
  #step(): boolean {
    const open = this.#text.indexOf('<', this.#at);
    if (open === -1) {
      this.#at = this.#text.length;
      return false;
    }
    this.#at = open;
    if (this.#text.length - open < LONGEST_OPENING && !this.#text.includes('>', open)) return false;
    for (const [opening, closing] of SECTIONS) {
      if (this.#text.startsWith(opening, open)) return this.#goto(this.#text.indexOf(closing, open + opening.length), closing.length);
    }
    if (this.#text.startsWith('<!', open)) this.#refuse('it has a document type declaration, which could make it fetch or blow up: remove the line that begins with <!');
    const close = this.#tagEnd(open + 1);
    if (close === -1) return false;
    if (this.#text.startsWith('</', open)) this.#closeTag(close);
    else this.#openTag(open, close);
    return true;
  }

  #openTag(open: number, close: number): void {
    const empty = this.#text[close - 1] === '/';
    if (this.#depth === 0) {
      const name = /^<([^\s/>]*)/.exec(this.#text.slice(open, open + 200))?.[1] ?? '';
      if (this.#ended) this.#refuse('there are two elements side by side at the top');
      if (name !== this.#root) this.#refuse(`its first element is <${name}>, not <${this.#root}>`);
    }
    if (this.#depth === 1) this.#begin = open;
    if (!empty) this.#depth++;
    this.#at = close + 1;
    if (empty) this.#elementEnds();
  }

  #closeTag(close: number): void {
    if (this.#depth === 0) this.#refuse('an element is closed that was not opened');
    this.#depth--;
    this.#at = close + 1;
    this.#elementEnds();
  }

  #elementEnds(): void {
    if (this.#depth === 0) this.#ended = true;
    else if (this.#depth === 1) {
      this.#child(this.#text.slice(this.#begin, this.#at));
      this.#begin = -1;
    }
  }

  /** The place of the > that ends a tag, which its quoted values may hold too; -1 when it has yet to be read. */
  #tagEnd(from: number): number {
    for (let at = from; ; ) {
      TAG_MARK.lastIndex = at;
      const mark = TAG_MARK.exec(this.#text);
      if (mark === null) return -1;
      if (mark[0] === '>') return mark.index;
      const closed = this.#text.indexOf(mark[0], mark.index + 1);
      if (closed === -1) return -1;
      at = closed + 1;
    }
  }

  #goto(found: number, length: number): boolean {
    if (found === -1) return false;
    this.#at = found + length;
    return true;
  }

  #refuse(why: string): never {
    throw new MaskwrightError('dataset-invalid', `"${this.#item}" cannot be read: ${why}.`, this.#item);
  }
}

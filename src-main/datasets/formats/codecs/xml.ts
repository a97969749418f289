import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * A small XML 1.0 reader for annotation files, and a writer. The reader knows elements, attributes, text, comments, CDATA
 * and the five predefined and numeric references. It refuses document type declarations, and with them all entities:
 * nothing can be expanded and nothing fetched (robustness: XML bombs, external entities).
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, trimmed. */
  readonly text: string;
}

interface Growing {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Growing[];
  text: string;
}

const MOST_DEPTH = 100;
const MOST_ATTRIBUTES = 1_000;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const SPACE = /[ \t\r\n]*/y;
const ATTRIBUTE_NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*[ \t\r\n]*=[ \t\r\n]*/y;

/**
 * The document's element. Throws 'dataset-invalid' naming `item` and the line of what is wrong. Linear in the text's
 * length; one of more than 512 MB does not fit a string, and its reader has to refuse or divide it.
 */
export function parseXml(text: string, item: string): XmlElement {
  return new XmlReader(text.startsWith('\ufeff') ? text.slice(1) : text, item).document();
}

class XmlReader {
  readonly #text: string;
  readonly #item: string;
  #at = 0;

  constructor(text: string, item: string) {
    this.#text = text;
    this.#item = item;
  }

  document(): XmlElement {
    const open: Growing[] = [];
    let root: Growing | null = null;
    while (this.#at < this.#text.length) {
      const inner = open.at(-1);
      const next = this.#text.indexOf('<', this.#at);
      const text = this.#text.slice(this.#at, next === -1 ? undefined : next);
      if (inner !== undefined) inner.text += this.#resolved(text);
      else if (text.trim() !== '') this.#refuse('there is text outside of its element');
      if (next === -1) break;
      this.#at = next;
      if (this.#skipped(inner)) continue;
      if (this.#takes('</')) {
        this.#close(open);
        continue;
      }
      const { element, empty } = this.#element();
      if (inner !== undefined) inner.children.push(element);
      else if (root === null) root = element;
      else this.#refuse('there are two elements side by side at the top');
      if (!empty) open.push(element);
      if (open.length > MOST_DEPTH) this.#refuse(`elements lie more than ${MOST_DEPTH} deep in one another`);
    }
    if (open.length > 0) this.#refuse(`<${open.at(-1)?.name}> is not closed: the file is cut off`);
    if (root === null) this.#refuse('it holds no element');
    return trimmed(root as Growing);
  }

  /** Comments, declarations and CDATA. */
  #skipped(inner: Growing | undefined): boolean {
    if (this.#takes('<!--')) {
      this.#past('-->');
      return true;
    }
    if (this.#takes('<![CDATA[')) {
      const content = this.#past(']]>');
      if (inner === undefined) this.#refuse('there is text outside of its element');
      else inner.text += content;
      return true;
    }
    if (this.#takes('<?')) {
      this.#past('?>');
      return true;
    }
    if (this.#text.startsWith('<!', this.#at)) this.#refuse('it has a document type declaration, which could make it fetch or blow up: remove the line that begins with <!');
    return false;
  }

  #element(): { element: Growing; empty: boolean } {
    this.#at++;
    const name = this.#match(NAME) ?? this.#refuse('a tag has no name');
    const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
    for (let count = 0; ; count++) {
      this.#match(SPACE);
      if (this.#takes('/>')) return { element: { name, attributes, children: [], text: '' }, empty: true };
      if (this.#takes('>')) return { element: { name, attributes, children: [], text: '' }, empty: false };
      if (count === MOST_ATTRIBUTES) this.#refuse(`<${name}> has more than ${MOST_ATTRIBUTES} attributes`);
      const key = (this.#match(ATTRIBUTE_NAME) ?? this.#refuse(`<${name}> is not well formed`)).replace(/[ \t\r\n]*=[ \t\r\n]*$/, '');
      const quote = this.#text[this.#at] ?? '';
      if (quote !== '"' && quote !== "'") this.#refuse(`the attribute ${key} of <${name}> has no quotes`);
      this.#at++;
      attributes[key] = this.#resolved(this.#past(quote));
    }
  }

  #close(open: Growing[]): void {
    const name = this.#match(NAME);
    this.#match(SPACE);
    if (!this.#takes('>') || open.pop()?.name !== name) this.#refuse(`</${name ?? ''}> closes what is not open`);
  }

  #resolved(text: string): string {
    if (!text.includes('&')) return text;
    return text.replaceAll(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[^;&\s]{0,100});?/g, (whole, reference: string) => {
      if (!whole.endsWith(';')) this.#refuse('an & stands alone');
      const code = reference.startsWith('#x') ? Number.parseInt(reference.slice(2), 16) : reference.startsWith('#') ? Number(reference.slice(1)) : null;
      if (code === null) return NAMED[reference] ?? this.#refuse(`it uses the entity &${reference};, which nothing defines`);
      return code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : this.#refuse(`&${reference}; is no character`);
    });
  }

  #takes(what: string): boolean {
    if (!this.#text.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  #past(what: string): string {
    const end = this.#text.indexOf(what, this.#at);
    if (end === -1) this.#refuse('it is cut off');
    const passed = this.#text.slice(this.#at, end);
    this.#at = end + what.length;
    return passed;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #refuse(why: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new MaskwrightError('dataset-invalid', `"${this.#item}" cannot be read as XML: ${why} (line ${line}).`, this.#item);
  }
}

function trimmed(root: Growing): XmlElement {
  const all: Growing[] = [root];
  for (const element of all) {
    element.text = element.text.trim();
    all.push(...element.children);
  }
  return root;
}

export const childrenOf = (element: XmlElement, name: string): XmlElement[] => element.children.filter((child) => child.name === name);
export const childOf = (element: XmlElement, name: string): XmlElement | null => element.children.find((child) => child.name === name) ?? null;
/** The text of a child, or null when there is none or it is empty. */
export const textOf = (element: XmlElement, name: string): string | null => childOf(element, name)?.text || null;

/** What an element is written from: a text, or elements, or nothing. */
export interface XmlDraft {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly content?: string | number | readonly XmlDraft[];
}

/** Indented by two spaces a level, each element on lines of its own, text as it is. Characters that XML cannot hold are left out. */
export function writeXml(draft: XmlDraft, indent = ''): string {
  const attributes = Object.entries(draft.attributes ?? {}).map(([key, value]) => ` ${key}="${escaped(String(value))}"`).join('');
  const { content } = draft;
  if (content === undefined || (typeof content === 'object' && content.length === 0)) return `${indent}<${draft.name}${attributes}/>\n`;
  if (typeof content !== 'object') return `${indent}<${draft.name}${attributes}>${escaped(String(content))}</${draft.name}>\n`;
  return `${indent}<${draft.name}${attributes}>\n${content.map((child) => writeXml(child, `${indent}  `)).join('')}${indent}</${draft.name}>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
const UNWRITABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** A text as it is read back after it was written: without what XML cannot hold, and without space around it. */
export const writableText = (text: string): string => text.replaceAll(UNWRITABLE, '').trim();

const escaped = (text: string): string => text.replaceAll(UNWRITABLE, '').replaceAll(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);

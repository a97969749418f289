import { SaxesParser } from 'saxes';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * A reader of XML for annotation files, and a writer. Document type declarations are refused, and with them all entities
 * but the five predefined ones: nothing can be expanded and nothing fetched (robustness: XML bombs, external entities).
 * What is written is so little that it is written by hand.
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

/** The parser's reasons that a person would not understand, in our words. */
const REASONS: Readonly<Record<string, string>> = {
  'document must contain a root element.': 'it holds no element',
  'documents may contain only one root.': 'there are two elements side by side at the top',
  'text data outside of root node.': 'there is text outside of its element',
  'unexpected close tag.': 'a tag closes another element than the open one',
  'unquoted attribute value.': 'an attribute has no quotes',
  'disallowed character.': 'it has a character that XML does not allow there',
};

/**
 * The document's element. Throws 'dataset-invalid' naming `item` and the line of what is wrong. Linear in the text's
 * length; one of more than 512 MB does not fit a string, and its reader has to refuse or divide it.
 */
export function parseXml(text: string, item: string): XmlElement {
  return new XmlReader(text, item).document();
}

class XmlReader {
  readonly #text: string;
  readonly #item: string;
  readonly #parser = new SaxesParser();
  /** Where the parser begins: some programs write blank lines before the XML declaration. */
  readonly #start: number;
  /** As far as the parser got without a fault: the end of a tag, or of what else it tells as a whole. */
  #settled: number;
  readonly #open: Growing[] = [];
  #root: Growing | null = null;

  constructor(text: string, item: string) {
    this.#text = text;
    this.#item = item;
    this.#start = /^\ufeff?\s*/.exec(text)?.[0].length ?? 0;
    this.#settled = this.#start;
  }

  document(): XmlElement {
    const parser = this.#parser;
    const settle = (): void => void (this.#settled = this.#at());
    const add = (text: string): void => {
      const inner = this.#open.at(-1);
      if (inner !== undefined) inner.text += text;
    };
    // No more handlers than these: with two more V8 takes the parser's properties for a dictionary, and it is six times slower.
    parser.on('error', (error) => this.#refuse(reasonOf(error)));
    parser.on('doctype', () => this.#refuse('it has a document type declaration, which could make it fetch or blow up: remove the line that begins with <!'));
    parser.on('opentag', ({ name, attributes }) => {
      if (Object.keys(attributes).length > MOST_ATTRIBUTES) this.#refuse(`<${name}> has more than ${MOST_ATTRIBUTES} attributes`);
      const element: Growing = { name, attributes, children: [], text: '' };
      this.#open.at(-1)?.children.push(element);
      this.#root ??= element;
      if (this.#open.push(element) > MOST_DEPTH) this.#refuse(`elements lie more than ${MOST_DEPTH} deep in one another`);
      settle();
    });
    parser.on('closetag', () => {
      const element = this.#open.pop();
      if (element !== undefined) element.text = element.text.trim();
      settle();
    });
    parser.on('text', add);
    parser.on('cdata', (text) => {
      add(text);
      settle();
    });
    parser.write(this.#start === 0 ? this.#text : this.#text.slice(this.#start));
    const inner = this.#open.at(-1);
    if (inner !== undefined) this.#refuse(`<${inner.name}> is not closed: the file is cut off`);
    parser.close();
    return this.#root ?? this.#refuse('it holds no element');
  }

  #at(): number {
    return this.#start + this.#parser.position;
  }

  /** @param why unless a reference is at fault, which the parser notices only later, if at all */
  #refuse(why: string): never {
    const from = Math.max(this.#settled, this.#text.lastIndexOf('-->', this.#at()));
    const unsettled = this.#text.slice(from, this.#at());
    const alone = LONE_AMPERSAND.exec(unsettled);
    const [reference, name] = /&([^&;]*);$/.exec(unsettled) ?? [];
    const fault = alone !== null ? 'an & stands alone' : name === undefined || NAMED.has(name) ? why : name.startsWith('#') ? `${reference} is no character` : `it uses the entity ${reference}, which nothing defines`;
    const line = this.#text.slice(0, alone === null ? this.#at() : from + alone.index).split('\n').length;
    throw new MaskwrightError('dataset-invalid', `"${this.#item}" cannot be read as XML: ${fault} (line ${line}).`, this.#item);
  }
}

const NAMED = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);
const LONE_AMPERSAND = /&(?!(?:#x[0-9a-fA-F]+|#[0-9]+|[\w.:\u0080-\uffff-]{1,100});)/;

/** Without the place that the parser puts before it. */
function reasonOf({ message }: Error): string {
  const reason = message.replace(/^\d+:\d+: /, '');
  return REASONS[reason] ?? reason.replace(/\.$/, '');
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

import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { Event } from 'js-yaml';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * The YAML that dataset descriptions are written in. Anchors, aliases, tags and merge keys are refused: nothing can be
 * multiplied or made into something else than text. Scalars stay the text that they are.
 */
export type YamlValue = string | null | readonly YamlValue[] | ReadonlyMap<string, YamlValue>;

const MOST_DEPTH = 50;
const NULL = /^(|~|null|Null|NULL)$/;

/** The parser's reasons that a person would not understand, in our words. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^nesting exceeded/, `values lie more than ${MOST_DEPTH} deep in one another`],
  [/quoted scalar$/, 'a quote is not closed'],
  [/within a flow collection$/, 'a bracket is not closed'],
  [/^missed comma/, 'a comma or a closing bracket is missing'],
  [/^deficient indentation/, 'a quote or a bracket is not closed, or what is in it is not indented'],
  [/^can not read a block mapping entry/, 'a key with a colon is missing'],
];

/** The first document of a text. Throws 'dataset-invalid' naming `item` and the line. Linear in the text's length. */
export function parseYaml(text: string, item: string): YamlValue {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: MOST_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    // What is missing at the end is missing in the last line that holds something.
    const at = Math.min(mark?.position ?? 0, text.trimEnd().length);
    throw refusal(text, item, REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason, at);
  }
  return new EventReader(text, item, events).document();
}

const refusal = (text: string, item: string, why: string, at: number): MaskwrightError =>
  new MaskwrightError('dataset-invalid', `"${item}" cannot be read as YAML: ${why} (line ${text.slice(0, at).split(/\r\n|\r|\n/).length}).`, item);

/** Makes values of the parser's events. */
class EventReader {
  readonly #text: string;
  readonly #item: string;
  readonly #events: readonly Event[];
  #next = 0;

  constructor(text: string, item: string, events: readonly Event[]) {
    this.#text = text;
    this.#item = item;
    this.#events = events;
  }

  document(): YamlValue {
    if (this.#events[this.#next]?.type !== EVENT_ID.DOCUMENT) return null;
    this.#next++;
    return this.#isAtEnd() ? null : this.#value();
  }

  #value(): YamlValue {
    const event = this.#take();
    if (event.type === EVENT_ID.SCALAR) {
      const text = getScalarValue(this.#text, event);
      return event.style === SCALAR_STYLE.PLAIN && NULL.test(text) ? null : text;
    }
    if (event.type === EVENT_ID.SEQUENCE) {
      const entries: YamlValue[] = [];
      while (!this.#isAtEnd()) entries.push(this.#value());
      this.#next++;
      return entries;
    }
    const entries = new Map<string, YamlValue>();
    while (!this.#isAtEnd()) {
      const key = this.#take();
      if (key.type !== EVENT_ID.SCALAR) this.#refuse('a key is a list or a map, not a text', key.start);
      else {
        const name = getScalarValue(this.#text, key);
        if (entries.has(name)) this.#refuse(`"${name}" is there twice`, key.valueStart);
        entries.set(name, this.#value());
      }
    }
    this.#next++;
    return entries;
  }

  /** The next event that begins a value. */
  #take(): Extract<Event, { tagStart: number }> {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) throw new Error('The YAML parser ended within a value.');
    // All positions that an event does not have are -1.
    const property = Math.max(event.anchorStart, event.type === EVENT_ID.ALIAS ? -1 : event.tagStart);
    if (event.type === EVENT_ID.ALIAS || property >= 0) this.#refuse('it uses an anchor, an alias or a tag: write the value itself', property);
    return event;
  }

  #isAtEnd(): boolean {
    return this.#events[this.#next]?.type === EVENT_ID.POP;
  }

  #refuse(why: string, at: number): never {
    throw refusal(this.#text, this.#item, why, at);
  }
}

/** A text in double quotes, which every reader of YAML 1.1 and 1.2 takes for that text. */
export const yamlText = (text: string): string =>
  JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

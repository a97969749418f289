import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';

/**
 * A reader of the YAML (1.2.2, https://yaml.org/spec/1.2.2/) that data set descriptions are written in: mappings,
 * sequences, both also in flow style, plain and quoted texts, block texts, comments. Anchors, aliases, tags and merge keys
 * are refused: nothing can be multiplied or made into something else than text. Scalars stay the text that they are.
 */
export type YamlValue = string | null | readonly YamlValue[] | ReadonlyMap<string, YamlValue>;

interface Line {
  readonly indent: number;
  /** Offset of the first character that is no space. */
  readonly from: number;
  /** Offset behind the last character. */
  readonly to: number;
}

const MOST_DEPTH = 50;
const NULL = /^(|~|null|Null|NULL)$/;

/** The first document of a text. Throws 'dataset-invalid' naming `item` and the line. Linear in the text's length. */
export function parseYaml(text: string, item: string): YamlValue {
  return new YamlReader(text.startsWith('\ufeff') ? text.slice(1) : text, item).document();
}

class YamlReader {
  readonly #text: string;
  readonly #item: string;
  readonly #lines: Line[] = [];
  /** The line that is read next. */
  #next = 0;

  constructor(text: string, item: string) {
    this.#text = text;
    this.#item = item;
    for (const { 0: line, index } of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n|$)/g)) {
      const indent = /^ */.exec(line)?.[0].length ?? 0;
      this.#lines.push({ indent, from: index + indent, to: index + line.replace(/[\r\n]+$/, '').length });
    }
  }

  document(): YamlValue {
    while (this.#peek() !== null && /^(%|---\s*(#|$))/.test(this.#rest(this.#peek() as Line))) this.#next++;
    const first = this.#peek();
    if (first === null) return null;
    const value = this.#block(first.indent, 0);
    const after = this.#peek();
    if (after !== null && !/^(---|\.\.\.)/.test(this.#rest(after))) this.#refuse('its indentation does not fit what is above', after.from);
    return value;
  }

  /** The next line that holds more than a comment. */
  #peek(): Line | null {
    for (; this.#next < this.#lines.length; this.#next++) {
      const line = this.#lines[this.#next];
      if (line !== undefined && line.from < line.to && this.#text[line.from] !== '#' && this.#rest(line).trim() !== '') return line;
    }
    return null;
  }

  #rest(line: Line): string {
    return this.#text.slice(line.from, line.to);
  }

  #block(indent: number, depth: number): YamlValue {
    if (depth > MOST_DEPTH) this.#refuse(`values lie more than ${MOST_DEPTH} deep in one another`, this.#peek()?.from ?? 0);
    const line = this.#peek();
    if (line === null) return null;
    const rest = this.#rest(line);
    if (/^-(\s|$)/.test(rest)) return this.#sequence(indent, depth);
    if (this.#keyEnd(line.from, line.to) !== null) return this.#mapping(indent, depth);
    return this.#value(line.from, indent - 1, depth);
  }

  #sequence(indent: number, depth: number): YamlValue {
    const entries: YamlValue[] = [];
    for (let line = this.#peek(); line !== null && line.indent === indent && /^-(\s|$)/.test(this.#rest(line)); line = this.#peek()) {
      const inner = /^-\s*/.exec(this.#rest(line))?.[0].length ?? 1;
      const from = line.from + inner;
      if (from < line.to && this.#text[from] !== '#' && (/^-(\s|$)/.test(this.#text.slice(from, line.to)) || this.#keyEnd(from, line.to) !== null)) {
        // "- a: 1": what follows the dash is a block that begins in the middle of this line.
        this.#lines[this.#next] = { indent: indent + inner, from, to: line.to };
        entries.push(this.#block(indent + inner, depth + 1));
      } else entries.push(this.#value(from, indent, depth));
    }
    return entries;
  }

  #mapping(indent: number, depth: number): YamlValue {
    const entries = new Map<string, YamlValue>();
    for (let line = this.#peek(); line !== null && line.indent === indent; line = this.#peek()) {
      const key = this.#keyEnd(line.from, line.to);
      if (key === null) {
        if (/^(---|\.\.\.)/.test(this.#rest(line))) break;
        this.#refuse('a key with a colon is missing', line.from);
      } else {
        const after = this.#text.slice(key.end, line.to);
        const from = key.end + (after.length - after.trimStart().length);
        const value = this.#value(from, indent, depth);
        if (entries.has(key.name)) this.#refuse(`"${key.name}" is there twice`, line.from);
        entries.set(key.name, value);
      }
    }
    return entries;
  }

  /** The key at `from` and the offset behind its colon, or null where there is none. */
  #keyEnd(from: number, to: number): { name: string; end: number } | null {
    const first = this.#text[from] ?? '';
    if (first === '"' || first === "'") {
      const quoted = this.#quotedUntil(from, to);
      const colon = quoted === null ? null : /^\s*:(?=\s|$)/.exec(this.#text.slice(quoted.end, to));
      return quoted === null || colon === null ? null : { name: quoted.value, end: quoted.end + colon[0].length };
    }
    if (first === '[' || first === '{') return null;
    const found = /^([^#]*?(?:[^\s#]#[^#]*?)*?)\s*:(?=\s|$)/.exec(this.#text.slice(from, Math.min(to, from + 1000)));
    if (found === null) return null;
    this.#plainOnly(from);
    return { name: found[1] ?? '', end: from + found[0].length };
  }

  /** The value that begins at `from` in the next line, or below it when there is nothing more on it. */
  #value(from: number, indent: number, depth: number): YamlValue {
    const line = this.#lines[this.#next] as Line;
    const rest = this.#text.slice(from, line.to);
    const first = rest[0] ?? '';
    if (first === '' || first === '#') {
      this.#next++;
      const below = this.#peek();
      // The entries of a sequence may stand right below their key.
      const isBelow = below !== null && (below.indent > indent || (below.indent === indent && /^-(\s|$)/.test(this.#rest(below)) && !/^-(\s|$)/.test(this.#rest(line))));
      return isBelow ? this.#block(below.indent, depth + 1) : null;
    }
    if (/^[|>][-+0-9]*\s*(#.*)?$/.test(rest)) return this.#blockText(indent, first === '>');
    if (first === '[' || first === '{' || first === '"' || first === "'") {
      const { value, end } = this.#flow(from, depth);
      this.#goBehind(end);
      return value;
    }
    return this.#plain(from, line, indent);
  }

  #plain(from: number, line: Line, indent: number): YamlValue {
    this.#plainOnly(from);
    const parts = [uncommented(this.#text.slice(from, line.to))];
    this.#next++;
    for (let next = this.#peek(); next !== null && next.indent > indent && this.#keyEnd(next.from, next.to) === null; next = this.#peek()) {
      parts.push(uncommented(this.#rest(next)));
      this.#next++;
    }
    const text = parts.join(' ');
    return NULL.test(text) ? null : text;
  }

  #blockText(indent: number, folded: boolean): string {
    const lines: string[] = [];
    this.#next++;
    for (; this.#next < this.#lines.length; this.#next++) {
      const line = this.#lines[this.#next] as Line;
      if (line.indent <= indent && line.from < line.to) break;
      lines.push(this.#rest(line));
    }
    return lines.join(folded ? ' ' : '\n').trimEnd();
  }

  /** Goes to the line after the one where a value ended, of which nothing may be left. */
  #goBehind(end: number): void {
    while ((this.#lines[this.#next]?.to ?? Infinity) < end) this.#next++;
    const rest = this.#text.slice(end, this.#lines[this.#next]?.to ?? end);
    if (!/^\s*($|\s#|#)/.test(rest)) this.#refuse('something follows where a value ends', end);
    this.#next++;
  }

  #flow(from: number, depth: number): { value: YamlValue; end: number } {
    if (depth > MOST_DEPTH) this.#refuse(`values lie more than ${MOST_DEPTH} deep in one another`, from);
    const first = this.#text[from];
    if (first === '"' || first === "'") return this.#quotedUntil(from, this.#text.length) ?? this.#refuse('a quote is not closed', from);
    if (first !== '[' && first !== '{') {
      this.#plainOnly(from);
      const plain = /(?:[^,[\]{}#:\r\n]|:(?![\s,[\]{}])|(?<=\S)#)*/y;
      plain.lastIndex = from;
      const found = plain.exec(this.#text)?.[0] ?? '';
      return { value: NULL.test(found.trim()) ? null : found.trim(), end: from + found.length };
    }
    const [list, map, close]: [YamlValue[], Map<string, YamlValue>, string] = [[], new Map(), first === '[' ? ']' : '}'];
    for (let at = this.#space(from + 1); ; ) {
      if (this.#text[at] === close) return { value: first === '[' ? list : map, end: at + 1 };
      const entry = this.#flow(at, depth + 1);
      at = this.#space(entry.end);
      if (first === '{') {
        if (this.#text[at] === ':') {
          const value = this.#flow(this.#space(at + 1), depth + 1);
          map.set(String(entry.value), value.value);
          at = this.#space(value.end);
        } else map.set(String(entry.value), null);
      } else list.push(entry.value);
      if (this.#text[at] === ',') at = this.#space(at + 1);
      else if (this.#text[at] !== close) this.#refuse(`a comma or "${close}" is missing`, at);
    }
  }

  /** Behind spaces, line ends and comments. */
  #space(from: number): number {
    const space = /(?:\s|(?<=\s)#[^\r\n]*)*/y;
    space.lastIndex = from;
    return from + (space.exec(this.#text)?.[0].length ?? 0);
  }

  /** Null when the quote is not closed before `to`. */
  #quotedUntil(from: number, to: number): { value: string; end: number } | null {
    const quote = this.#text[from] ?? '';
    for (let at = from + 1; at < to; at++) {
      const character = this.#text[at];
      if (character === '\\' && quote === '"') at++;
      else if (character === quote && quote === "'" && this.#text[at + 1] === "'") at++;
      else if (character === quote) {
        const lines = this.#text.slice(from + 1, at).split(/\r\n|\r|\n/);
        const inner = lines.map((line, i) => (i === 0 ? line : line.trimStart())).map((line, i) => (i === lines.length - 1 ? line : line.trimEnd())).join(' ');
        return { value: quote === "'" ? inner.replaceAll("''", "'") : inner.replaceAll(ESCAPE, unescaped), end: at + 1 };
      }
    }
    return null;
  }

  #plainOnly(from: number): void {
    const first = this.#text[from] ?? '';
    if (first === '&' || first === '*' || first === '!') this.#refuse('it uses an anchor, an alias or a tag: write the value itself', from);
    if (first === '@' || first === '`' || first === '\t' || (first === '?' && /\s/.test(this.#text[from + 1] ?? ' '))) this.#refuse(`nothing may begin with "${first}" here`, from);
  }

  #refuse(why: string, at: number): never {
    const line = this.#text.slice(0, at).split(/\r\n|\r|\n/).length;
    throw new MaskwrightError('dataset-invalid', `"${this.#item}" cannot be read as YAML: ${why} (line ${line}).`, this.#item);
  }
}

const uncommented = (text: string): string => text.replace(/\s#.*$/, '').trim();

const ESCAPE = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g;
const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b', N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029' };

function unescaped(_: string, escape: string): string {
  if (escape.length === 1) return ESCAPES[escape] ?? escape;
  const code = Number.parseInt(escape.slice(1), 16);
  return code <= 0x10ffff ? (escape.startsWith('U') ? String.fromCodePoint(code) : String.fromCharCode(code)) : '\ufffd';
}

/** A text in double quotes, which every reader of YAML 1.1 and 1.2 takes for that text. */
export const yamlText = (text: string): string =>
  JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

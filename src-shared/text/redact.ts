/** What is known of a machine and of who works there, to be gone from a text. */
export interface Secrets {
  /** Home folder; null where it is not known. */
  readonly home: string | null;
  /** Folder of the program itself, whose own files say nothing about a person; null where it is not known. */
  readonly program: string | null;
  readonly user: string;
  readonly host: string;
  /** Paths and names of projects, images, classes: gone wherever they stand. */
  readonly names: readonly string[];
}

/** Shorter names are found in half of all words. Between quotation marks they go all the same. */
const SHORTEST_NAME = 3;
/** Stand-ins, each one character while the text is worked on, so that nothing looks into them: a private use plane. */
const PLANE = 0xf_00_00;
const STAND_IN = /[\u{F0000}-\u{FFFFD}]/gu;
/** Electron-log's mark of a new entry. */
const ENTRY = /^\[\d{4}-\d\d-\d\d .*?\] (?:\[\w+\] )? ?/;
/** Where a path begins, with the mark before it if there is one. */
const PATH = /(?<![\p{L}\p{N}_])(?:file:\/\/|~(?=[/\\])|[A-Za-z]:(?=[/\\])|\.{1,2}(?=[/\\]))?[/\\]/u;
/** A part of a relative path, or a file of a kind that people have; other words with a dot are versions, libraries, calls. */
const RELATIVE = /[/\\]|\.(?:jpe?g?|jfif|mpo|png|webp|tiff?|gif|bmp|dib|avif|json|xml|txt|csv|ya?ml|zip|mwproj|onnx|pth?)(?![\p{L}\p{N}])/iu;
/** What stands before a name without quotation marks, unless the line begins with it. */
const DELIMITER = /[:,]\s|[=([{]/g;
/** Files of the program, seen from its folder, with line and column. */
const INSIDE = String.raw`[/\\](?:[\w-]+\.asar(?:\.unpacked)?[/\\])?(?:dist|node_modules|src-main|src-shared)[/\\][\w@.+/\\-]*(?::\d+){0,2}`;
const NODE_MODULE = String.raw`\bnode:[\w/]+(?::\d+){0,2}`;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
/** As a whole word, in any case: no letter or digit goes on at its ends. */
const asWord = (text: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(text)}(?![\\p{L}\\p{N}])`, 'giu');

/**
 * Takes paths, names and whoever works here out of texts that are shown to others. The same becomes the same number in
 * all texts of one Redactor: `<1>`, after `~/` when it lay in the home folder. What is not known to be a name is judged by
 * its looks, and rather too much goes than too little: all between a line's first and last quotation mark, and what
 * follows the beginning of a path to the end of its line, since names may hold spaces, colons and marks.
 */
export class Redactor {
  readonly #numbers = new Map<string, number>();
  /** By code point above PLANE. */
  readonly #standIns: string[] = [];
  readonly #home: string | null;
  readonly #names: readonly string[];
  readonly #ownFiles: RegExp;
  readonly #person: readonly (readonly [RegExp, string])[];

  constructor({ home, program, user, host, names }: Secrets) {
    this.#home = home === '' ? null : home;
    // Disks write accents in either of two ways, whatever the name was typed in.
    const spelled = names.flatMap((name) => [name, name.normalize('NFC'), name.normalize('NFD')]);
    this.#names = [...new Set(spelled)].filter((name) => name.length >= SHORTEST_NAME).sort((a, b) => b.length - a.length);
    this.#ownFiles = new RegExp(`${program === null || program === '' ? '' : `(?:file://)?${escaped(program)}(?<inside>${INSIDE})|`}${NODE_MODULE}`, 'gu');
    this.#person = [[user, '<user>'] as const, [host, '<host>'] as const].filter(([name]) => name !== '').sort((a, b) => b[0].length - a[0].length).map(([name, as]) => [asWord(name), as]);
  }

  /** The text without all that. Line ends stay, but for those inside a name. */
  redact(text: string): string {
    let now = text.replaceAll(STAND_IN, '?').replaceAll(this.#ownFiles, (found, inside: unknown) => this.#standIn(typeof inside === 'string' ? `<program>${inside}` : found));
    const lower = now.toLowerCase();
    for (const name of this.#names) {
      if (lower.includes(name.toLowerCase()) || text.includes(name)) now = now.replaceAll(asWord(name), () => this.#hide(name));
    }
    let inQuotes = false;
    const lines = now.split('\n').map((line) => {
      const mark = ENTRY.exec(line)?.[0] ?? '';
      // A quotation that never ended does not swallow the next entry.
      if (mark !== '') inQuotes = false;
      const [rest, open] = this.#withoutQuoted(line.slice(mark.length), inQuotes);
      inQuotes = open;
      return mark + this.#withoutPath(rest);
    });
    const without = this.#person.reduce((line, [person, as]) => line.replaceAll(person, as), lines.join('\n'));
    return without.replaceAll(STAND_IN, (c) => this.#standIns[(c.codePointAt(0) ?? PLANE) - PLANE] ?? '?');
  }

  #standIn(text: string): string {
    const known = this.#standIns.indexOf(text);
    if (known === -1) this.#standIns.push(text);
    return String.fromCodePoint(PLANE + (known === -1 ? this.#standIns.length - 1 : known));
  }

  #hide(secret: string): string {
    if (secret.replaceAll(STAND_IN, '').trim() === '') return secret;
    const inHome = this.#home !== null && secret.startsWith(this.#home);
    if (secret === this.#home) return this.#standIn('~');
    const number = this.#numbers.get(secret) ?? this.#numbers.size + 1;
    this.#numbers.set(secret, number);
    return this.#standIn(`${inHome || /^~[/\\]/.test(secret) ? '~/' : ''}<${number}>`);
  }

  /** With what was between marks hidden, and whether a quotation goes on in the next line: names may hold line ends. */
  #withoutQuoted(line: string, wasOpen: boolean): [string, boolean] {
    const first = line.search(/[“"]/);
    // What closes here began further up, or the name holds more than one closing mark.
    const goesOn = wasOpen || (line.includes('”') && (first === -1 || line.indexOf('”') < first));
    if (!goesOn && first === -1) return [line, false];
    const straight = !goesOn && line[first] === '"';
    const begins = goesOn ? 0 : first + 1;
    const last = line.lastIndexOf(straight ? '"' : '”');
    const open = !straight && line.lastIndexOf('“') > last;
    if (last < begins || open) return [line.slice(0, begins) + this.#hide(line.slice(begins)), open || wasOpen];
    const [after, opens] = this.#withoutQuoted(line.slice(last + 1), false);
    return [line.slice(0, begins) + this.#hide(line.slice(begins, last)) + line.slice(last, last + 1) + after, opens];
  }

  #withoutPath(line: string): string {
    const path = line.search(PATH);
    const before = path === -1 ? line : line.slice(0, path);
    const hidden = path === -1 ? '' : this.#hide(line.slice(path));
    const relative = before.search(RELATIVE);
    if (relative === -1) return before + hidden;
    const delimiter = [...before.slice(0, relative).matchAll(DELIMITER)].at(-1);
    const begins = delimiter === undefined ? 0 : delimiter.index + delimiter[0].length;
    return before.slice(0, begins) + this.#hide(before.slice(begins)) + hidden;
  }
}

/** Lines kept of what a program says; the stack of an error takes some dozens. */
const MOST_LINES = 60;
const MOST_CHARACTERS = 300;
/** What stands around an error and does not tell it: stacks and quoted source (indented), places, brackets, Node's version. */
const AROUND = /^(\s|node:|file:|\/.*:\d+$|[A-Za-z]:\\.*:\d+$|[{}[\]()]|Node\.js v)/;
const AN_ERROR = /^(Uncaught )?\w*(Error|Exception)( \[\w+\])?: /;
/** Chromium begins each line with its process, time and place. */
const CHROMIUM_PREFIX = /^\[[^\]]*:(FATAL|ERROR):[^\]]*\] /;

/** The end of what a program said on stderr, where the reason stands that it ended for. */
export class LastWords {
  #lines: string[] = [];

  hear(line: string): void {
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES);
  }

  /** One line, or null where it said nothing. */
  get cause(): string | null {
    const telling = this.#lines.filter((line) => !AROUND.test(line));
    const line = telling.findLast((it) => AN_ERROR.test(it)) ?? telling.at(-1) ?? this.#lines.at(-1)?.trim();
    if (line === undefined) return null;
    const cause = line.replace(CHROMIUM_PREFIX, '').replace(/ \{$/, '').trimEnd();
    return cause.length > MOST_CHARACTERS ? `${cause.slice(0, MOST_CHARACTERS)}…` : cause;
  }
}

/** The numbers that Python's json module writes and JSON does not have. */
const TOKEN = /(-?)\b(NaN|Infinity)\b/g;
/** Larger than any number: JSON.parse makes it infinite. */
const INFINITE = '1e999';
/** Stands for NaN until it is parsed; no text of a file can be it, as NUL has to be escaped there. */
const NOT_A_NUMBER = '\0NaN';

/** JSON with NaN, Infinity and -Infinity, as Python's json.dump writes them. Throws SyntaxError for what is neither. */
export function parsePythonJson(text: string): unknown {
  let out = '';
  let hasNaN = false;
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    out += text.slice(at, end).replaceAll(TOKEN, (_, sign: string, word: string) => {
      if (word === 'Infinity') return sign + INFINITE;
      hasNaN = true;
      return JSON.stringify(NOT_A_NUMBER);
    });
    at = quote === -1 ? end : endOfString(text, quote);
    out += text.slice(end, at);
  }
  return hasNaN ? JSON.parse(out, (_, value: unknown) => (value === NOT_A_NUMBER ? Number.NaN : value)) : JSON.parse(out);
}

/** The place after a text that begins at a quote. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; ) {
    const close = text.indexOf('"', at);
    if (close === -1) return text.length;
    const escape = text.slice(at, close).indexOf('\\');
    if (escape === -1) return close + 1;
    at += escape + 2;
  }
}

export { csvRow } from '../../../../src-shared/text/csv-row.ts';
export type { Cell } from '../../../../src-shared/text/csv-row.ts';

/** By hand, since it is shorter than the options of a library. The rows of a CSV text, which may begin with a byte-order mark; commas, or semicolons or tabs where the first row has none. Cells are trimmed outside of quotes; empty rows are left out. */
export function parseCsv(text: string): string[][] {
  const from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const first = /[^\r\n]*/.exec(text.slice(from))?.[0] ?? '';
  const separator = [',', ';', '\t'].find((candidate) => first.includes(candidate)) ?? ',';
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = from; at <= text.length; ) {
    const { cell, next } = cellAt(text, at, separator);
    row.push(cell);
    if (text[next] === separator) {
      at = next + 1;
      continue;
    }
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
    at = next + (text.startsWith('\r\n', next) ? 2 : 1);
  }
  return rows;
}

/** The cell that begins at `at`, and where what ends it stands. */
function cellAt(text: string, at: number, separator: string): { cell: string; next: number } {
  if (text[at] !== '"') {
    const next = endOf(text, at, separator);
    return { cell: text.slice(at, next).trim(), next };
  }
  let cell = '';
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return { cell: cell + text.slice(from), next: text.length };
    cell += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { cell, next: endOf(text, quote + 1, separator) };
    cell += '"';
    from = quote + 2;
  }
}

function endOf(text: string, at: number, separator: string): number {
  let next = at;
  while (next < text.length && text[next] !== separator && text[next] !== '\n' && text[next] !== '\r') next++;
  return next;
}

/** A cell of a CSV file: numbers are written as they are, null is empty. */
export type Cell = string | number | null;

/**
 * A row of CSV (RFC 4180, with its line end). Spreadsheets run text that begins like a formula, so such text gets an
 * apostrophe before it, which they take for "this is text" (OWASP, CSV Injection).
 */
export const csvRow = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

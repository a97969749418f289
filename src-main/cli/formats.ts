import type { FormatOption, FormatRow } from '../../src-shared/contract/datasets.ts';
import { describeFormat } from '../datasets/formats/parts/describe-options.ts';
import { FORMATS } from '../datasets/formats/registry.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `maskwright formats`: what data sets can be read and written, with the options of each. */
export function printFormats(options: { readonly json?: true }, console: Console): ExitCode {
  const rows = FORMATS.map(describeFormat);
  console.out(options.json ? `${JSON.stringify(rows, null, 2)}\n` : rows.map(text).join(''));
  return EXIT.done;
}

function text({ id, name, form, readable, writable, options }: FormatRow): string {
  const ways = readable && writable ? 'read and written' : readable ? 'only read' : 'only written';
  return `${id.padEnd(14)}  ${name}: ${form === 'file' ? 'one file' : 'a folder'}, ${ways}\n${options.map((option) => `    --set ${option.name}=${values(option)}\n`).join('')}`;
}

function values(option: FormatOption): string {
  const description = option.description === null ? '' : `: ${option.description}`;
  const preset = option.default === null ? '' : ` (${option.default})`;
  switch (option.kind) {
    case 'choice':
      return `${option.choices.join('|')}${preset}${description}`;
    case 'switch':
      return `true|false${preset}${description}`;
    default:
      return `${option.kind === 'number' ? 'NUMBER' : 'TEXT'}${preset}${description}`;
  }
}

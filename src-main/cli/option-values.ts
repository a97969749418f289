import type { ExportOptions, FormatRow } from '../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** The options of a format from KEY=VALUE words. Throws 'bad-request' naming the option; bounds and texts are checked by the format itself. */
export function optionValues({ name, options }: FormatRow, words: readonly string[]): ExportOptions {
  const values: ExportOptions = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const key = word.slice(0, at);
    const text = word.slice(at + 1);
    if (at < 1) throw new MaskwrightError('bad-request', `"--set ${word}" is no KEY=VALUE.`, word);
    const option = options.find((known) => known.name === key);
    if (option === undefined) throw new MaskwrightError('bad-request', `${name} has no option "${key}". ${options.length === 0 ? 'It has none.' : `It has ${options.map((known) => known.name).join(', ')}.`}`, key);
    if (option.kind === 'switch') {
      if (text !== 'true' && text !== 'false') throw new MaskwrightError('bad-request', `The option "${key}" is true or false, not "${text}".`, key);
      values[key] = text === 'true';
    } else if (option.kind === 'number') {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      if (!Number.isFinite(number)) throw new MaskwrightError('bad-request', `The option "${key}" is a number, not "${text}".`, key);
      values[key] = number;
    } else values[key] = text;
  }
  return values;
}

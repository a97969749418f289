import { InvalidArgumentError } from 'commander';
import { GroupPattern, MOST_SEED } from '../../src-shared/contract/splits.ts';
import type { SplitPart } from '../../src-shared/contract/splits.ts';

/** What stands behind the options of `maskwright split`; each throws InvalidArgumentError. */

/** Parts from NAME=SHARE words between commas. */
export function ratio(text: string): SplitPart[] {
  const parts = text.split(',').map((word) => {
    const at = word.lastIndexOf('=');
    const name = word.slice(0, Math.max(0, at)).trim();
    const share = word.slice(at + 1).trim() === '' ? Number.NaN : Number(word.slice(at + 1));
    if (name === '' || !(share > 0 && share <= 1e6)) throw new InvalidArgumentError(`"${word}" is no NAME=SHARE with a share above 0, such as train=0.8.`);
    return { name, share };
  });
  if (new Set(parts.map(({ name }) => name)).size < parts.length) throw new InvalidArgumentError(`"${text}" names a part twice.`);
  return parts;
}

export function seed(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > MOST_SEED) throw new InvalidArgumentError(`A seed is a whole number from 0 to ${MOST_SEED}.`);
  return number;
}

/** `folder`, `duplicates` or one pattern, beside those before. */
export function group(word: string, before: readonly string[]): string[] {
  if (isPattern(word) && !GroupPattern.safeParse(word).success) throw new InvalidArgumentError(`"${word}" is neither folder nor duplicates, nor a pattern of names with {group} once, such as frame_{group}_*.`);
  if (isPattern(word) && before.some(isPattern)) throw new InvalidArgumentError('Only one pattern can be given.');
  return [...before, word];
}

const isPattern = (word: string): boolean => word !== 'folder' && word !== 'duplicates';

import type { Extras } from '../extras.ts';

const WORDS: Readonly<Record<Exclude<keyof Extras, 'own'>, string>> = {
  attributes: 'its attributes', supercategory: 'its supercategory', crowd: 'that it is a crowd', group: 'its group', occluded: 'that it is occluded',
  truncated: 'that it is truncated', difficult: 'that it is difficult', score: 'its score', description: 'its description',
};

/** For a preflight: what a format that keeps only `kept` of an instance's extras leaves out, in words; null when nothing. */
export function lostExtras(extras: Extras, kept: readonly (keyof Extras)[]): string | null {
  const lost = (Object.keys(WORDS) as (keyof typeof WORDS)[]).filter((key) => extras[key] !== undefined && !kept.includes(key));
  return lost.length === 0 ? null : `left out: ${lost.map((key) => WORDS[key]).join(', ')}`;
}

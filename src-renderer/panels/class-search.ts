import { fuzzySearch } from '../commands/fuzzy.ts';

/** A line of the class picker: a class that is there, or the name typed as a new one. */
export type ClassChoice<T> = { readonly kind: 'class'; readonly item: T } | { readonly kind: 'create'; readonly name: string };

const folded = (text: string): string => text.normalize('NFKC').toLocaleLowerCase();

/**
 * What Enter takes comes first: the class of that very name, then those that begin with what was typed. Without any of
 * these it is a new class, so that typing "bear" and Enter never labels as "teddy bear"; what holds the text elsewhere
 * (at the start of a word, inside one, as scattered letters) follows.
 */
export function classChoices<T extends { readonly name: string }>(typed: string, classes: readonly T[]): ClassChoice<T>[] {
  const name = typed.trim();
  const toChoice = (item: T): ClassChoice<T> => ({ kind: 'class', item });
  if (name === '') return classes.map(toChoice);
  const wanted = folded(name);
  const rank = (it: T): number => {
    const has = folded(it.name);
    if (it.name === name) return 0;
    if (has === wanted) return 1;
    if (has.startsWith(wanted)) return 2;
    if (has.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) || has.includes(` ${wanted}`)) return 3;
    return has.includes(wanted) ? 4 : 5;
  };
  // Classes keep the project's order where they match alike; only scattered letters are ordered by how well they do.
  const ranked = classes.map((item) => ({ item, rank: rank(item) }));
  const literal = ranked.filter((it) => it.rank < 5).sort((a, b) => a.rank - b.rank);
  const scattered = fuzzySearch(wanted, ranked.filter((it) => it.rank === 5), (it) => folded(it.item.name)).map(({ item }) => item);
  const begins = literal.filter((it) => it.rank <= 2);
  const others = [...literal.filter((it) => it.rank > 2), ...scattered];
  const create: ClassChoice<T>[] = begins.some((it) => it.rank <= 1) ? [] : [{ kind: 'create', name }];
  return [...begins.map(({ item }) => toChoice(item)), ...create, ...others.map(({ item }) => toChoice(item))];
}

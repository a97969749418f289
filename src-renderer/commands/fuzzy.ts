import fuzzysort from 'fuzzysort';

export interface Found<T> {
  readonly item: T;
  /** The text in pieces, those that were searched for made by `mark`. */
  highlighted<Mark>(mark: (text: string, key: number) => Mark): readonly (string | Mark)[];
}

/** So that "nd" is "Next image, not done" before "Undo". */
const BEGINS_ALIKE = 1.1;

/**
 * The items whose text has the letters searched for, in order and not necessarily together; words may come in any order,
 * and accents and case do not matter. The best come first, equally good ones in their order; without a search, all do.
 */
export function fuzzySearch<T>(search: string, items: readonly T[], textOf: (item: T) => string): Found<T>[] {
  if (search.trim() === '') return items.map((item) => ({ item, highlighted: () => [textOf(item)] }));
  const targets = items.map((item, at) => ({ item, at }));
  return fuzzysort
    .go(search, targets, { key: ({ item }) => textOf(item), limit: 0, threshold: 0, scoreFn: ({ score, indexes }) => score * (indexes[0] === 0 ? BEGINS_ALIKE : 1) })
    .toSorted((a, b) => b.score - a.score || a.obj.at - b.obj.at)
    .map((result) => ({ item: result.obj.item, highlighted: (mark) => result.highlight(mark) }));
}

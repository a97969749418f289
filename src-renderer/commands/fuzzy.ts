/** Where a search matched: positions in the text, for highlighting, and how well. */
export interface FuzzyMatch {
  readonly score: number;
  readonly positions: readonly number[];
}

const START_OF_TEXT = 12;
const START_OF_WORD = 8;
const CONSECUTIVE = 6;
const GAP = -1;
const MOST_GAP = -5;
const UNREACHABLE = -1e9;

function startsWord(text: string, at: number): boolean {
  return at === 0 || /[\s/_\-.:…]/.test(text[at - 1] ?? '');
}

/**
 * Finds a search's letters in a text, in order, not necessarily together. Words' beginnings and runs count more, so
 * "ex" prefers "Export" to "Next". The best placement is found by dynamic programming over (letter, place), as in
 * Smith–Waterman alignment with gaps; O(letters × places).
 *
 * @returns null when a letter is missing. An empty search matches everything with score 0.
 */
export function fuzzyMatch(search: string, text: string): FuzzyMatch | null {
  const wanted = [...search.toLocaleLowerCase()].filter((c) => c.trim() !== '');
  const given = [...text].map((c) => c.toLocaleLowerCase());
  if (wanted.length === 0) return { score: 0, positions: [] };

  // best[i][j]: the best score with letter i at place j. from[i][j]: the place of letter i − 1 then.
  const best: number[][] = [];
  const from: number[][] = [];
  for (const [i, letter] of wanted.entries()) {
    const above = best[i - 1];
    const row: number[] = [];
    const origin: number[] = [];
    // The best place so far for the letter before, with the gap's cost growing as we go.
    let reach = UNREACHABLE;
    let reachFrom = -1;
    for (const [j, character] of given.entries()) {
      const before = j === 0 ? UNREACHABLE : (above?.[j - 1] ?? UNREACHABLE);
      const place = j === 0 ? START_OF_TEXT : startsWord(text, j) ? START_OF_WORD : 0;
      let score = UNREACHABLE;
      let chosen = -1;
      if (character === letter) {
        if (i === 0) score = place + Math.max(MOST_GAP, GAP * j);
        else if (before + CONSECUTIVE >= reach && before > UNREACHABLE) [score, chosen] = [before + CONSECUTIVE + place, j - 1];
        else if (reach > UNREACHABLE) [score, chosen] = [reach + place, reachFrom];
      }
      row.push(score);
      origin.push(chosen);
      if (before + MOST_GAP > reach && before > UNREACHABLE) [reach, reachFrom] = [before + MOST_GAP, j - 1];
    }
    best.push(row);
    from.push(origin);
  }

  const last = best[wanted.length - 1] ?? [];
  let at = last.reduce((top, score, j) => (score > (last[top] ?? UNREACHABLE) ? j : top), 0);
  const score = last[at] ?? UNREACHABLE;
  if (score <= UNREACHABLE) return null;
  const positions: number[] = [];
  for (let i = wanted.length - 1; i >= 0; i -= 1) {
    positions.unshift(at);
    at = from[i]?.[at] ?? 0;
  }
  return { score, positions };
}

/** The items that match, best first; equally good ones keep their order. */
export function fuzzySearch<T>(search: string, items: readonly T[], textOf: (item: T) => string): { item: T; match: FuzzyMatch }[] {
  return items
    .flatMap((item) => {
      const match = fuzzyMatch(search, textOf(item));
      return match === null ? [] : [{ item, match }];
    })
    .sort((a, b) => b.match.score - a.match.score);
}

import { assert as check, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzyMatch, fuzzySearch } from './fuzzy.ts';

const best = (search: string, ...texts: string[]): string | undefined => fuzzySearch(search, texts, (t) => t)[0]?.item;

describe('fuzzy search', () => {
  it('finds letters in order, not necessarily together', () => {
    expect(fuzzyMatch('mdn', 'Mark done and go to the next')).not.toBeNull();
    expect(fuzzyMatch('nd', 'done')).toBeNull();
  });
  it('prefers beginnings of the text, then of words, then runs', () => {
    expect(best('ex', 'Next image', 'Export…')).toBe('Export…');
    expect(best('nd', 'Undo', 'Next image not done')).toBe('Next image not done');
    expect(best('sett', 'Show only the selection', 'Settings…')).toBe('Settings…');
  });
  it('marks the letters of the best placement, not of the first', () => {
    expect(fuzzyMatch('do', 'Undo or done')?.positions).toEqual([8, 9]);
  });
  it('does not mind case and spaces', () => {
    expect(fuzzyMatch('ZOOM in', 'Zoom in')?.positions).toEqual([0, 1, 2, 3, 5, 6]);
  });
  it('leaves the order alone where nothing is searched', () => {
    expect(fuzzySearch('', ['b', 'a'], (t) => t).map((f) => f.item)).toEqual(['b', 'a']);
  });
  it('marks exactly the letters searched for, in order', () => {
    check(
      property(string(), string(), (search, text) => {
        const match = fuzzyMatch(search, text);
        if (match === null) return;
        const letters = [...search.toLocaleLowerCase()].filter((c) => c.trim() !== '');
        const given = [...text];
        expect(match.positions.map((p) => given[p]?.toLocaleLowerCase())).toEqual(letters);
        expect([...match.positions].sort((a, b) => a - b)).toEqual([...new Set(match.positions)]);
      }),
    );
  });
  it('finds every text by any of its own subsequences', () => {
    check(
      property(string({ unit: 'grapheme-ascii', minLength: 1 }), string(), (search, noise) => {
        const text = [...search].map((c, i) => c + (noise[i] ?? '')).join('');
        expect(fuzzyMatch(search, text)).not.toBeNull();
      }),
    );
  });
});

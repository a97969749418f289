import { assert as check, pre, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzySearch } from './fuzzy.ts';

/** What is found, best first, with what is marked in brackets. */
const found = (search: string, ...texts: string[]): string[] => fuzzySearch(search, texts, (text) => text).map(({ highlighted }) => highlighted((text) => `[${text}]`).join(''));

/** As the search takes them: case, which quotation mark, and which slash do not matter. */
const alike = (text: string): string => text.toLowerCase().replaceAll(' ', '').replaceAll(/['"`]/g, "'").replaceAll('\\', '/');

describe('fuzzy search', () => {
  it('finds letters in order, not necessarily together', () => {
    expect(found('mdn', 'Mark done and go to the next')).toHaveLength(1);
    expect(found('nd', 'done')).toEqual([]);
  });
  it('prefers beginnings of the text, then of words, then runs', () => {
    expect(found('ex', 'Next image', 'Export…')[0]).toBe('[Ex]port…');
    expect(found('nd', 'Undo', 'Next image not done')[0]).toBe('[N]ext image not [d]one');
    expect(found('sett', 'Show only the selection', 'Settings…')[0]).toBe('[Sett]ings…');
  });
  it('marks the letters of the best placement, not of the first', () => {
    expect(found('do', 'Undo or done')).toEqual(['Undo or [do]ne']);
  });
  it('does not mind case, accents and the order of words', () => {
    expect(found('ZOOM in', 'Zoom in')).toEqual(['[Zoom in]']);
    expect(found('fenetre', 'Fenêtre')).toEqual(['[Fenêtre]']);
    expect(found('image next', 'Next image')).toEqual(['[Next] [image]']);
  });
  it('marks whole characters beside emoji and in other scripts', () => {
    expect(found('😀b', 'a😀 b')).toEqual(['a[😀] [b]']);
    expect(found('猫車', '猫の車')).toEqual(['[猫]の[車]']);
  });
  it('leaves the order alone where nothing is searched, and where texts match alike', () => {
    expect(found('', 'b', 'a')).toEqual(['b', 'a']);
    expect(found('x', ...Array.from({ length: 20 }, (_, i) => `x${String.fromCharCode(116 - i)}`))).toEqual(Array.from({ length: 20 }, (_, i) => `[x]${String.fromCharCode(116 - i)}`));
  });
  it('finds every text by any of its own subsequences, and marks only letters searched for', () => {
    check(
      property(string({ unit: 'grapheme-ascii', minLength: 1 }), string({ unit: 'grapheme-ascii' }), (search, noise) => {
        pre(search.trim() !== '');
        const text = [...search].map((c, i) => c + (noise[i] ?? '')).join('');
        const [first] = fuzzySearch(search, [text], (t) => t);
        const marked = new Set<string>();
        first?.highlighted((letters) => [...alike(letters)].forEach((letter) => marked.add(letter)));
        expect(marked).toEqual(new Set(alike(search)));
      }),
    );
  });
});

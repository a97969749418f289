import { describe, expect, it } from 'vitest';
import { classChoices } from './class-search.ts';

const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));
/** The lines as they read, a new class with a plus. */
const lines = (typed: string, ...names: string[]): string[] => classChoices(typed, named(...names)).map((it) => (it.kind === 'create' ? `+${it.name}` : it.item.name));

describe('the lines of the class picker', () => {
  it.each([
    ['a word inside another name is not that class', 'bear', ['teddy bear'], ['+bear', 'teddy bear']],
    ['nor is a part of a word', 'car', ['scar', 'oscar'], ['+car', 'scar', 'oscar']],
    ['nor are scattered letters', 'tb', ['teddy bear'], ['+tb', 'teddy bear']],
    ['the very name comes before longer ones', 'bear', ['teddy bear', 'bearing', 'bear'], ['bear', 'bearing', 'teddy bear']],
    ['in any case', 'BEAR', ['bearing', 'Bear'], ['Bear', 'bearing']],
    ['but the same case first', 'bear', ['Bear', 'bear'], ['bear', 'Bear']],
    ['and any width', 'ｂｅａｒ', ['bear'], ['bear']],
    ['a beginning is enough', 'ted', ['untedious', 'teddy bear', 'teddy'], ['teddy bear', 'teddy', '+ted', 'untedious']],
    ['words before parts of words', 'glass', ['fiberglass', 'wine glass'], ['+glass', 'wine glass', 'fiberglass']],
    ['a name with spaces', 'teddy b', ['teddy', 'teddy bear'], ['teddy bear', '+teddy b']],
    ['words of other scripts', 'мед', ['белый медведь'], ['+мед', 'белый медведь']],
    ['signs alone', '˜', ['˜', 'a˜'], ['˜', 'a˜']],
    ['nothing alike', 'cup', ['bear'], ['+cup']],
    ['nothing typed', ' ', ['bear', 'cup'], ['bear', 'cup']],
  ])('%s', (_, typed, names, expected) => {
    expect(lines(typed, ...names)).toEqual(expected);
  });
});

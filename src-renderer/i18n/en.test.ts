/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';
import { calls } from '../../src-shared/contract/contract.ts';
import en from './en.json' with { type: 'json' };

type Tree = { readonly [key: string]: string | Tree };

function* leaves(tree: Tree, prefix = ''): Generator<string> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') yield prefix + key;
    else yield* leaves(value, `${prefix}${key}.`);
  }
}

const files = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });
const source = Object.entries(files).filter(([name]) => !name.includes('.test.')).map(([, text]) => text).join('\n');

/** Keys as the page knows them: i18next adds what a count asks for (CLDR plural categories). */
const known = new Set([...leaves(en)].map((k) => k.replace(/_(?:zero|one|two|few|many|other)$/, '')));
const keysIn = (text: string): string[] => [...text.matchAll(/(?<!=== )'([a-zA-Z]+\.[a-zA-Z0-9.-]+)'/g)].map((m) => m[1] ?? '');

/** Keys asked for: in a call of t (also the two of a choice), and the registry's titles. */
const asked = [...source.matchAll(/\bt\(([^()`]*)/g), ...source.matchAll(/\btitle: ('[^']*')/g)].flatMap((m) => keysIn(m[1] ?? ''));
/** All strings that could be a key, wherever they stand. */
const mentioned = new Set(keysIn(source));
/** Keys that are put together while the program runs: `filter.${value}`. */
const stems = [...source.matchAll(/`([a-zA-Z]+\.[a-zA-Z.-]*)\$\{/g)].map((m) => m[1] ?? '');

describe('the English file', () => {
  it('has every text that the page asks for', () => {
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((k) => !known.has(k))).toEqual([]);
  });
  it('has nothing that the page never asks for', () => {
    expect([...known].filter((k) => !mentioned.has(k) && !stems.some((s) => k.startsWith(s)))).toEqual([]);
  });
  it('has the singular of everything it counts', () => {
    const keys = new Set(leaves(en));
    expect([...keys].filter((k) => k.endsWith('_other') && !keys.has(k.replace(/_other$/, '_one')))).toEqual([]);
  });
});

describe('names of edits', () => {
  it('are short enough for the program even with the longest file or class name', () => {
    const { label } = calls['project.edit'].params.shape;
    for (const text of Object.values(en.edit)) expect(label.safeParse(text.replace('{{name}}', 'x'.repeat(255)).replace('{{count}}', '100000')).success).toBe(true);
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPart, MOST_FORM_PARTS, planOf, problemOf, removePart, useSplitForm, withPercent } from './split-form.ts';
import type { FormPart } from './split-form.ts';

const percents = (parts: readonly FormPart[]): number[] => parts.map(({ percent }) => percent);
const START = useSplitForm.getState();

test('shares make the whole and none is empty, whatever is moved, added and removed', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('move' as const), at: fc.nat(MOST_FORM_PARTS), to: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ do: fc.constant('add' as const) }),
    fc.record({ do: fc.constant('remove' as const), at: fc.nat(MOST_FORM_PARTS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let { parts } = START;
      for (const one of steps) {
        if (one.do === 'add' && parts.length < MOST_FORM_PARTS) parts = addPart(parts, 'more');
        else if (one.do === 'remove' && parts.length > 1) parts = removePart(parts, one.at % parts.length);
        else if (one.do === 'move') {
          const at = one.at % parts.length;
          parts = withPercent(parts, at, one.to);
          expect(parts[at]?.percent).toBe(parts.length === 1 ? 100 : Math.min(one.to, 101 - parts.length));
        }
        expect(percents(parts).reduce((a, b) => a + b, 0)).toBe(100);
        expect(Math.min(...percents(parts))).toBeGreaterThanOrEqual(1);
        expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
      }
    }),
  );
});

describe('the form', () => {
  test('moves the others as they stand to one another', () => {
    expect(percents(withPercent(START.parts, 0, 60))).toEqual([60, 20, 20]);
    expect(percents(withPercent(START.parts, 1, 40))).toEqual([53, 40, 7]);
    expect(percents(addPart(START.parts, 'more'))).toEqual([72, 9, 9, 10]);
    expect(percents(removePart(START.parts, 0))).toEqual([50, 50]);
  });

  test('is a plan once each part has a name of its own and a pattern its group', () => {
    const named = (...names: string[]): FormPart[] => START.parts.map((part, i) => ({ ...part, name: names[i] ?? part.name }));
    expect(problemOf(START)).toBeNull();
    expect(problemOf({ ...START, parts: named(' ') })).toBe('noName');
    expect(problemOf({ ...START, parts: named('val ') })).toBe('sameName');
    expect(problemOf({ ...START, byName: true, pattern: 'frame_*' })).toBe('noGroup');
    expect(planOf({ ...START, parts: named('train '), pattern: '{group}_*' })).toMatchObject({ parts: [{ name: 'train', share: 80 }, { name: 'val' }, { name: 'test' }], groups: { pattern: null } });
  });
});

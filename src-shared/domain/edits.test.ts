import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Edit, invert, invertAll } from './edits.ts';
import { packIds, unpackIds } from './packed-ids.ts';
import { nextColour, PALETTE } from './palette.ts';

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 1, maxLength: 20 }).map((list) => packIds(list));
const status = fc.constantFrom('todo' as const, 'in-progress' as const, 'done' as const);
const fate = fc.oneof(fc.constant(null), fc.constant({ action: 'delete' as const }), fc.constant({ action: 'unlabel' as const }), fc.integer({ min: 1, max: 99 }).map((to) => ({ action: 'move' as const, to })));
const classState = fc.record({ name: fc.constantFrom('Cat', 'Dog'), colour: fc.constantFrom(...PALETTE), key: fc.option(fc.integer({ min: 1, max: 9 })), position: fc.nat(), fate });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ type: fc.constantFrom('instances.add' as const, 'instances.remove' as const), ids }),
  fc.record({ type: fc.constant('instances.set' as const), ids, before: fc.record({ class: fc.option(fc.integer({ min: 1 })), z: fc.integer() }), after: fc.record({ class: fc.option(fc.integer({ min: 1 })), z: fc.integer() }) }),
  fc.record({ type: fc.constant('class.put' as const), id: fc.integer({ min: 1 }), before: fc.option(classState), after: fc.option(classState) }),
  fc.record({ type: fc.constant('images.status' as const), ids, before: status, after: status }),
);

test('inverting twice gives the edit back, and an inverse is an edit itself', () => {
  fc.assert(fc.property(edit, (e) => {
    expect(invert(invert(e))).toEqual(e);
    expect(Edit.parse(invert(e))).toEqual(invert(e));
  }));
});

test('an inverse leads from after to before', () => {
  expect(invert({ type: 'images.status', ids: packIds([4]), before: 'todo', after: 'done' })).toEqual({ type: 'images.status', ids: packIds([4]), before: 'done', after: 'todo' });
  expect(invert({ type: 'instances.add', ids: packIds([4]) })).toEqual({ type: 'instances.remove', ids: packIds([4]) });
});

test('a step is taken back from its end', () => {
  fc.assert(fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
    expect(invertAll(edits)).toEqual(edits.map(invert).toReversed());
    expect(invertAll(invertAll(edits))).toEqual(edits);
  }));
});

test('packed ids come back as the set they were, ascending', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), (list) => {
    expect(unpackIds(packIds(list))).toEqual([...new Set(list)].sort((a, b) => a - b));
  }));
});

test('100,000 neighbouring ids take a byte each', () => {
  expect(packIds(Array.from({ length: 100_000 }, (_, i) => i + 1))).toHaveLength(100_000);
});

test('bytes that are no packed ids are refused', () => {
  for (const bytes of [[0], [5, 0], [128], [200, 128], [255, 255, 255, 255, 255, 255, 255, 255, 1]]) {
    expect(() => unpackIds(Uint8Array.from(bytes)), String(bytes)).toThrow(expect.objectContaining({ code: 'project-damaged' }));
  }
  for (const id of [0, -1, 1.5, NaN, 2 ** 53]) expect(() => packIds([id])).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('new classes get Okabe–Ito colours first, then others, and reuse one only when all are in use', () => {
  const given: string[] = [];
  for (let i = 0; i < PALETTE.length + 1; i++) given.push(nextColour(given));
  expect(given.slice(0, PALETTE.length)).toEqual([...PALETTE]);
  expect(new Set(PALETTE).size).toBe(PALETTE.length);
  expect(given.at(-1)).toBe(PALETTE[0]);
  expect(nextColour(['#e69f00', '#123456', '#009e73'])).toBe('#56b4e9');
});

import { expect, test } from 'vitest';
import type { Extras } from '../../datasets/extras.ts';
import { encodeExtras } from '../codec.ts';
import { placeClasses } from './place-classes.ts';

const staged = (...classes: (string | [string, string])[]) =>
  classes.map((cls, i) => {
    const [name, supercategory] = typeof cls === 'string' ? [cls, null] : cls;
    return { n: i + 1, name, colour: null, extras: encodeExtras(supercategory === null ? {} : { supercategory }) };
  });
const project = (...classes: (string | [string, string])[]): { name: string; extras: Extras }[] => classes.map((cls) => (typeof cls === 'string' ? { name: cls, extras: {} } : { name: cls[0], extras: { supercategory: cls[1] } }));

function place(classes: ReturnType<typeof staged>, known: ReturnType<typeof project> = []) {
  const notes: string[] = [];
  return { names: placeClasses(classes, known, (text) => notes.push(text)).map(({ name }) => name), notes };
}

test('classes of different names, and the same name again in the project, need no word', () => {
  expect(place(staged('cat', ['dog', 'animal']), project('cat', ['dog', 'animal']))).toEqual({ names: ['cat', 'dog'], notes: [] });
});

test('names that differ in case stay apart, in a dataset and from the project’s', () => {
  expect(place(staged('Animal', 'animal'))).toEqual({ names: ['Animal', 'animal'], notes: ['Class names of the dataset differ only in case and are kept apart: "Animal", "animal".'] });
  expect(place(staged('animal'), project('Animal'))).toEqual({ names: ['animal'], notes: ['The class "animal" is another than the project\'s "Animal": class names that differ in case are kept apart.'] });
});

test('of two with one name the second gets its supercategory, or a number, behind it', () => {
  const { names, notes } = place(staged(['dog', 'animal'], ['dog', 'pets'], 'dog', ['dog', 'pets'], 'dog (2)'));
  expect(names).toEqual(['dog', 'dog (pets)', 'dog (3)', 'dog (pets 2)', 'dog (2)']);
  expect(notes).toEqual(['4 classes of the dataset are named "dog". They stay apart: "dog (pets)", "dog (3)", "dog (pets 2)" are named anew.']);
});

test('the one with the supercategory of the project’s class is that class', () => {
  expect(place(staged(['dog', 'pets'], ['dog', 'animal']), project(['dog', 'animal'], 'dog (pets)')).names).toEqual(['dog (pets)', 'dog']);
});

test('another supercategory than the project’s is said', () => {
  expect(place(staged(['dog', 'pets']), project(['dog', 'animal']))).toEqual({ names: ['dog'], notes: ['The class "dog" is the project\'s class of that name, though its supercategory is "pets" here and "animal" there.'] });
});

test('one name spelled composed and decomposed is one name', () => {
  expect(place(staged('caf\u00e9', 'cafe\u0301')).names).toEqual(['caf\u00e9', 'cafe\u0301 (2)']);
});

test('a name never grows longer than a class’s may be', () => {
  const long = 'x'.repeat(200);
  const { names } = place(staged(long, [long, 'y'.repeat(300)]));
  expect(names[1]?.length).toBeLessThanOrEqual(200);
  expect(new Set(names).size).toBe(2);
});

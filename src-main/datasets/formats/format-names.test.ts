import { expect, it } from 'vitest';
import { extrasLost } from '../extras.ts';
import { FORMAT_NAMES } from './format-names.ts';
import { FORMATS } from './registry.ts';

it('every format has its name, and no other', () => {
  expect(Object.fromEntries(FORMATS.map(({ id, name }) => [id, name]))).toEqual(FORMAT_NAMES);
});

it('what is lost of another format is said with its name, of an unknown program with its own word', () => {
  expect(extrasLost({ own: { 'label-studio': { shade: 1 } } }, new Set(), 'coco')).toEqual(['what only Label Studio says of it is not kept']);
  expect(extrasLost({ own: { other: { shade: 1 } } }, new Set(), 'coco')).toEqual(['what only other says of it is not kept']);
});

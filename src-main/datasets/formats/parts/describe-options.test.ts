import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkedOptions, describeFormat } from './describe-options.ts';
import type { DatasetFormat } from '../format.ts';
import { FORMATS } from '../registry.ts';

const made: DatasetFormat = {
  id: 'made', name: 'Made', form: 'file', recognise: () => Promise.resolve(false),
  options: z.strictObject({
    shape: z.enum(['round', 'square']).default('round').describe('of what is written'),
    copy: z.boolean().default(true),
    margin: z.int().min(0).max(9).default(3),
    opacity: z.number().min(0).default(0.5),
    prefix: z.string().max(5).default(''),
  }),
};

describe('the options of a format', () => {
  test('are described as a form shows them', () => {
    expect(describeFormat(made)).toEqual({
      id: 'made', name: 'Made', form: 'file', folderIf: null, extension: '.json', readable: false, writable: false,
      options: [
        { kind: 'choice', name: 'shape', description: 'of what is written', choices: ['round', 'square'], default: 'round' },
        { kind: 'switch', name: 'copy', description: null, default: true },
        { kind: 'number', name: 'margin', description: null, whole: true, least: 0, most: 9, default: 3 },
        { kind: 'number', name: 'opacity', description: null, whole: false, least: 0, most: null, default: 0.5 },
        { kind: 'text', name: 'prefix', description: null, default: '' },
      ],
    });
  });

  test('are checked, with the defaults filled in, and what is wrong is named', () => {
    expect(checkedOptions(made, { margin: 5 })).toEqual({ shape: 'round', copy: true, margin: 5, opacity: 0.5, prefix: '' });
    for (const [options, name] of [[{ margin: 1.5 }, 'margin'], [{ margin: 10 }, 'margin'], [{ shape: 'oval' }, 'shape'], [{ copy: 'yes' }, 'copy'], [{ colour: 1 }, 'colour'], [JSON.parse('{"__proto__": 1}'), '__proto__']] as const) {
      expect(() => checkedOptions(made, options)).toThrow(expect.objectContaining({ code: 'bad-request', item: name }));
    }
  });
});

const words = JSON.parse(readFileSync(new URL('../../../../src-renderer/i18n/en.json', import.meta.url), 'utf8')) as { format: Record<string, { about?: string }> };

test.each(FORMATS.map((format) => [format.id, format] as const))('%s can be chosen: it has a sentence, and a default for each option', (id, format) => {
  expect(words.format[id]?.about).toMatch(/^[A-Z].+\.$/);
  const { options } = describeFormat(format);
  expect(Object.keys(checkedOptions(format, {}) as object)).toEqual(options.map(({ name }) => name));
});

test('no two formats have one name', () => {
  expect(new Set(FORMATS.flatMap(({ id, name }) => [id, name])).size).toBe(2 * FORMATS.length);
});

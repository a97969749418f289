import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from './redact.ts';
import type { Secrets } from './redact.ts';

const machine: Secrets = { home: '/home/anna', program: '/opt/Maskwright', user: 'anna', host: 'anna-desk', names: [] };
const redacted = (text: string, secrets: Partial<Secrets> = {}): string => new Redactor({ ...machine, ...secrets }).redact(text);

describe('what is gone from a text', () => {
  it.each([
    ['paths, to the end of their line', 'adding /data/My Cats: 2/cat 1.jpg failed', 'adding <1>'],
    ['paths in the home folder', 'adding ~/My Cats/cat 1.jpg', 'adding ~/<1>'],
    ['the home folder by its full name', 'adding /home/anna/Cats', 'adding ~/<1>'],
    ['paths of Windows', String.raw`adding C:\Users\Anna\Cats`, 'adding <1>'],
    ['shares of a network', String.raw`adding \\server\Cats`, 'adding <1>'],
    ['addresses', 'GET https://cats.example/cat.pth', 'GET https:<1>'],
    ['names between quotation marks', 'the class “fluffy “cat”” is gone', 'the class “<1>” is gone'],
    ['names with line ends in them', 'the class “fluffy\ncat” is gone', 'the class “<1>\n<2>” is gone'],
    ['Node’s quotes', "ENOENT: no such file or directory, open '/data/it's my cat.jpg'", "ENOENT: no such file or directory, open '<1>"],
    ['files and relative paths, to what is before them', 'picture cache: my cats/cat 1.jpg', 'picture cache: <1>'],
    ['files without a folder', 'unreadable: my cat.JPEG (truncated)', 'unreadable: <1>'],
    ['who works here, and where', 'Anna is at ANNA-DESK', '<user> is at <host>'],
  ])('%s', (_, text, without) => {
    expect(redacted(text)).toBe(without);
  });

  it('known names go anywhere, and the same name is the same number', () => {
    const names = ['/data/My Cats', 'cat 1.jpg', 'tabby'];
    expect(redacted('opening /data/My Cats failed: no space. Tabby, tabby and cat 1.jpg', { names })).toBe('opening <1> failed: no space. <3>, <3> and <2>');
  });
  it('a log says as much as before where nothing is secret', () => {
    const log = ['[2026-11-22 22:46:47.123] [info]  engine: died: The SAM engine ended (code 3).', '    at run (node:internal/modules/run_main:104:5)', '[2026-11-22 22:46:48.003] [warn]  sam.predict failed: 3 of 1,024 points'].join('\n');
    expect(redacted(log)).toBe(log);
  });
  it('files of the program are told, others in its folder are not', () => {
    expect(redacted('at run (file:///opt/Maskwright/resources.asar/dist/main/cli.js:12:5)')).toBe('at run (<program>/resources.asar/dist/main/cli.js:12:5)');
    expect(redacted('at /opt/Maskwright/my cats/cat')).toBe('at <1>');
  });
  it('a quotation that never ends leaves the next entry of the log', () => {
    expect(redacted('[2026-11-22 22:46:47.123] [info]  is “open\n[2026-11-22 22:46:48.003] [info]  engine: started').split('\n')[1]).toBe('[2026-11-22 22:46:48.003] [info]  engine: started');
  });
});

/** Long enough, and so unlike all that the lines around them say, that finding one again means that it survived. */
const secretWord = fc.stringMatching(/^[a-zé日]{2}QX[A-Zé]{2}$/);
const hardName = fc.tuple(secretWord, fc.constantFrom('', ' ', ': ', ', ', ' (', '’', "'", '%', '#', ' - ', '=', '.'), secretWord).map((parts) => parts.join(''));
const nameWith = (...marks: string[]): fc.Arbitrary<string> => fc.array(fc.oneof(hardName, fc.constantFrom(...marks)), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const folder = fc.constantFrom('/data', '/home/anna', '/home/anna/photos', 'C:\\Users\\anna', '\\\\server', '~', 'file:///mnt', '/opt/Maskwright', '..');
const path = fc.tuple(folder, fc.array(hardName, { minLength: 1, maxLength: 3 })).map(([at, names]) => [at, ...names].join(at.includes('\\') ? '\\' : '/'));
const said = fc.constantFrom('engine: died: ', 'project.open failed: Error: ', '[2026-11-22 22:46:47.123] [info]  ', 'could not write ', "EACCES: permission denied, open '", 'the picture “', '');
const after = fc.constantFrom('', ' failed', "'", '” cannot be read.', ': no space left\n    at node:fs:12:3');
const wordsOf = (secret: string): string[] => secret.match(/[a-zé日]{2}QX[A-Zé]{2}/g) ?? [];
const survivors = (text: string, secrets: readonly string[]): string[] => secrets.flatMap(wordsOf).filter((word) => text.includes(word));

describe('whatever is in a text', () => {
  it('no path survives', () => {
    fc.assert(fc.property(fc.array(fc.tuple(said, path, after), { minLength: 1, maxLength: 4 }), (lines) => {
      expect(survivors(redacted(lines.map((parts) => parts.join('')).join('\n')), lines.map(([, secret]) => secret))).toEqual([]);
    }));
  });
  it('no name between quotation marks survives', () => {
    const quoted = fc.oneof(nameWith('“', '”', '"'), nameWith('\n', '"'));
    fc.assert(fc.property(quoted, fc.constantFrom('the class “', 'a: “'), (name, before) => {
      expect(survivors(redacted(`[2026-11-22 22:46:47.123] [info]  ${before}${name}” is gone`), [name])).toEqual([]);
    }));
  });
  it('no known name survives, wherever it stands', () => {
    fc.assert(fc.property(fc.array(fc.tuple(said, fc.oneof(hardName, path), after), { minLength: 1, maxLength: 4 }), (lines) => {
      const names = lines.map(([, name]) => name);
      expect(survivors(redacted(lines.map((parts) => parts.join('')).join('\n'), { names }), names)).toEqual([]);
    }));
  });
  it('nobody who works here survives', () => {
    fc.assert(fc.property(fc.array(fc.tuple(said, fc.constantFrom('anna', 'Anna', 'anna-desk'), after)), (lines) => {
      expect(redacted(lines.map((parts) => parts.join('')).join('\n'))).not.toMatch(/anna/i);
    }));
  });
});

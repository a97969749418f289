import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSafeName } from './atomic-folder.ts';
import { SafeNames, withoutExtension } from './safe-names.ts';

test.each([
  ['sub/a', 'sub/a.png'],
  ['Ä 雪 (2)', 'Ä 雪 (2).png'],
  ['../../etc/passwd', '__/__/etc/passwd.png'],
  ['C:\\x\\y', 'C__x_y.png'],
  ['con', '_con.png'],
  ['a. /b', 'a__/b.png'],
  ['new\nline', 'new_line.png'],
  ['', '_.png'],
])('%j becomes %j', (wanted, path) => {
  expect(new SafeNames().take(wanted, '.png')).toBe(path);
});

test('what differs by case or spelling of accents only gets a number', () => {
  const names = new SafeNames();
  expect(['a/ü', 'A/Ü', 'a/u\u0308', 'b'].map((wanted) => names.take(wanted, '.png'))).toEqual(['a/ü.png', 'A/Ü-2.png', 'a/u\u0308-3.png', 'b.png']);
});

test('a folder does not take the place of a file', () => {
  const names = new SafeNames();
  expect(['x', 'x.png/b', 'y.png/b', 'y'].map((wanted) => names.take(wanted, '.png'))).toEqual(['x.png', 'x.png_/b.png', 'y.png/b.png', 'y-2.png']);
});

test('any names become safe ones, no two alike', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom('a', 'A', 'a-2', 'nul', 'a/a', '.', '..')), { maxLength: 20 }), (wishes) => {
      const names = new SafeNames();
      const paths = wishes.map((wanted) => names.take(wanted.toWellFormed(), '.png'));
      for (const path of paths) for (const part of path.split('/')) expect(isSafeName(part), JSON.stringify(part)).toBe(true);
      expect(new Set(paths.map((path) => path.normalize('NFC').toLowerCase())).size).toBe(paths.length);
    }),
  );
});

test.each([['a/b.jpg', 'a/b'], ['a.b/c', 'a.b/c'], ['.hidden', '.hidden'], ['x.tar.gz', 'x.tar'], ['a/.b', 'a/.b']])('%s without its extension is %s', (path, stem) => {
  expect(withoutExtension(path)).toBe(stem);
});

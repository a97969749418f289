import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml, yamlText } from './yaml.ts';
import type { YamlValue } from './yaml.ts';

/** Maps as objects, so that what is expected reads well. */
const plain = (value: YamlValue): unknown => (value instanceof Map ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner as YamlValue)])) : Array.isArray(value) ? (value as YamlValue[]).map(plain) : value);
const parsed = (text: string): unknown => plain(parseYaml(text, 'data.yaml'));

describe('data.yaml as programs write it', () => {
  test('Ultralytics: comments, a map of names, a block text', () => {
    const text = `# Ultralytics
# COCO8-seg dataset

# Train/val/test sets as 1) dir: path/to/imgs, 2) file
path: coco8-seg # dataset root dir
train: images/train # train images (relative to 'path') 4 images
val: images/val
test: # test images (optional)

# Classes
names:
  0: person
  1: "traffic light"
  2: 'it''s' # a quote

# Download script/URL (optional)
download: |
  from pathlib import Path
  # not a comment: names: 1
  dir = Path(yaml['path'])

kpt_shape: [17, 3]
`;
    expect(parsed(text)).toEqual({
      path: 'coco8-seg', train: 'images/train', val: 'images/val', test: null, names: { 0: 'person', 1: 'traffic light', 2: "it's" },
      download: "from pathlib import Path\n# not a comment: names: 1\ndir = Path(yaml['path'])\n", kpt_shape: ['17', '3'],
    });
  });

  test('Roboflow: a list on one line, Windows line ends, a nested map', () => {
    expect(parsed("train: ../train/images\r\nval: ../valid/images\r\n\r\nnc: 2\r\nnames: ['a, b', \"c\"]\r\n\r\nroboflow:\r\n  workspace: x-y\r\n  url: https://universe.example/x#1\r\n")).toEqual({
      train: '../train/images', val: '../valid/images', nc: '2', names: ['a, b', 'c'], roboflow: { workspace: 'x-y', url: 'https://universe.example/x#1' },
    });
  });

  test('PyYAML’s dump: a list below its key without indentation; a list over several lines; a map in braces', () => {
    expect(parsed('names:\n- a\n- b: c\n- - d\n  - e\nmore: [f,\n  g, # comment\n  h ]\nbraces: {0: x, 1: "y"}\n---\nother: 1\n')).toEqual({ names: ['a', { b: 'c' }, ['d', 'e']], more: ['f', 'g', 'h'], braces: { 0: 'x', 1: 'y' } });
  });

  test('a quoted text over several lines, also as an entry of a list', () => {
    expect(parsed('a: "one\n  two"\nnames:\n  - "three\n    four"\n  - five\n')).toEqual({ a: 'one two', names: ['three four', 'five'] });
  });

  test.each([
    ['keeps the indentation and the blank lines inside it', 'a: |\n    x\n      y\n\n    z\nb: 1\n', 'x\n  y\n\nz\n'],
    ['ends as its mark says: stripped', 'a: |-\n  x\n\nb: 1\n', 'x'],
    ['ends as its mark says: kept', 'a: |+\n  x\n\nb: 1\n', 'x\n\n'],
    ['has the indentation that its mark says', 'a: |2\n    x\nb: 1\n', '  x\n'],
    ['when folded keeps its paragraphs', 'a: >\n  one\n  two\n\n  three\nb: 1\n', 'one two\nthree\n'],
    ['when folded keeps the lines that are indented further', 'a: >-\n  one\n    two\n  three\nb: 1\n', 'one\n  two\nthree'],
    ['without a mark keeps its paragraphs', 'a: one\n  two\n\n  three\nb: 1\n', 'one two\nthree'],
    ['in quotes keeps its paragraphs', 'a: "one\n  two\n\n  three"\nb: 1\n', 'one two\nthree'],
  ])('a text of several lines %s', (_, text, wanted) => {
    expect(parsed(text)).toEqual({ a: wanted, b: '1' });
  });

  test('a byte-order mark, a document’s beginning, numbers and words stay text', () => {
    expect(parsed('\ufeff---\nnames:\n  0: 007\n  1: no\n  2: True\n  3: a:b\n  4: c d\n')).toEqual({ names: { 0: '007', 1: 'no', 2: 'True', 3: 'a:b', 4: 'c d' } });
  });
});

describe('what is no YAML of this kind is refused with its line', () => {
  test.each([
    ['an alias', 'a: &x 1\nb: *x\n', 1],
    ['a tag', 'a: 1\nb: !!python/object/apply:os.system [ls]\n', 2],
    ['a merge key', 'a:\n  <<: *b\n', 2],
    ['a list that is cut off', 'names: [a, b\n', 1],
    ['a quote that is not closed', 'a: 1\nb: "x\n', 2],
    ['a key twice', 'a: 1\na: 2\n', 2],
    ['a key twice in braces', 'a: 1\nb: {c: 1, c: 2}\n', 2],
    ['a key that is a list', 'a: 1\n? [b]\n: c\n', 2],
    ['two values on one line', 'a: b: c\n', 1],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2],
    ['a character that no text holds', 'a: 1\nb: \u0001\n', 2],
    ['a line that is no key', 'a: 1\nb\n', 2],
    ['a jump in the indentation', 'a:\n    b: 1\n  c: 2\n', 3],
    ['100,000 levels', `a: ${'['.repeat(100_000)}`, 1],
  ])('%s', (_, text, line) => {
    expect(() => parseYaml(text, 'data.yaml')).toThrowError(expect.objectContaining({ code: 'dataset-invalid', message: expect.stringContaining(`(line ${line})`) as string }));
  });
});

test('of aliases that would multiply to billions nothing is made', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi'].map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(', ')}]\n`).join('')}`;
  expect(() => parseYaml(bomb, 'data.yaml')).toThrowError('"data.yaml" cannot be read as YAML: it uses an anchor, an alias or a tag: write the value itself (line 1).');
});

test('any text survives being written and read', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
      const wanted = names.map((name) => name.toWellFormed());
      const text = `names:\n${wanted.map((name, i) => `  ${i}: ${yamlText(name)}\n`).join('')}`;
      const read = parseYaml(text, 'data.yaml') as ReadonlyMap<string, YamlValue>;
      const map = read.get('names') as ReadonlyMap<string, YamlValue> | null;
      expect([...(map?.values() ?? [])]).toEqual(wanted);
    }),
  );
});

test('no text makes it hang or fail otherwise than in words', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab:- #[]{},"\'\n\r|>&\t\\') }), (text) => {
      try {
        parseYaml(text, 'data.yaml');
      } catch (error) {
        expect(error).toMatchObject({ code: 'dataset-invalid' });
      }
    }),
    { numRuns: 2000 },
  );
});

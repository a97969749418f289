import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupPattern } from './group-pattern.ts';

/** The same as a regular expression. */
const regular = (pieces: readonly string[]): string => pieces.map((one) => ({ '*': '[^/]*?', '?': '[^/]', '#': '[0-9]+?' })[one] ?? one).join('');

describe('a pattern of names', () => {
  test.each([
    ['frame_{group}_*', 'frame_a_1.jpg', 'a'],
    ['frame_{group}_*', 'night/frame_a_b_1.jpg', 'a'],
    ['frame_{group}_*', 'other_a_1.jpg', null],
    ['{group}_#.jpg', 'my_video_01_000123.jpg', 'my_video_01'],
    ['{group}_#.jpg', 'my_video_01_x.jpg', null],
    ['*_{group}.*', 'a_b_c.jpg', 'b_c'],
    ['patient{group}?.png', 'patient12a.png', '12'],
    ['{group}', 'a.jpg', 'a.jpg'],
    ['{group}.jpg', '.jpg', null],
    ['{group}/*/*.jpg', 'p1/left/a.jpg', 'p1'],
    ['{group}/*.jpg', 'p1/left/a.jpg', null],
    ['scan (#){group}.[x]', 'scan (7)b.[x]', 'b'],
  ])('%s of %s is %s', (pattern, path, group) => {
    expect(groupPattern(pattern)(path)).toBe(group);
  });

  test.each(['frame_*', '{group}{group}', '{Group}_*', ''])('"%s" names no group', (pattern) => {
    expect(() => groupPattern(pattern)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  test('fits and captures as the regular expression that means the same, written out', () => {
    const piece = fc.constantFrom('a', 'b', '1', '_', '*', '?', '#');
    const name = fc.array(fc.constantFrom('a', 'b', '1', '2', '_'), { maxLength: 12 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.array(piece, { maxLength: 5 }), name, (before, after, text) => {
        const expected = new RegExp(`^${regular(before)}([^/]+?)${regular(after)}$`).exec(text)?.[1] ?? null;
        expect(groupPattern(`${before.join('')}{group}${after.join('')}`)(text)).toBe(expected);
      }),
    );
  });

  test('that would make a backtracking matcher try without end is answered', () => {
    expect(groupPattern(`${'*a'.repeat(60)}{group}b`)('a'.repeat(250))).toBeNull();
  });
});

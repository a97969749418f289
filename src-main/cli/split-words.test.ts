import { describe, expect, test } from 'vitest';
import { group, ratio, seed } from './split-words.ts';

describe('the words of maskwright split', () => {
  test('are parts, a seed and what is kept together', () => {
    expect(ratio('train=0.8, hold out=0.2')).toEqual([{ name: 'train', share: 0.8 }, { name: 'hold out', share: 0.2 }]);
    expect(ratio('a=b=2')).toEqual([{ name: 'a=b', share: 2 }]);
    expect(seed('7')).toBe(7);
    expect(group('{group}_#', group('duplicates', ['folder']))).toEqual(['folder', 'duplicates', '{group}_#']);
  });

  test.each([
    [() => ratio('train=0.8,val'), '"val" is no NAME=SHARE'],
    [() => ratio('train='), '"train=" is no NAME=SHARE'],
    [() => ratio('train=0'), '"train=0" is no NAME=SHARE'],
    [() => ratio('a=1,a=2'), 'names a part twice'],
    [() => seed('-1'), 'A seed is a whole number'],
    [() => seed('4294967296'), 'A seed is a whole number'],
    [() => group('frames', []), 'neither folder nor duplicates'],
    [() => group('b_{group}', ['a_{group}']), 'Only one pattern'],
  ])('are refused with a reason (%#)', (read, reason) => {
    expect(read).toThrow(expect.objectContaining({ code: 'commander.invalidArgument', message: expect.stringContaining(reason) }));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { pickle, pickled, randomSam, torchFile } from '../../../../test/fixtures/torch-file.ts';
import { readPickle } from './pickle.ts';

const { int, text, op, tuple } = pickle;
const read = (...parts: Buffer[]): unknown => readPickle(pickled(...parts), 'x');
const readable = (candidate: Uint8Array): boolean => {
  try {
    readPickle(candidate, 'x');
    return true;
  } catch (error) {
    return error instanceof MaskwrightError;
  }
};
const refused = (bytes: Uint8Array): string => {
  try {
    readPickle(bytes, 'model.pth');
  } catch (error) {
    expect(error).toBeInstanceOf(MaskwrightError);
    expect(error).toMatchObject({ code: 'model-invalid', item: 'model.pth' });
    return (error as MaskwrightError).message;
  }
  throw new Error('it was not refused');
};

describe('what a pickle may say', () => {
  it('is numbers, texts, lists, tuples and dictionaries', () => {
    expect(read(tuple(int(-5), op('K\xff'), op('M\x01\x02'), op('\x88'), op('\x89'), op('N'), text('ä')))).toEqual([-5, 255, 513, true, false, null, 'ä']);
    expect(read(op('G?\xf8\0\0\0\0\0\0'))).toBe(1.5);
    expect(read(op('\x8a\x02\x00\xff'))).toBe(-256);
    expect(read(op('\x8a\x09\0\0\0\0\0\0\0\0\x01'))).toBe(2n ** 64n);
    expect(read(op('](K\x01K\x02eK\x03a'))).toEqual([1, 2, 3]);
    expect(read(op('}(X\x01\0\0\0aK\x01X\x01\0\0\0bK\x02u'))).toEqual(new Map([['a', 1], ['b', 2]]));
    // One object under two names, by the memo.
    expect(read(op(']q\x00h\x00\x86'))).toEqual([[], []]);
  });

  it('is a tensor: a storage by its key, and how the tensor lies in it', () => {
    const storage = Buffer.concat([tuple(text('storage'), op('ctorch\nHalfStorage\n'), text('7'), text('cuda:0'), int(12)), op('Q')]);
    const tensor = pickled(op('ctorch._utils\n_rebuild_tensor_v2\n'), tuple(storage, int(2), tuple(int(2), int(3)), tuple(int(3), int(1)), op('\x89'), op('N')), op('R'));
    expect(readPickle(tensor, 'x')).toEqual({ kind: 'tensor', storage: { kind: 'storage', type: 'float16', key: '7', length: 12 }, offset: 2, shape: [2, 3], strides: [3, 1] });
  });

  it('is a parameter, which is its tensor', () => {
    const storage = Buffer.concat([tuple(text('storage'), op('ctorch\nFloatStorage\n'), text('0'), text('cpu'), int(1)), op('Q')]);
    const tensor = Buffer.concat([op('ctorch._utils\n_rebuild_tensor_v2\n'), tuple(storage, int(0), tuple(int(1)), tuple(int(1)), op('\x89'), op('N')), op('R')]);
    expect(read(op('ctorch._utils\n_rebuild_parameter\n'), tuple(tensor, op('\x88'), op('N')), op('R'))).toEqual(read(tensor));
    expect(refused(pickled(op('ctorch._utils\n_rebuild_parameter\n'), tuple(text('x')), op('R')))).toContain('refused');
  });

  it.each<[string, ...Buffer[]]>([
    ['posix.system', op('cposix\nsystem\n'), tuple(text('touch pwned')), op('R')],
    ['builtins.eval', op(']'), op('cbuiltins\neval\n'), tuple(text('1')), op('R')],
    ['torch.nn.modules.conv.Conv2d', op('ctorch.nn.modules.conv\nConv2d\n'), op(')\x81')],
    ['numpy.load', op('cnumpy\nload\n')],
    ['typing.__builtins__', op('ctyping\n__builtins__\n')],
    ['builtins.getattr', op('cbuiltins\ngetattr\n')],
    ['torch._utils._rebuild_tensor_v2.__globals__', op('ctorch._utils\n_rebuild_tensor_v2.__globals__\n')],
    ['torch.storage._load_from_bytes', op('ctorch.storage\n_load_from_bytes\n')],
  ])('is never the name %s', (name, ...parts) => {
    expect(refused(pickled(...parts))).toContain(`"${name}"`);
  });

  it.each<[string, ...Buffer[]]>([
    ['a class that is built in another way', op('(X\x02\0\0\0osX\x06\0\0\0systemi')],
    ['a name from the stack', op('X\x02\0\0\0osX\x06\0\0\0system\x93')],
    ['a call of a storage type', op('ctorch\nFloatStorage\n)R')],
    ['attributes of a list', op(']}b')],
    ['a tensor without a storage', op('ctorch._utils\n_rebuild_tensor_v2\n)R')],
    ['a negative side', op('ctorch._utils\n_rebuild_tensor_v2\n'), tuple(tuple(text('storage'), op('ctorch\nFloatStorage\n'), text('0'), text('cpu'), int(1)), op('Q'), int(0), tuple(int(-1)), tuple(int(1))), op('R')],
    ['an item of what is not there', op('s')],
    ['a memory that is empty', op('h\x05')],
  ])('is not %s', (_, ...parts) => {
    expect(refused(pickled(...parts))).toContain('refused');
  });

  it('may be any bytes at all: they are read or refused, and nothing else happens', () => {
    const valid = torchFile({ tensors: new Map([...randomSam({ width: 4, depth: 1, heads: 1, grid: 2, window: 2, globals: [] })].slice(0, 3)) });
    const start = valid.indexOf('\x80\x02', 0, 'latin1');
    const bytes = valid.subarray(start, start + 400);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readable));
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const damaged = Buffer.from(bytes);
      for (const [at, byte] of changes) damaged[at] = byte;
      return readable(damaged);
    }), { numRuns: 500 });
  });
});

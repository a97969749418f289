import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { randomSam } from '../../../../test/fixtures/torch-file.ts';
import { safetensorsFile, transformersNames } from '../../../../test/fixtures/safetensors-file.ts';
import { readLayout } from '../sam-layout.ts';
import { openCheckpoint } from './checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.safetensors');

const sam = randomSam({ width: 6, depth: 2, heads: 2, grid: 4, window: 2, globals: [1] });
const landmark = 'mask_decoder.iou_token.weight';
const one = (more: Record<string, unknown> = {}, data = Buffer.alloc(8)): Buffer => safetensorsFile({ [landmark]: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8], ...more } }, data);

describe('a safetensors file', () => {
  it.each(['F32', 'F16', 'BF16', 'F64'] as const)('of %s is read as the checkpoint that it is', async (dtype) => {
    writeFileSync(path, safetensorsFile(sam, dtype));
    await using checkpoint = await openCheckpoint(path);
    expect(readLayout(checkpoint).unused).toEqual([]);
    for (const [name, { values }] of sam) {
      const read = await checkpoint.read(name);
      const tolerance = { F32: 0, F64: 0, F16: 1e-3, BF16: 1e-2 }[dtype];
      expect(read.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (values[i] ?? NaN))), 0), name).toBeLessThanOrEqual(tolerance);
    }
  });

  it('with the names of Transformers is read by the official ones', async () => {
    writeFileSync(path, safetensorsFile(transformersNames(sam), 'F32'));
    await using checkpoint = await openCheckpoint(path);
    expect(readLayout(checkpoint).layout).toMatchObject({ width: 6, heads: 2, windows: [2, 4] });
    for (const name of ['mask_decoder.iou_prediction_head.layers.1.weight', 'image_encoder.neck.3.bias', 'mask_decoder.transformer.norm_final_attn.weight']) expect(await checkpoint.read(name), name).toEqual(sam.get(name)?.values);
  });

  it.each<[string, () => Buffer]>([
    ['lies over another one', () => safetensorsFile({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, [landmark]: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, Buffer.alloc(8))],
    ['does not begin where the one before ends', () => safetensorsFile({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] }, [landmark]: { dtype: 'F32', shape: [1], data_offsets: [8, 12] } }, Buffer.alloc(12))],
    ['has 8 bytes where 1 × 3 numbers of F32 take 12', () => one({ shape: [1, 3] })],
    ['cut off: 8 of 800 bytes', () => one({ shape: [100, 2], data_offsets: [0, 800] })],
    ['more bytes than its header tells of', () => one({}, Buffer.alloc(12))],
    ['of the type F8_E4M3', () => one({ dtype: 'F8_E4M3' })],
    ['of the type constructor', () => one({ dtype: 'constructor' })],
    ['cannot be understood', () => one({ shape: [-1, 2] })],
    ['cannot be understood', () => one({ data_offsets: [0, 2 ** 60] })],
    ['no JSON', () => Buffer.concat([Buffer.from(BigUint64Array.of(9n).buffer), Buffer.from('{"a": 1,,')])],
    ['cut off in its header', () => one().subarray(0, 20)],
    ['no Segment Anything model', () => safetensorsFile({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, Buffer.alloc(8))],
  ])('that is not in order is refused in words: %s', async (said, file) => {
    writeFileSync(path, file());
    await expect(openCheckpoint(path)).rejects.toMatchObject({ code: 'model-invalid', item: path, message: expect.stringContaining(said) });
  });

  it('damaged or cut off anywhere is read or refused in words', async () => {
    const whole = one();
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 5 }), fc.nat(whole.length), async (changes, length) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      writeFileSync(path, damaged.subarray(0, length));
      try {
        await using checkpoint = await openCheckpoint(path);
        for (const name of checkpoint.shapes.keys()) await checkpoint.read(name);
      } catch (error) {
        expect(error).toMatchObject({ code: 'model-invalid', item: path });
      }
    }), { numRuns: 300 });
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { z } from 'zod';
import { rleArea, rleBox, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { candidateScore } from '../../src-shared/sam/candidates.ts';
import { readNpy } from '../../src-main/cli/npy.ts';
import { run } from '../../src-main/cli/run.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { builtin, temporaryFolder } from '../fixtures/sam.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

const root = join(import.meta.dirname, '../..');
const photo = join(root, 'sample/01-fruit.jpg');
const folder = temporaryFolder();
const home = join(folder, 'home');
const checkpoint = join(folder, 'My fine-tune.v2.pth');

const cli = [join(root, 'src-main/cli/cli.ts')];
const env = { ...process.env, MASKWRIGHT_HOME: home };
function maskwright(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...cli, ...args], { cwd: folder, encoding: 'utf8', env, maxBuffer: 1 << 28 });
}

const Answer = z.strictObject({
  candidates: z.array(z.strictObject({
    index: z.int(),
    predictedIou: z.number(),
    stability: z.number(),
    area: z.int(),
    box: z.strictObject({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
    rle: z.strictObject({ size: z.tuple([z.int(), z.int()]), counts: z.array(z.int()) }),
  })),
  model: z.strictObject({ id: z.string(), name: z.string(), hash: z.string(), provider: z.string() }),
  timings: z.strictObject({ decoder: z.number(), total: z.number(), encoded: z.boolean() }),
});
function predict(...args: string[]): z.infer<typeof Answer> {
  const { status, stdout, stderr } = maskwright('predict', ...args, '--json');
  expect(status, stderr).toBe(0);
  return Answer.parse(JSON.parse(stdout));
}
const npy = (name: string): { shape: readonly number[]; values: Float32Array } => {
  const { shape, values } = readNpy(readFileSync(join(folder, name)), name);
  return { shape, values: new Float32Array(new Uint8Array(values).buffer) };
};
const clicked = (file: string, ...more: string[]): unknown => predict(file, '--point', '90,80,1', ...more).candidates;
const npyLogits = (file: string, place: number): Float32Array => npy(file).values.subarray(place * 256 ** 2, (place + 1) * 256 ** 2);

describe('predict', () => {
  it('prints what the mask is, best candidate first, and writes the same mask as a picture', async () => {
    const { candidates, model, timings } = predict(photo, '--point', '285,258,1', '--mask-png', 'mask.png', '--logits', 'three.npy', '--embedding', 'embedding.npy');
    expect(model).toMatchObject({ id: BUILT_IN });
    expect(timings.encoded).toBe(true);
    expect(candidates).toHaveLength(3);
    const { candidateOrder } = (await builtin()).entry;
    const scores = candidates.map((c) => candidateScore(candidateOrder, c.predictedIou, c.stability));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const { rle, area, box } of candidates) {
      const mask = { size: rle.size, counts: Uint32Array.from(rle.counts) };
      expect(rle.counts.reduce((a, b) => a + b, 0)).toBe(rle.size[0] * rle.size[1]);
      expect({ area, box }).toEqual({ area: rleArea(mask), box: rleBox(mask) });
    }
    const best = candidates[0]?.rle ?? { size: [0, 0] as [number, number], counts: [] };
    const { data, info } = await sharp(join(folder, 'mask.png')).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect([info.height, info.width]).toEqual(best.size);
    expect(Buffer.compare(data, Buffer.from(rleToBitmap({ size: best.size, counts: Uint32Array.from(best.counts) }).map((bit) => bit * 255)))).toBe(0);
    expect(npy('three.npy').shape).toEqual([3, 256, 256]);
    expect(npy('embedding.npy').shape).toEqual([256, 64, 64]);
    // A mask of an object that is in the middle of the picture holds the point that was clicked.
    expect(rleToBitmap({ size: best.size, counts: Uint32Array.from(best.counts) })[258 * best.size[1] + 285]).toBe(1);
  });

  it('names each candidate by the decoder’s number, and gives them and their logits in that order when asked', () => {
    const best = predict(photo, '--point', '285,258,1', '--logits', 'best.npy', '--mask-png', 'best.png').candidates;
    const decoder = predict(photo, '--point', '285,258,1', '--logits', 'decoder.npy', '--mask-png', 'decoder.png', '--order', 'decoder').candidates;
    expect(decoder.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(best.toSorted((a, b) => a.index - b.index)).toEqual(decoder);
    // Else the test would say nothing.
    expect(best).not.toEqual(decoder);
    for (const [place, { index }] of best.entries()) expect(npyLogits('decoder.npy', index - 1)).toEqual(npyLogits('best.npy', place));
    expect(readFileSync(join(folder, 'decoder.png'))).toEqual(readFileSync(join(folder, 'best.png')));
    expect(predict(photo, '--point', '285,258,1', '--single').candidates.map(({ index }) => index)).toEqual([0]);
  });

  it('takes a box, several points, one mask, and the logits of an earlier run', () => {
    const refine = (): z.infer<typeof Answer> => predict(photo, '--point', '285,258,1', '--point', '20,20,0', '--box', '393,366,178,152', '--mask', 'three.npy', '--single', '--logits', 'one.npy');
    const first = refine();
    expect(first.candidates).toHaveLength(1);
    expect(npy('one.npy').shape).toEqual([1, 256, 256]);
    // The second run has the embedding from the disk, and gives the same mask.
    const { candidates, timings } = refine();
    expect(timings.encoded).toBe(false);
    expect(candidates).toEqual(first.candidates);
    const without = predict(photo, '--point', '285,258,1', '--point', '20,20,0', '--box', '178,152,393,366', '--single');
    expect(without.candidates).not.toEqual(candidates);
  });

  it('takes the numbers in the file, without its color profile and transparency, when asked', async () => {
    const [plain, profiled] = [join(folder, 'plain.png'), join(folder, 'profiled.png')];
    const { data, info } = await sharp(readFileSync(photo)).resize(200).raw().toBuffer({ resolveWithObject: true });
    const small = (): ReturnType<typeof sharp> => sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
    writeFileSync(profiled, await sharp(await small().ensureAlpha(0.5).png().toBuffer()).withIccProfile('p3', { attach: true }).png().toBuffer());
    const stored = await sharp(readFileSync(profiled), { ignoreIcc: true }).removeAlpha().raw().toBuffer();
    writeFileSync(plain, await sharp(stored, { raw: { width: info.width, height: info.height, channels: 3 } }).png().toBuffer());
    expect(clicked(profiled, '--pixels', 'stored')).toEqual(clicked(plain));
    expect(clicked(profiled)).not.toEqual(clicked(plain));
    expect(maskwright('auto', folder, '--pixels', 'stored')).toMatchObject({ status: 2, stderr: expect.stringContaining('--pixels is not for a folder') });
  });

  it('says when a point lies outside the picture', () => {
    expect(maskwright('predict', photo, '--point', '9999,20,1')).toMatchObject({ status: 0, stderr: expect.stringContaining('9999,20 lies outside the picture') });
  });

  it.each([
    [2, 'X,Y,LABEL', ['--point', '1,2']],
    [2, 'X,Y,LABEL', ['--point', '1,2,3']],
    [2, 'X1,Y1,X2,Y2', ['--box', '1,2,,4']],
    [2, 'give a --point', []],
    [1, 'no model "nothing"', ['--point', '1,2,1', '--model', 'nothing']],
    [1, 'no model in', ['--point', '1,2,1', '--model', './']],
    [1, 'no NumPy file', ['--mask', photo]],
    [1, 'absent.npy', ['--mask', 'absent.npy']],
    [1, '64 × 64', ['--mask', 'embedding.npy']],
  ])('ends with %i and says “%s” for %j', (code, said, args) => {
    const { status, stdout, stderr } = maskwright('predict', photo, ...args);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr).toContain(said);
  });
});

describe('models', () => {
  beforeAll(() => writeTorchFile(checkpoint, { tensors: randomSam({ width: 24, depth: 2, heads: 2, grid: 8, window: 3, globals: [1] }) }));

  it('imports a checkpoint, lists it and predicts with it', () => {
    const imported = maskwright('models', 'import', checkpoint);
    expect([imported.status, imported.stderr.includes('100 %')]).toEqual([0, true]);
    const id = imported.stdout.trim();
    expect(id).toMatch(/^my-fine-tune-v2-[0-9a-f]{8}$/);
    expect(imported.stderr).toContain(`maskwright models prepare ${id} medsam`);
    expect(JSON.parse(maskwright('models', 'import', checkpoint, '--json').stdout)).toMatchObject({ id, inputSize: 128, preparation: 'sam', folder: join(home, 'models', id) });
    expect(maskwright('models', 'list').stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([BUILT_IN, id, '']);
    expect(maskwright('models', 'prepare', id, 'medsam')).toMatchObject({ status: 0, stdout: expect.stringContaining('as for MedSAM') });
    const prepared = predict(photo, '--point', '285,258,1', '--model', id);
    expect(maskwright('models', 'prepare', id, 'sam').status).toBe(0);
    const byId = predict(photo, '--point', '285,258,1', '--model', id);
    expect(byId.model.id).toBe(id);
    expect(prepared.model.hash).not.toBe(byId.model.hash);
    expect(prepared.candidates).not.toEqual(byId.candidates);
    expect(predict(photo, '--point', '285,258,1', '--model', join('home', 'models', id)).candidates).toEqual(byId.candidates);
  });

  it('names a damaged model and goes on with the others', () => {
    const [id = ''] = readdirSync(join(home, 'models'));
    const description = join(home, 'models', id, 'model.json');
    const text = readFileSync(description, 'utf8');
    writeFileSync(description, text.slice(0, 40));
    const { status, stdout, stderr } = maskwright('models', 'list');
    expect([status, stdout.split(' ')[0]]).toEqual([3, BUILT_IN]);
    expect(stderr).toContain(description);
    expect(maskwright('predict', photo, '--point', '1,1,1', '--model', id).stderr).toContain(description);
    // Importing again repairs it.
    expect(maskwright('models', 'import', checkpoint).status).toBe(0);
    expect(maskwright('models', 'list').status).toBe(0);
  });

  it('leaves nothing when it is interrupted', async () => {
    const elsewhere = join(folder, 'elsewhere');
    process.env['MASKWRIGHT_HOME'] = elsewhere;
    const interruption = new AbortController();
    let said = '';
    const console = { out: (text: string) => void (said += text), err: (text: string) => (interruption.abort(), void (said += text)), live: false };
    const code = await run(['models', 'import', checkpoint], { version: '1', start: () => Promise.reject(new Error('no core is needed')), console, interrupted: interruption.signal }, false);
    expect([code, said]).toEqual([130, expect.stringMatching(/^Importing: [1-9]\d %\nCancelled; nothing was imported\.\n$/)]);
    expect(readdirSync(join(elsewhere, 'models'))).toEqual([]);
  });
});

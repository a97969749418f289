import { spawn, spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../fixtures/sam.ts';
import { pythonWithTorch } from '../helpers/torch.ts';

/** The training of the built-in model (models/training), with seconds instead of hours, on four small pictures. */
const python = pythonWithTorch();
const usable = python !== null && spawnSync(python, ['-c', 'import PIL, scipy']).status === 0;
if (!usable) console.warn('model-training: skipped, there is no Python with PyTorch, Pillow and SciPy here');

const training = fileURLToPath(new URL('../../models/training', import.meta.url));
const environment = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' };
const call = (script: string, ...values: readonly string[]): SpawnSyncReturns<string> => spawnSync(python ?? '', [join(training, script), ...values], { encoding: 'utf8', env: environment });

/** A bright square on a dark ground, and who outlined it. */
async function picture(folder: string, name: string, left: number): Promise<void> {
  const [width, height] = [80, 60];
  const labels = Uint8Array.from({ length: width * height }, (_, i) => (i % width >= left && i % width < left + 30 && i > 15 * width && i < 45 * width ? 2 : 1));
  mkdirSync(folder, { recursive: true });
  await sharp(labels.map((label) => label * 90), { raw: { width, height, channels: 1 } }).toColourspace('srgb').jpeg().toFile(join(folder, `${name}.jpg`));
  await sharp(labels, { raw: { width, height, channels: 1 } }).toColourspace('b-w').png().toFile(join(folder, `${name}.0.png`));
}

describe.skipIf(!usable)('training the built-in model', { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  const packed = join(folder, 'photographs.zip');
  let packing: SpawnSyncReturns<string>;

  beforeAll(async () => {
    const photos = join(folder, 'photos', 'bsds500');
    for (const [i, name] of ['a', 'b', 'c'].entries()) await picture(join(photos, 'train'), name, 10 * i);
    await picture(join(photos, 'val'), 'd', 25);
    await picture(join(photos, 'holdout'), 'e', 25);
    writeFileSync(join(photos, 'train', 'broken.jpg'), 'no picture');
    packing = call('pack.py', join(folder, 'photos'), packed);
  }, 30_000);

  it('packs what can be read and says what cannot', () => {
    expect(packing.stdout).toMatch(/^4 photographs, /);
    const said = packing.stderr.trim().split('\n');
    expect(said).toHaveLength(3);
    for (const [i, item] of ['broken.jpg', 'camvid', 'coco50'].entries()) expect(said[i]).toMatch(new RegExp(`^passed over: .*${item}: `));
  });

  it('says that there is nothing to train on', () => {
    const nothing = call('pack.py', join(folder, 'absent'), join(folder, 'none.zip'));
    expect(nothing.status).toBe(1);
    expect(nothing.stderr).toContain(`No photograph with a label map could be read in ${join(folder, 'absent')}`);
    expect(existsSync(join(folder, 'none.zip'))).toBe(false);
  });

  it('goes on where it was killed, and makes graphs that answer prompts', async () => {
    const out = join(folder, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'photographs.zip'), readFileSync(packed));
    const values = ['--photos', join(folder, 'photos'), '--out', out, '--minutes', '0.12', '--batch', '2', '--most', '1'];
    const first = spawn(python ?? '', [join(training, 'train.py'), packed, out, '--minutes', '10', '--batch', '2', '--save-every', '1'], { env: environment, stdio: 'ignore' });
    const ended = new Promise((resolve) => first.on('exit', resolve));
    const state = join(out, 'state.pt');
    await expect.poll(() => existsSync(state), { timeout: 30_000, interval: 50 }).toBe(true);
    first.kill('SIGKILL');
    await ended;

    const { status, stdout, stderr } = call('run.py', ...values);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^continuing at step [1-9]\d*, /);
    const scores: unknown = JSON.parse(readFileSync(join(out, 'scores.json'), 'utf8'));
    expect(scores).toMatchObject({ final: { segments: 1, box: expect.any(Number) }, 'rounding to halves': { encoder: expect.any(Number) } });

    const encoder = await InferenceSession.create(join(out, 'encoder.onnx'));
    const { image_embeddings: embedding } = await encoder.run({ image: new Tensor('float32', new Float32Array(3 * 512 * 512), [1, 3, 512, 512]) });
    const decoder = await InferenceSession.create(join(out, 'decoder.onnx'));
    const answer = await decoder.run({
      image_embeddings: embedding ?? expect.fail(),
      point_coords: new Tensor('float32', Float32Array.of(10, 10, 0, 0, 20, 20, 0, 0, 5, 5, 0, 0), [3, 2, 2]),
      point_labels: new Tensor('float32', Float32Array.of(1, -1, 1, -1, 0, -1), [3, 2]),
      mask_input: new Tensor('float32', new Float32Array(3 * 256 * 256), [3, 1, 256, 256]),
      has_mask_input: new Tensor('float32', Float32Array.of(0), [1]),
    });
    expect([answer['low_res_masks']?.dims, answer['iou_predictions']?.dims]).toEqual([[3, 4, 256, 256], [3, 4]]);
    await Promise.all([encoder.release(), decoder.release()]);
  });

  it('refuses a checkpoint of another architecture by the names of its keys', () => {
    const other = join(folder, 'other.pt');
    expect(spawnSync(python ?? '', ['-c', `import torch; torch.save({'backbone.weight': torch.zeros(2)}, '${other}')`]).status).toBe(0);
    const { status, stderr } = call('train.py', packed, join(folder, 'refused'), '--minutes', '1', '--init', other);
    expect(status).toBe(1);
    expect(stderr).toContain(`${other} holds weights of another architecture. missing: encoder.stem.0.0.weight, `);
    expect(stderr).toContain('surplus: backbone.weight. Name a checkpoint of this network');
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { z } from 'zod';
import { rleArea, rleBox, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { run } from '../../src-main/cli/run.ts';
import { temporaryFolder } from '../fixtures/sam.ts';
import { bitmapIou } from '../fixtures/segments.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
const env = { ...process.env, MASKWRIGHT_HOME: join(folder, 'home') };
const maskwright = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [join(root, 'src-main/cli/cli.ts'), ...args], { cwd: folder, encoding: 'utf8', env, maxBuffer: 1 << 28 });

const four = z.tuple([z.int(), z.int(), z.int(), z.int()]);
const Records = z.array(
  z.strictObject({
    segmentation: z.strictObject({ size: z.tuple([z.int(), z.int()]), counts: z.array(z.int()) }),
    area: z.int(),
    bbox: four,
    predicted_iou: z.number(),
    point_coords: z.tuple([z.tuple([z.number(), z.number()])]),
    stability_score: z.number(),
    crop_box: four,
  }),
);
type Records = z.infer<typeof Records>;
function auto(...args: string[]): Records {
  const { status, stdout, stderr } = maskwright('auto', ...args, '--json');
  expect(status, stderr).toBe(0);
  return Records.parse(JSON.parse(stdout));
}
const bitmapOf = ({ segmentation: { size, counts } }: Records[number]): Uint8Array => rleToBitmap({ size, counts: Uint32Array.from(counts) });

/** A sample picture, losslessly, 400 × 267. */
const photo = join(folder, 'photo.png');
beforeAll(async () => {
  await sharp(join(root, 'sample/01-fruit.jpg')).resize(400, 267, { fit: 'fill' }).png().toFile(photo);
});

describe('auto', () => {
  it('prints records as the official generator makes them, each what a prompt on its point gives', async () => {
    const records = auto(photo, '--points-per-side', '4', '--pred-iou-thresh', '0.4', '--stability-score-thresh', '0.4');
    expect(records.length).toBeGreaterThan(3);
    expect(records.map((r) => r.predicted_iou)).toEqual(records.map((r) => r.predicted_iou).toSorted((a, b) => b - a));
    for (const record of records) {
      const { size, counts } = record.segmentation;
      const mask = { size, counts: Uint32Array.from(counts) };
      const { x, y, width, height } = rleBox(mask);
      expect(size).toEqual([267, 400]);
      expect(record).toMatchObject({ area: rleArea(mask), bbox: [x, y, width - 1, height - 1], crop_box: [0, 0, 400, 267] });
      expect(record.predicted_iou).toBeGreaterThan(0.4);
      expect(record.stability_score).toBeGreaterThanOrEqual(0.4);
      const [[px, py]] = record.point_coords;
      expect([(px / 400) * 8, (py / 267) * 8].map((place) => Math.round(place * 1e9) / 1e9 % 2)).toEqual([1, 1]);
    }
    const [best] = records;
    if (best === undefined) throw new Error('no record');
    const { stdout } = maskwright('predict', photo, '--point', `${best.point_coords[0].join()},1`, '--json');
    const { candidates } = z.object({ candidates: z.array(z.object({ predictedIou: z.number(), rle: z.object({ size: z.tuple([z.int(), z.int()]), counts: z.array(z.int()) }) })) }).parse(JSON.parse(stdout));
    const same = candidates.find((c) => c.predictedIou === best.predicted_iou);
    expect(same).toBeDefined();
    // The prompt's logits travel as half floats.
    expect(bitmapIou(rleToBitmap({ size: best.segmentation.size, counts: Uint32Array.from(same?.rle.counts ?? []) }), bitmapOf(best))).toBeGreaterThan(0.999);
  });

  it('runs each crop as a picture of its own', async () => {
    // Nothing is dropped but what the crops' edges cut off.
    const all = ['--pred-iou-thresh', '0', '--stability-score-thresh', '0', '--box-nms-thresh', '1', '--crop-nms-thresh', '1'];
    const layered = auto(photo, '--points-per-side', '4', '--crop-n-layers', '1', '--crop-n-points-downscale-factor', '2', ...all);
    // overlap int(512 / 1500 · 267) = 91, crops ceil((91 + 400) / 2) = 246 wide, clipped at 400, and ceil((91 + 267) / 2) = 179 high
    const [left, top, width, height] = [155, 88, 245, 179];
    const inCrop = layered.filter(({ crop_box }) => crop_box.join() === [left, top, width, height].join());
    expect(inCrop.length).toBeGreaterThan(0);
    const cut = join(folder, 'cut.png');
    await sharp(photo).extract({ left, top, width, height }).png().toFile(cut);
    const alone = auto(cut, '--points-per-side', '2', ...all);
    for (const record of inCrop) {
      const same = alone.find(({ predicted_iou }) => predicted_iou === record.predicted_iou);
      expect(same).toMatchObject({ area: record.area, stability_score: record.stability_score, bbox: [record.bbox[0] - left, record.bbox[1] - top, record.bbox[2], record.bbox[3]] });
      if (same === undefined) continue;
      expect(same.point_coords[0].map((at, i) => at + ([left, top][i] ?? NaN))).toEqual(record.point_coords[0]);
      const whole = bitmapOf(record);
      const part = bitmapOf(same);
      expect(part.every((bit, i) => whole[(Math.floor(i / width) + top) * 400 + (i % width) + left] === bit)).toBe(true);
    }
  });

  it('prints a table for people, with progress beside it', () => {
    const { status, stdout, stderr } = maskwright('auto', photo, '--points-per-side', '2', '--pred-iou-thresh', '0', '--stability-score-thresh', '0');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect([status, head]).toEqual([0, 'predicted IoU  stability  area (pixels)  bbox (x, y, width, height)']);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatch(/^ +\d\.\d{3} +[\d.a-zN]+ +\d+ {2}\d+, \d+, \d+, \d+$/);
    expect(stderr).toContain('Points: 4 of 4');
  });

  it('says what to do when nothing passes, and prints no table', () => {
    const { status, stdout, stderr } = maskwright('auto', photo, '--points-per-side', '2', '--pred-iou-thresh', '1');
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('Points: 4 of 4');
    expect(stderr).toContain('Lower --pred-iou-thresh');
  });

  it.skipIf(process.platform === 'win32')('is ended by Ctrl+C with 130 and prints no records', async () => {
    const child = spawn(process.execPath, [join(root, 'src-main/cli/cli.ts'), 'auto', photo, '--json', '--points-per-side', '24'], { cwd: folder, env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (err.includes('Points')) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('Cancelled.');
  });

  it.each([
    [['auto'], 'missing required argument'],
    [['auto', photo, '--points-per-side', '0'], '--points-per-side'],
    [['auto', photo, '--box-nms-thresh', 'much'], '--box-nms-thresh'],
    [['auto', photo, '--points-per-side', '2', '--crop-n-layers', '2', '--crop-n-points-downscale-factor', '2'], 'no points'],
  ])('%j is refused with exit code 2', async (args, said) => {
    let err = '';
    const console = { out: () => {}, err: (text: string) => void (err += text), live: false };
    const code = await run(args, { version: '1.2.3', start: () => Promise.reject(new Error('started')), console, interrupted: new AbortController().signal }, false);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it('names a picture that is not there', () => {
    expect(maskwright('auto', 'nothing.png')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('nothing.png') });
  });
});

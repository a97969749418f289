import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { EXIT } from '../../src-main/cli/exit-codes.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { benchModel } from '../bench/model/bench-model.ts';
import type { BenchModelOptions } from '../bench/model/bench-model.ts';
import type { Report } from '../bench/model/report.ts';
import { bytesOf, efficientGraphs } from '../fixtures/family-graphs.ts';
import { modelOf } from '../fixtures/onnx.ts';
import { sharpOf } from '../fixtures/pictures.ts';
import { temporaryFolder } from '../fixtures/sam.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

const WIDTH = 160;
const HEIGHT = 120;
const folder = temporaryFolder();
const maps = join(folder, 'maps');

/** A bright disc (label 1), a dark box (2), a speck (3) on grey, which is unlabelled; `shift` moves disc and box. */
function scene(shift: number): { rgb: Buffer; labels: Uint8Array } {
  const labels = new Uint8Array(WIDTH * HEIGHT);
  const rgb = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const label = Math.hypot(x - 45 - shift, y - 60) < 30 ? 1 : x >= 100 + shift && x < 140 + shift && y >= 20 && y < 90 ? 2 : x < 3 && y < 3 ? 3 : 0;
    labels[i] = label;
    rgb.set([[110, 115, 120], [235, 190, 60], [40, 30, 90], [0, 0, 0]][label] ?? [], i * 3);
  }
  return { rgb, labels };
}

async function evaluate(options: Partial<BenchModelOptions> & Pick<BenchModelOptions, 'data'>): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await benchModel({ person: 0, ...options }, { out: (text) => void (out += text), err: (text) => void (err += text), live: false }, new AbortController().signal);
  return { code, out, err };
}

/** What the same command gives every time. */
function figures(json: string): Omit<Report, 'times' | 'peakMemory'> {
  const { times, peakMemory, ...same } = JSON.parse(json) as Report;
  expect(times.decoder?.count).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(peakMemory?.all).toBeGreaterThanOrEqual(peakMemory?.firstPicture ?? NaN);
  return same;
}

beforeAll(async () => {
  process.env['MASKWRIGHT_HOME'] = join(folder, 'home');
  mkdirSync(join(maps, 'images'), { recursive: true });
  for (const [i, shift] of [0, 8].entries()) {
    const { rgb, labels } = scene(shift);
    await sharpOf(rgb, WIDTH, HEIGHT).jpeg({ quality: 95 }).toFile(join(maps, `scene${i}.jpg`));
    copyFileSync(join(maps, `scene${i}.jpg`), join(maps, 'images', `scene${i}.jpg`));
    writeFileSync(join(maps, `scene${i}.0.png`), encodePng({ width: WIDTH, height: HEIGHT, kind: 'grey', samples: labels }));
  }
  // Another person saw disc and box as one.
  writeFileSync(join(maps, 'scene1.1.png'), encodePng({ width: WIDTH, height: HEIGHT, kind: 'grey', samples: scene(8).labels.map((label) => Math.min(1, label)) }));
});

describe('an evaluation', () => {
  it('gives all figures, the same ones each time', async () => {
    const { code, out } = await evaluate({ data: maps, json: true });
    expect(code).toBe(EXIT.done);
    const report = figures(out);
    expect(report).toMatchObject({ model: { id: BUILT_IN, provider: 'cpu' }, data: { path: maps, kind: 'label-maps', person: 0 }, partial: false, pictures: { evaluated: 2, all: 2 }, refused: [], problems: [] });
    // Disc and box of each; specks are too small.
    expect(report.iou.segments).toBe(4);
    const { box, selected, best, afterClick, afterBox } = report.iou;
    for (const iou of [box, selected, best, ...afterClick, ...afterBox]) expect(iou).toBeGreaterThan(0.5);
    expect(best).toBeGreaterThanOrEqual(selected ?? 1);
    expect(report.boundary.box).toBeGreaterThan(0.3);
    expect(report.bySize.map(({ segments }) => segments)).toEqual([0, 0, 4, 0, 4, 0]);
    expect(report.calibration).toMatchObject({ selected: { count: 4 }, candidates: { count: 12 }, box: { count: 4 }, corrected: { count: 40 } });
    expect([0, 0.25, 0.5, 0.75, 1]).toContain(report.calibration.firstIsBest);
    expect(figures((await evaluate({ data: maps, json: true })).out)).toEqual(report);
  });

  it('of COCO’s annotations leaves crowds out, says what is missing, and takes the first pictures only when told', async () => {
    const square = [100, 20, 140, 20, 140, 90, 100, 90];
    const annotation = (id: number, image: number, more: object = {}): object => ({ id, image_id: image, category_id: 1, iscrowd: 0, segmentation: [square], ...more });
    const images = [0, 7, 1].map((i, at) => ({ id: at + 1, file_name: `scene${i}.jpg`, width: WIDTH, height: HEIGHT }));
    const coco = join(maps, 'images', 'instances.json');
    writeFileSync(coco, JSON.stringify({ images, categories: [{ id: 1, name: 'thing' }], annotations: [annotation(1, 1), annotation(2, 1, { iscrowd: 1, segmentation: { size: [HEIGHT, WIDTH], counts: [0, HEIGHT * 20, HEIGHT * (WIDTH - 20)] } }), annotation(3, 2), annotation(4, 9), annotation(5, 3)] }));
    const { code, out, err } = await evaluate({ data: join(maps, 'images'), json: true, limit: 1 });
    expect(code).toBe(EXIT.leftOut);
    expect(err).toContain('scene7.jpg');
    const report = figures(out);
    expect(report).toMatchObject({ data: { kind: 'coco', person: null }, partial: false, pictures: { evaluated: 1, all: 1 } });
    expect(report.iou.segments).toBe(1);
    expect(report.problems.map(({ item }) => item)).toEqual(['annotation 4', 'scene7.jpg']);
    expect(report.iou.box).toBeGreaterThan(0.5);
  });

  it('of all people takes the segments of each', async () => {
    const { out } = await evaluate({ data: maps, person: 'all' });
    expect(out).toContain('all people: 2 of 2 pictures, 5 segments');
    expect(out).toContain('| all | 5 |');
  });

  it('names the picture that cannot be read, and goes on', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    for (const name of ['scene0.jpg', 'scene0.0.png']) copyFileSync(join(maps, name), join(broken, name));
    writeFileSync(join(broken, 'a.jpg'), 'no picture');
    copyFileSync(join(maps, 'scene0.0.png'), join(broken, 'a.0.png'));
    copyFileSync(join(maps, 'scene1.jpg'), join(broken, 'b.jpg'));
    writeFileSync(join(broken, 'b.0.png'), encodePng({ width: 50, height: 40, kind: 'grey', samples: new Uint8Array(2000).fill(1, 0, 900) }));
    copyFileSync(join(maps, 'scene1.jpg'), join(broken, 'c.jpg'));
    writeFileSync(join(broken, 'c.0.png'), 'no label picture');
    copyFileSync(join(maps, 'scene0.0.png'), join(broken, 'd.0.png'));
    const { code, out } = await evaluate({ data: broken, json: true });
    expect(code).toBe(EXIT.leftOut);
    const { problems, pictures, iou } = JSON.parse(out) as Report;
    expect(problems.map(({ item }) => item)).toEqual(['d', 'a.jpg', 'b.jpg', 'c.jpg']);
    expect(problems[2]?.message).toContain('50 × 40');
    expect(pictures).toEqual({ evaluated: 1, all: 4 });
    expect(iou.segments).toBe(2);
  });

  it('of a model that cannot be asked everything says so', async () => {
    const { encoder, decoder } = bytesOf(efficientGraphs());
    const { entry, folder: model } = modelOf(encoder, decoder);
    writeFileSync(join(model, 'model.json'), JSON.stringify(entry));
    const { code, out } = await evaluate({ data: maps, model, json: true, limit: 1 });
    expect(code).toBe(EXIT.done);
    const { refused, iou, model: told } = JSON.parse(out) as Report;
    expect(told).toMatchObject({ id: 'test', provider: 'cpu' });
    expect(refused.find(({ message }) => message.includes('no background points'))?.count).toBeGreaterThan(0);
    expect(iou).toMatchObject({ segments: 2, afterBox: { length: 3 } });
  });

  it('of no data set is refused with what would be one', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(evaluate({ data: empty })).rejects.toThrow(/instances\.json.*NAME\.0\.png/s);
    await expect(evaluate({ data: join(folder, 'nowhere') })).rejects.toThrow(MaskwrightError);
    await expect(evaluate({ data: maps, person: 5 })).rejects.toThrow('person 5');
    await expect(evaluate({ data: maps, model: 'no-such-model' })).rejects.toMatchObject({ code: 'model-missing' });
  });

  it.skipIf(process.platform === 'win32')('that is interrupted by Ctrl+C gives what there is, and says that it is a part', async () => {
    const program = spawn(process.execPath, [join(import.meta.dirname, '../../scripts/bench-model.mjs'), '--data', maps], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    program.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    program.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (err.includes('Pictures: 1 of 2')) program.kill('SIGINT');
    });
    const [code] = (await once(program, 'close')) as [number | null];
    expect(code, err).toBe(EXIT.interrupted);
    expect(out).toContain('1 of 2 pictures, 2 segments');
    expect(out).toContain('PARTIAL');
  });
});

import { createHash } from 'node:crypto';
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { candidateScore } from '../../src-shared/sam/candidates.ts';
import type { Prediction } from '../../src-shared/contract/types.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { killEngine } from '../fixtures/kill-engine.ts';
import { acceptedBitmap, builtin, click, disc, discBitmap, paint, startPredictor, temporaryFolder } from '../fixtures/sam.ts';
import type { Disc, Harness } from '../fixtures/sam.ts';
import { bitmapIou } from '../fixtures/segments.ts';

const harnesses: Harness<Disc>[] = [];
async function start(...options: Parameters<typeof startPredictor<Disc>> extends [unknown, (infer O)?] ? [O?] : never): Promise<Harness<Disc>> {
  const harness = await startPredictor(paint, options[0]);
  harnesses.push(harness);
  return harness;
}
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ predictor }) => predictor.stop()));
});

const landscape = disc('landscape', 640, 427, 420, 160, 90);
const portrait = disc('portrait', 300, 480, 110, 330, 60);
const large = disc('large', 2000, 1500, 650, 950, 350);
const onDisc = (image: Disc): ReturnType<typeof click> => click(image.x, image.y);
/** What a prediction says, without its id and timings. */
const saying = ({ frame, candidates }: Prediction): unknown => ({ frame, candidates: candidates.map((c) => ({ ...c, logits: createHash('sha256').update(c.logits).digest('hex') })) });

/** Indices of each prompt's candidates, as they came, and by falling score. */
const shown = (answers: readonly Prediction['candidates'][]): number[][] => answers.map((candidates) => candidates.map(({ index }) => index));
const sorted = (answers: readonly Prediction['candidates'][], score: (c: Prediction['candidates'][number]) => number): number[][] => shown(answers.map((candidates) => candidates.toSorted((a, b) => score(b) - score(a))));

describe('a prompt', () => {
  it('has its candidates in the order that the model states', async () => {
    const model = await builtin();
    const points = Array.from({ length: 24 }, (_, i) => click(50 + 108 * (i % 6), 50 + 109 * Math.floor(i / 6)));
    const [byIou = [], byBoth = []] = await Promise.all((['predicted-iou', 'predicted-iou-times-stability'] as const).map(async (candidateOrder) => {
      const { predictor } = await start({ model: { ...model, entry: { ...model.entry, candidateOrder } } });
      const answers: Prediction['candidates'][] = [];
      for (const point of points) answers.push((await predictor.predict('page', landscape, point)).candidates);
      return answers;
    }));
    expect(shown(byIou)).toEqual(sorted(byIou, (c) => c.predictedIou));
    expect(shown(byBoth)).toEqual(sorted(byIou, (c) => c.predictedIou * c.stability));
    // Else the test would say nothing.
    expect(shown(byIou)).not.toEqual(shown(byBoth));
  });

  it('on an object gives three candidates, best first, one of which is the object', async () => {
    const { predictor } = await start();
    for (const image of [landscape, portrait, large]) {
      const prediction = await predictor.predict('page', image, onDisc(image));
      expect(prediction.candidates.map((c) => c.index).sort((a, b) => a - b)).toEqual([1, 2, 3]);
      const { candidateOrder } = (await builtin()).entry;
      const scores = prediction.candidates.map((c) => candidateScore(candidateOrder, c.predictedIou, c.stability));
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      for (const { stability, logits } of prediction.candidates) {
        expect(logits.byteLength).toBe(2 * 256 * 256);
        expect(stability).toBeGreaterThanOrEqual(0);
        expect(stability).toBeLessThanOrEqual(1);
      }
      const masks = await Promise.all(prediction.candidates.map(async (c) => acceptedBitmap(await predictor.accept(prediction.prediction, c.index))));
      expect(Math.max(...masks.map((mask) => bitmapIou(mask, discBitmap(image))))).toBeGreaterThan(0.85);
    }
  });

  it('that is a box gives the single mask of what is in it', async () => {
    const { predictor } = await start();
    const box = { x: portrait.x - 62, y: portrait.y - 62, width: 124, height: 124 };
    const { prediction, candidates } = await predictor.predict('page', portrait, { points: [], box, previous: null, multimask: false });
    expect(candidates.map((c) => c.index)).toEqual([0]);
    const accepted = await predictor.accept(prediction, 0);
    expect(bitmapIou(acceptedBitmap(accepted), discBitmap(portrait))).toBeGreaterThan(0.85);
    const { entry, hash } = await builtin();
    expect(accepted.provenance).toEqual({
      source: 'model',
      touched: false,
      sam: { model: entry.id, modelHash: hash, points: [], box, candidate: 0, predictedIou: candidates[0]?.predictedIou, stability: candidates[0]?.stability },
    });
  });

  it('can refine a candidate, and says so when that is no longer kept or of another image', async () => {
    const { predictor } = await start();
    const first = await predictor.predict('page', landscape, onDisc(landscape));
    const index = first.candidates[0]?.index ?? 0;
    const points = [{ x: landscape.x, y: landscape.y, label: 1 as const }, { x: 20, y: 20, label: 0 as const }];
    const fresh = await predictor.predict('page', landscape, { points, box: null, previous: null, multimask: false });
    const refined = await predictor.predict('page', landscape, { points, box: null, previous: { prediction: first.prediction, candidate: index }, multimask: false });
    expect(saying(refined)).not.toEqual(saying(fresh));
    await expect(predictor.predict('page', portrait, click(1, 1, { previous: { prediction: first.prediction, candidate: index } }))).rejects.toMatchObject({ code: 'bad-request' });
    await expect(predictor.predict('page', landscape, click(1, 1, { previous: { prediction: 'gone', candidate: 1 } }))).rejects.toMatchObject({ code: 'no-prediction', item: 'gone' });
    await expect(predictor.accept(first.prediction, 0)).rejects.toMatchObject({ code: 'no-prediction' });
    await expect(predictor.predict('page', landscape, { points: [], box: null, previous: null, multimask: true })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('that is newer wins over those that wait', async () => {
    const { predictor } = await start();
    const prompts = Array.from({ length: 10 }, (_, i) => predictor.predict('page', landscape, click(landscape.x + i, landscape.y)));
    const outcomes = await Promise.allSettled(prompts);
    expect(outcomes.map((o) => (o.status === 'fulfilled' ? 'answered' : o.reason.code))).toEqual(['answered', ...Array(8).fill('superseded'), 'answered']);
    const last = await prompts[9];
    expect(last === undefined ? null : saying(last)).toEqual(saying(await predictor.predict('page', landscape, click(landscape.x + 9, landscape.y))));
  });

  it('on an image that cannot be decoded is rejected with the image’s problem', async () => {
    const harness = await startPredictor<Disc>(() => Promise.reject(new Error('it is no picture')));
    harnesses.push(harness);
    await expect(harness.predictor.predict('page', landscape, onDisc(landscape))).rejects.toThrow('it is no picture');
  });
});

describe('embeddings', () => {
  it('are made ahead, once each, and then need no encoder', async () => {
    const { predictor, prepared, decoded } = await start();
    predictor.prepare(landscape, [portrait, large]);
    const early = await predictor.predict('page', landscape, onDisc(landscape));
    expect(early.candidates).toHaveLength(3);
    await vi.waitFor(() => expect(prepared.filter((p) => p.endsWith('ready'))).toEqual(['landscape ready', 'portrait ready', 'large ready']), { timeout: 30_000 });
    for (const image of [large, portrait]) expect((await predictor.predict('page', image, onDisc(image))).timings.encoded).toBe(false);
    expect(decoded).toEqual(['landscape', 'portrait', 'large']);
  });

  it('outlive the program on disk and give the same answer', async () => {
    const first = await start();
    const before = await first.predictor.predict('page', landscape, onDisc(landscape));
    expect(before.timings.encoded).toBe(true);
    await vi.waitFor(async () => expect(await embeddingFiles(first.cacheFolder)).toHaveLength(1), { timeout: 30_000 });
    await first.predictor.stop();
    const second = await start({ cacheFolder: first.cacheFolder });
    const after = await second.predictor.predict('page', landscape, onDisc(landscape));
    expect(after.timings.encoded).toBe(false);
    expect(saying(after)).toEqual(saying(before));
    const known: Disc = { ...landscape, key: 'the same pixels', known: { pixelHash: landscape.key, width: landscape.width, height: landscape.height } };
    expect(saying(await second.predictor.predict('page', known, onDisc(landscape)))).toEqual(saying(before));
    expect(second.decoded).toEqual(['landscape']);
    await second.predictor.stop();

    const [file] = await embeddingFiles(first.cacheFolder);
    const bytes = await readFile(file ?? '');
    bytes[5000] = (bytes[5000] ?? 0) ^ 0x40;
    await writeFile(file ?? '', bytes);
    const third = await start({ cacheFolder: first.cacheFolder });
    const again = await third.predictor.predict('page', landscape, onDisc(landscape));
    expect(again.timings.encoded).toBe(true);
    expect(saying(again)).toEqual(saying(before));
  });

  it('that memory and disk have let go of are made again', async () => {
    const { predictor, decoded } = await start({ memoryQuota: 0, cacheQuota: 0 });
    const before = await predictor.predict('page', landscape, onDisc(landscape));
    await predictor.predict('page', portrait, onDisc(portrait));
    const after = await predictor.predict('page', landscape, onDisc(landscape));
    expect(after.timings.encoded).toBe(true);
    expect(saying(after)).toEqual(saying(before));
    expect(decoded).toEqual(['landscape', 'portrait', 'landscape']);
  });

  it('that the disk does not take are kept in memory', async () => {
    const inTheWay = join(temporaryFolder(), 'file');
    await writeFile(inTheWay, '');
    const { predictor, events } = await start({ cacheFolder: inTheWay });
    await predictor.predict('page', landscape, onDisc(landscape));
    expect((await predictor.predict('page', landscape, onDisc(landscape))).timings.encoded).toBe(false);
    await vi.waitFor(() => expect(events).toContainEqual({ kind: 'log', message: expect.stringContaining(inTheWay) }), { timeout: 30_000 });
    expect(predictor.status).toMatchObject({ state: 'ready', problem: null });
  });
});

const embeddingFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((f) => f.isFile() && !f.name.includes('.tmp')).map((f) => join(f.parentPath, f.name));

describe('killing the engine', () => {
  it('at any moment of a prompt changes nothing but the time it takes', async () => {
    const { predictor, events } = await start({ memoryQuota: 0, cacheQuota: 0 });
    const expected = new Map<Disc, unknown>();
    for (const image of [landscape, portrait]) expected.set(image, saying(await predictor.predict('page', image, onDisc(image))));
    const kills = 12;
    for (let i = 0; i < kills; i++) {
      const image = i % 2 === 0 ? landscape : portrait;
      const prompt = predictor.predict('page', image, onDisc(image));
      await sleep(i * 12);
      const pid = killEngine(predictor);
      const prediction = await prompt;
      expect(saying(prediction)).toEqual(expected.get(image));
      // What was predicted before the death can still be accepted after it.
      const { shape } = await predictor.accept(prediction.prediction, prediction.candidates[0]?.index ?? 0);
      expect(shape.size).toEqual([image.height, image.width]);
      expect(predictor.pid).not.toBe(pid);
    }
    const deaths = events.filter((event) => event.kind === 'died');
    expect(deaths).toHaveLength(kills);
    for (const { message } of deaths) expect(message).toMatch(/^The SAM engine was killed by SIGKILL.*nothing was lost\.$/);
    expect(predictor.status).toMatchObject({ state: 'ready', problem: null });
  });

  it('while it loads the model only delays the first prompt', async () => {
    const { predictor } = await start();
    const prompt = predictor.predict('page', landscape, onDisc(landscape));
    await vi.waitFor(() => expect(predictor.pid).not.toBeNull(), { timeout: 30_000 });
    killEngine(predictor);
    expect((await prompt).candidates).toHaveLength(3);
  });

  it('while images are prepared does not stop their preparation', async () => {
    const { predictor, prepared } = await start();
    await predictor.start();
    predictor.prepare(landscape, [portrait]);
    await vi.waitFor(() => expect(prepared).toContain('landscape preparing'), { timeout: 30_000 });
    killEngine(predictor);
    await vi.waitFor(() => expect(prepared).toEqual(['landscape preparing', 'landscape ready', 'portrait preparing', 'portrait ready']), { timeout: 30_000 });
  });
});

// An engine is held by signals that Windows does not have.
it.skipIf(process.platform === 'win32')('a candidate is accepted while the engine is busy with something else', async () => {
  const { predictor } = await start();
  const { prediction, candidates } = await predictor.predict('page', landscape, onDisc(landscape));
  const index = candidates[0]?.index ?? 0;
  await predictor.logits(prediction, index);
  const { pid } = predictor;
  process.kill(pid ?? 0, 'SIGSTOP');
  try {
    expect(bitmapIou(acceptedBitmap(await predictor.accept(prediction, index)), discBitmap(landscape))).toBeGreaterThan(0.85);
  } finally {
    process.kill(pid ?? 0, 'SIGCONT');
  }
});

describe('a model', () => {
  it('with one wrong bit is not loaded, and the file is named; repaired, it is', async () => {
    const model = await copied();
    const path = join(model.folder, 'decoder.onnx');
    const good = await readFile(path);
    const bad = Buffer.from(good);
    bad[1_000_000] = (bad[1_000_000] ?? 0) ^ 1;
    await writeFile(path, bad);
    const { predictor } = await start({ model });
    await expect(predictor.predict('page', landscape, onDisc(landscape))).rejects.toMatchObject({ code: 'model-hash', item: path, message: expect.stringContaining(path) });
    expect(predictor.status).toMatchObject({ state: 'failed', model: null, problem: { code: 'model-hash', item: path } });
    await writeFile(path, good);
    expect((await predictor.predict('page', landscape, onDisc(landscape))).candidates).toHaveLength(3);
    expect(predictor.status).toMatchObject({ state: 'ready', problem: null });
  });

  it('that is not there, or no graph, is said to be so', async () => {
    const model = await copied();
    const { predictor: missing } = await start({ model: { ...model, folder: join(model.folder, 'nowhere') } });
    await missing.start();
    expect(missing.status).toMatchObject({ state: 'failed', problem: { code: 'model-missing', item: join(model.folder, 'nowhere', 'encoder.onnx') } });
    const text = 'this is no graph';
    await writeFile(join(model.folder, 'encoder.onnx'), text);
    const files = model.entry.files.map((file) => (file.role === 'encoder' ? { ...file, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') } : file));
    const { predictor: garbled } = await start({ model: { ...model, entry: { ...model.entry, files } } });
    await garbled.start();
    expect(garbled.status).toMatchObject({ state: 'failed', problem: { code: 'model-invalid' } });
  });

  it('runs on the best provider that there is, and says why when that is the CPU', async () => {
    const { predictor, statuses } = await start({ providers: null });
    await predictor.start();
    const { entry, hash } = await builtin();
    expect(predictor.status).toMatchObject({ state: 'ready', model: { id: entry.id, name: entry.name, hash, limits: { multimask: true } } });
    expect(predictor.status.provider === 'cpu' ? predictor.status.reason : 'not the CPU').toMatch(/^Running on the CPU\. .+|^not the CPU$/);
    expect(statuses.at(-1)).toEqual(predictor.status);
  });
});

async function copied(): Promise<InstalledModel> {
  const model = await builtin();
  const folder = join(temporaryFolder(), 'model');
  await cp(model.folder, folder, { recursive: true });
  return { ...model, folder };
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ModelFindings } from './model-findings.ts';
import type { Finding, Loaded } from './model-findings.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-findings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good: Omit<Finding, 'unfinished'> = { verdict: 'good', reason: null, encoderMs: 40, decoderMs: 4, difference: 0.001 };
const loaded: Loaded = { provider: 'cpu', encoderMs: null, decoderMs: 5, limits: { multimask: true, backgroundPoints: false, box: true, maskInput: true, maxPoints: 6 } };

it('a provider that took the engine down twice is not tried a third time', async () => {
  const path = join(folder, 'state', 'model.json');
  for (const allowed of [true, true, false, false]) expect(await new ModelFindings(path).begin('webgpu 1')).toBe(allowed);
  expect(await new ModelFindings(path).begin('webgpu 2')).toBe(true);
});

it('what came through is remembered with its figures, and what is not there is not judged', async () => {
  const findings = new ModelFindings(join(folder, 'came-through.json'));
  for (let i = 0; i < 5; i++) {
    expect(await findings.begin('webgpu')).toBe(true);
    await findings.end('webgpu', good);
    expect(await findings.begin('cuda')).toBe(true);
    await findings.end('cuda', null);
  }
  expect(await findings.recall('webgpu')).toEqual({ ...good, unfinished: 0 });
  expect(await findings.recall('cuda')).toMatchObject({ verdict: null, unfinished: 0 });
});

it('changes that come together are all kept', async () => {
  const path = join(folder, 'together.json');
  const findings = new ModelFindings(path);
  await Promise.all([findings.end('a', good), findings.setLoaded(loaded), findings.end('b', { ...good, encoderMs: 7 })]);
  const read = new ModelFindings(path);
  expect([await read.recall('a'), await read.recall('b'), await read.loaded()]).toMatchObject([{ encoderMs: 40 }, { encoderMs: 7 }, loaded]);
});

it('a damaged file is found out about anew, and one that cannot be written does no harm', async () => {
  const path = join(folder, 'damaged.json');
  for (const text of ['', '[1]', '{"providers":{"webgpu":{"unfinished":-1}},"loaded":null}', '{"webgpu":{}}']) {
    writeFileSync(path, text);
    expect(await new ModelFindings(path).recall('webgpu')).toMatchObject({ unfinished: 0, verdict: null, encoderMs: null });
    expect(await new ModelFindings(path).loaded()).toBeNull();
  }
  // Longer than what takes its place, of which nothing may stay.
  writeFileSync(path, 'x'.repeat(10_000));
  await new ModelFindings(path).setLoaded(loaded);
  expect(await new ModelFindings(path).loaded()).toEqual(loaded);
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  const homeless = new ModelFindings(taken);
  expect(await homeless.begin('webgpu')).toBe(true);
  await homeless.setLoaded(loaded);
  expect(readdirSync(taken)).toEqual([]);
});

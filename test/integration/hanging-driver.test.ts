import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelFindings } from '../../src-main/engines/model-findings.ts';
import type { PredictorOptions } from '../../src-main/sam/predictor.ts';
import { click, startPredictor, temporaryFolder } from '../fixtures/sam.ts';
import type { Harness } from '../fixtures/sam.ts';
import { childrenOf } from '../helpers/processes.ts';

const onePixel = { rgb: new Uint8Array(3), inputWidth: 1, inputHeight: 1, width: 1, height: 1, pixelHash: 'a' };
const entry = fileURLToPath(new URL('../fixtures/hanging-driver-engine.ts', import.meta.url));
const AN_HOUR = 3_600_000;

let harness: Harness<{ key: string }>;
afterEach(() => harness.predictor.stop());

async function start(provider: string, options: Partial<PredictorOptions<{ key: string }>>, findingsFile = join(temporaryFolder(), 'findings.json')): Promise<string> {
  harness = await startPredictor<{ key: string }>(() => onePixel, { entry, providers: [provider], findingsFile, ...options });
  return findingsFile;
}

/** Clicks, and tells where the answer came from. */
async function clicks(): Promise<'cpu' | 'driver'> {
  const { candidates } = await harness.predictor.predict('page', { key: 'a' }, click(0, 0));
  return candidates[0]?.predictedIou === 1 ? 'cpu' : 'driver';
}

const engines = (): number => childrenOf(process.pid).filter(({ command }) => command.includes('hanging-driver-engine')).length;
const failures = (): string[] => harness.events.flatMap(({ kind, message }) => (kind === 'provider-failed' ? [message] : []));

describe('while a driver is tried', () => {
  it('a click is answered on the CPU, whatever the driver does; that the program ends then is not held against it', async () => {
    const file = await start('hanging', { patience: { driverMs: AN_HOUR, standInMs: 1 } });
    expect(await clicks()).toBe('cpu');
    expect(harness.predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', reason: 'Running on the CPU while hanging is tried.', problem: null });
    expect(failures()).toEqual([]);
    await harness.predictor.stop();
    expect(engines()).toBe(0);
    expect(await new ModelFindings(file).recall('hanging')).toMatchObject({ unfinished: 0, verdict: null });
  });

  it('and turns out well, work goes over to it, and the CPU’s engine ends', async () => {
    const file = await start('slow', { patience: { driverMs: AN_HOUR, standInMs: 1 } });
    expect(await clicks()).toBe('cpu');
    expect(engines()).toBe(2);
    writeFileSync(`${file}.open`, '');
    await vi.waitFor(() => expect(harness.predictor.status.provider).toBe('slow'), 30_000);
    expect(await clicks()).toBe('driver');
    await vi.waitFor(() => expect(engines()).toBe(1), 30_000);
    expect(failures()).toEqual([]);
  });

  it('nobody who does not click pays for a second engine', async () => {
    const file = await start('slow', { patience: { driverMs: AN_HOUR, standInMs: 1 } });
    const started = harness.predictor.start();
    await vi.waitFor(async () => expect((await new ModelFindings(file).recall('slow')).unfinished).toBe(1), 30_000);
    expect(engines()).toBe(1);
    writeFileSync(`${file}.open`, '');
    await started;
    expect(harness.predictor.status).toMatchObject({ state: 'ready', provider: 'slow' });
  });
});

describe.each([['hanging', 'it did not answer within 0 s'], ['dying', 'the engine stopped while trying it']])('a %s driver', (driver, reason) => {
  const patience = { driverMs: 200, standInMs: null };

  it('is left for the CPU at once, also by later starts, until somebody asks for it', async () => {
    const file = await start(driver, { patience });
    expect(await clicks()).toBe('cpu');
    const refused = { state: 'ready', provider: 'cpu', providers: [{ provider: 'cpu', verdict: 'used' }, { provider: driver, verdict: 'refused', reason }] };
    expect(harness.predictor.status).toMatchObject(refused);
    expect(failures()).toEqual([`${driver} is no longer used for Segment Anything: ${reason}. Work goes on with the next best, which may be slower; nothing was lost. Choose “Try again” at the badge of the model to have it tried anew.`]);
    await harness.predictor.stop();

    await start(driver, { patience }, file);
    expect(await clicks()).toBe('cpu');
    expect(harness.predictor.status).toMatchObject(refused);
    expect(failures()).toEqual([]);

    harness.predictor.tryProvidersAgain();
    await vi.waitFor(() => expect(failures()).toHaveLength(1), 30_000);
    await vi.waitFor(() => expect(harness.predictor.status).toMatchObject(refused), 30_000);
    expect(await clicks()).toBe('cpu');
  });
});

it('a driver that hangs at work is left for the CPU, and the click is answered all the same', async () => {
  await start('lazy', { patience: { driverMs: 500, standInMs: null } });
  await harness.predictor.start();
  expect(harness.predictor.status.provider).toBe('lazy');
  expect(await clicks()).toBe('cpu');
  expect(failures()).toEqual([expect.stringContaining('it did not answer while it was used')]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseProvider } from './choose-provider.ts';
import type { Bench, Choice, ChooseOptions, Figures } from './choose-provider.ts';
import { ModelFindings } from './model-findings.ts';

const root = mkdtempSync(join(tmpdir(), 'maskwright-providers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let files = 0;
const file = (): string => join(root, `${files++}.json`);

/** A provider as the machine has it. */
interface Machine extends Partial<Figures> {
  readonly difference?: number;
  /** What opening, or running, rejects with. */
  readonly cannotOpen?: string;
  readonly cannotRun?: string;
}
type Machines = Readonly<Record<string, Machine>>;
const CPU = { encoderMs: 1000, decoderMs: 50 };

/** A bench of machines, that counts what is open and what was tried. */
class Fakes implements Bench<{ readonly provider: string }, Figures> {
  readonly machines: Machines;
  readonly opened: string[] = [];
  readonly compared: string[] = [];
  mostOpen = 0;

  constructor(machines: Machines) {
    this.machines = machines;
  }

  async open(provider: string): Promise<{ provider: string }> {
    const complaint = this.machines[provider]?.cannotOpen;
    if (complaint !== undefined) throw new Error(complaint);
    this.opened.push(provider);
    this.mostOpen = Math.max(this.mostOpen, this.opened.length);
    return { provider };
  }

  async close({ provider }: { provider: string }): Promise<void> {
    expect(this.opened).toContain(provider);
    this.opened.splice(this.opened.indexOf(provider), 1);
  }

  async reference(): Promise<Figures> {
    return { ...CPU, ...this.machines['cpu'] };
  }

  async compare({ provider }: { provider: string }): Promise<Figures & { difference: number }> {
    this.compared.push(provider);
    const { cannotRun, encoderMs = 100, decoderMs = 10, difference = 0.001 } = this.machines[provider] ?? {};
    if (cannotRun !== undefined) throw new Error(cannotRun);
    return { encoderMs, decoderMs, difference };
  }
}

async function choose(machines: Machines, options: Partial<ChooseOptions> = {}, path = file()): Promise<{ choice: Choice<{ readonly provider: string }>; bench: Fakes }> {
  const bench = new Fakes(machines);
  const providers = Object.keys(machines).filter((name) => name !== 'cpu');
  const choice = await chooseProvider(bench, { providers, avoid: {}, findings: new ModelFindings(path), keyOf: (provider) => `${provider} 1.0`, trying: () => {}, ...options });
  expect(choice.sessions.provider).toBe(choice.provider);
  // Whatever was tried, nothing stays open but what is used.
  expect(bench.opened).toEqual([choice.provider]);
  expect(choice.used).toMatchObject({ provider: choice.provider, verdict: 'used' });
  return { choice, bench };
}

describe('the provider that is chosen', () => {
  it('is the fastest right one, wherever it stands in the order', async () => {
    const { choice } = await choose({ cuda: { encoderMs: 300 }, dml: { encoderMs: 90, decoderMs: 6, difference: 0.002 }, webgpu: { encoderMs: 200 } });
    expect(choice.used).toEqual({ provider: 'dml', verdict: 'used', reason: null, encoderMs: 90, decoderMs: 6, difference: 0.002 });
    expect(choice.others).toEqual([
      { provider: 'cuda', verdict: 'refused', reason: 'it takes 300 ms for a picture, DirectML 90 ms', encoderMs: 300, decoderMs: 10, difference: 0.001 },
      { provider: 'webgpu', verdict: 'refused', reason: 'it takes 200 ms for a picture, DirectML 90 ms', encoderMs: 200, decoderMs: 10, difference: 0.001 },
      { provider: 'cpu', verdict: 'refused', reason: 'it takes 1000 ms for a picture, DirectML 90 ms', encoderMs: 1000, decoderMs: 50, difference: null },
    ]);
    expect(choice.passedOver).toEqual([]);
  });

  it('is never one whose answers are wrong, however fast', async () => {
    for (const difference of [0.05, 1, Infinity, Number.NaN]) {
      const { choice } = await choose({ cuda: { encoderMs: 1, difference }, webgpu: { encoderMs: 500 } });
      expect(choice.provider).toBe('webgpu');
      expect(choice.others[0]).toEqual({ provider: 'cuda', verdict: 'refused', reason: 'its results differ from the CPU’s', encoderMs: 1, decoderMs: 10, difference: Number.isFinite(difference) ? difference : null });
    }
  });

  it('is the CPU when every other one is absent, slower or fails, and each is told apart', async () => {
    const { choice } = await choose({ cuda: { cannotOpen: 'Failed to load shared library' }, webgpu: { encoderMs: 1200.4 }, dml: { cannotRun: 'device\n removed' }, coreml: { cannotOpen: 'unsupported operator' } });
    expect(choice.used).toEqual({ provider: 'cpu', verdict: 'used', reason: null, ...CPU, difference: null });
    expect(choice.others).toEqual([
      { provider: 'cuda', verdict: 'absent', reason: 'its libraries are not installed', encoderMs: null, decoderMs: null, difference: null },
      { provider: 'webgpu', verdict: 'refused', reason: 'it takes 1200 ms for a picture, the CPU 1000 ms', encoderMs: 1200.4, decoderMs: 10, difference: 0.001 },
      { provider: 'dml', verdict: 'refused', reason: 'device removed', encoderMs: null, decoderMs: null, difference: null },
      { provider: 'coreml', verdict: 'refused', reason: 'unsupported operator', encoderMs: null, decoderMs: null, difference: null },
    ]);
    expect(choice.passedOver.map(({ provider, slower }) => [provider, slower])).toEqual([['cuda', false], ['webgpu', true], ['dml', false], ['coreml', false]]);
  });

  it('leaves prompts to the CPU where that is faster at them', async () => {
    const { choice } = await choose({ cuda: { decoderMs: 51 } });
    expect(choice).toMatchObject({ provider: 'cuda', decoderOnCpu: true, used: { decoderMs: 51, reason: 'the CPU is faster at prompts and does those' } });
    expect((await choose({ cuda: { decoderMs: 49 } })).choice.decoderOnCpu).toBe(false);
  });

  it('is none of those that failed at work', async () => {
    const { choice, bench } = await choose({ cuda: {}, webgpu: { encoderMs: 500 } }, { avoid: { cuda: { reason: 'it failed at work (device lost)', lasting: false } } });
    expect(choice.provider).toBe('webgpu');
    expect(choice.others[0]).toMatchObject({ provider: 'cuda', verdict: 'refused', reason: 'it failed at work (device lost)' });
    expect(bench.compared).toEqual(['webgpu']);
  });
});

it('each step names its provider, so that a hang is blamed on what hangs', async () => {
  const steps: string[] = [];
  await choose({ cuda: {}, webgpu: { encoderMs: 50 } }, { trying: (provider) => steps.push(provider) });
  expect(steps).toEqual(['cuda', 'cpu', 'cuda', 'webgpu', 'cpu', 'webgpu', 'webgpu']);
});

describe('what was found out', () => {
  it('holds for the next start: nothing is measured or opened a second time', async () => {
    const path = file();
    const machines = { cuda: { encoderMs: 300 }, dml: { encoderMs: 90 }, webgpu: { difference: 1 }, coreml: { encoderMs: 2000 } };
    const { choice: first } = await choose(machines, {}, path);
    const { choice, bench } = await choose(machines, {}, path);
    expect(bench).toMatchObject({ compared: [], mostOpen: 1 });
    expect({ used: choice.used, others: choice.others }).toEqual({ used: first.used, others: first.others });
  });

  it('gives way to the next best when the best no longer opens', async () => {
    const path = file();
    const machines = { cuda: { encoderMs: 300 }, dml: { encoderMs: 90 } };
    await choose(machines, {}, path);
    const { choice, bench } = await choose({ ...machines, dml: { cannotOpen: 'out of memory' } }, {}, path);
    expect([choice.provider, bench.compared]).toEqual(['cuda', []]);
    expect(choice.passedOver).toEqual([{ provider: 'dml', reason: 'out of memory', slower: false }]);
    // It was good, and is again when there is room.
    expect((await choose(machines, {}, path)).choice.provider).toBe('dml');
  });

  it('does not hold for what was not there, or under another version', async () => {
    const path = file();
    await choose({ webgpu: { cannotOpen: 'no adapter' } }, {}, path);
    expect((await choose({ webgpu: {} }, {}, path)).choice.provider).toBe('webgpu');
    const { bench } = await choose({ webgpu: {} }, { keyOf: (provider) => `${provider} 2.0` }, path);
    expect(bench.compared).toEqual(['webgpu']);
  });

  it('keeps a provider that hung from being tried by later starts, not one that only failed', async () => {
    const path = file();
    await choose({ cuda: {}, dml: {} }, { avoid: { cuda: { reason: 'it did not answer', lasting: true }, dml: { reason: 'it failed at work', lasting: false } } }, path);
    const { choice, bench } = await choose({ cuda: {}, dml: {} }, {}, path);
    expect(bench.compared).toEqual(['dml']);
    expect(choice).toMatchObject({ provider: 'dml', others: [{ provider: 'cuda', verdict: 'refused', reason: 'it did not answer' }, { provider: 'cpu' }] });
  });

  it('keeps a provider that took the engine down twice from being tried', async () => {
    const path = file();
    for (let death = 0; death < 2; death++) await new ModelFindings(path).begin('cuda 1.0');
    const { choice, bench } = await choose({ cuda: {} }, {}, path);
    expect(choice).toMatchObject({ provider: 'cpu', others: [{ provider: 'cuda', verdict: 'refused', reason: 'the engine stopped each time it was tried' }] });
    expect(bench.compared).toEqual([]);
  });
});

it('of any machine, the choice is right, no slower than the CPU or any other right one, and only ever three are open', async () => {
  const machine = fc.record({ encoderMs: fc.integer({ min: 1, max: 2000 }), decoderMs: fc.integer({ min: 1, max: 100 }), difference: fc.constantFrom(0, 0.01, 0.2, Number.NaN) });
  const broken = fc.constantFrom<Machine>({ cannotOpen: 'no adapter' }, { cannotOpen: 'broken' }, { cannotRun: 'broken' });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom('cuda', 'dml', 'webgpu', 'coreml'), fc.oneof(machine, broken)), async (machines) => {
      const { choice, bench } = await choose(machines);
      const right = Object.values(machines).flatMap(({ encoderMs, difference }) => (encoderMs !== undefined && difference !== undefined && difference < 0.05 ? [encoderMs] : []));
      expect(choice.used.encoderMs ?? CPU.encoderMs).toBe(Math.min(...right, CPU.encoderMs));
      expect(choice.others.map(({ provider }) => provider).toSorted()).toEqual([...Object.keys(machines), 'cpu'].filter((provider) => provider !== choice.provider).toSorted());
      expect(bench.mostOpen).toBeLessThanOrEqual(3);
    }),
    { numRuns: 100 },
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import type { EngineEvent, SupervisorOptions } from '../../src-main/engines/supervisor.ts';
import { killEngine } from '../fixtures/kill-engine.ts';

const entry = fileURLToPath(new URL('../fixtures/tiny-engine.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'maskwright-supervisor-'));
const engines: EngineSupervisor[] = [];
let marks = 0;
/** A file that is not there yet. */
const mark = (): string => join(folder, `mark-${marks++}`);

function start(options: Partial<SupervisorOptions> = {}): { engine: EngineSupervisor; events: EngineEvent[]; kinds: () => string[] } {
  const events: EngineEvent[] = [];
  const engine = new EngineSupervisor({ name: 'tiny', node: process.execPath, entry, policy: { firstMs: 1 }, onEvent: (event) => events.push(event), ...options });
  engines.push(engine);
  return { engine, events, kinds: () => events.map((event) => event.kind).filter((kind) => kind !== 'log') };
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

describe('a supervised engine', () => {
  it('starts with the first request and answers each with its own', async () => {
    const { engine, kinds } = start();
    expect(engine.pid).toBeNull();
    const asked = Array.from({ length: 50 }, (_, i) => ({ i, bytes: new Uint8Array(i * 1000).fill(i) }));
    expect(await Promise.all(asked.map((params) => engine.request('echo', params)))).toEqual(asked);
    expect(kinds()).toEqual(['started']);
  });

  it('passes on typed errors, unforeseen ones and unknown methods', async () => {
    const { engine } = start();
    await expect(engine.request('fail', null)).rejects.toMatchObject({ code: 'image-unreadable', message: 'The picture is no picture.', item: 'a.png' });
    await expect(engine.request('bug', null)).rejects.toMatchObject({ code: 'engine-failed', message: 'an index out of its range' });
    await expect(engine.request('toString', null)).rejects.toMatchObject({ code: 'unknown-call', item: 'toString' });
    expect(await engine.request('echo', 1)).toBe(1);
  });

  it('is given another process on demand, which answers what was still open', async () => {
    const { engine, events, kinds } = start();
    const before = await engine.request('pid', null);
    const begun = vi.fn();
    const stop = new AbortController();
    const open = engine.request('untilCancelled', null, { onProgress: begun, signal: stop.signal }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(begun).toHaveBeenCalledTimes(1), 10_000);
    engine.restart();
    await vi.waitFor(() => expect(begun).toHaveBeenCalledTimes(2), 10_000);
    stop.abort();
    expect(await open).toMatchObject({ code: 'cancelled' });
    await vi.waitFor(async () => expect(await engine.request('seen', null)).toEqual(['cancelled']), 10_000);
    const after = await engine.request('pid', null);
    expect(after).not.toBe(before);
    expect(engine.pid).toBe(after);
    await vi.waitFor(() => expect(runs(Number(before))).toBe(false), 10_000);
    // Nothing died: nobody has to be warned.
    expect(kinds()).toEqual(['started', 'restarted']);
    expect(events).toHaveLength(2);
    await engine.stop();
    engine.restart();
    expect(engine.pid === null || !runs(engine.pid)).toBe(true);
  });

  it('may print without harm to the frames', async () => {
    const { engine, events } = start();
    await engine.request('print', null);
    expect(await engine.request('echo', 1)).toBe(1);
    await vi.waitFor(() => expect(events).toContainEqual({ kind: 'log', message: 'a line for the log' }), { timeout: 30_000 });
  });

  it('takes the more urgent of what waits first', async () => {
    const { engine } = start({ concurrency: 1 });
    await Promise.all([0, 0, 2, 1, 2].map((priority, i) => engine.request('note', `${priority}:${i}`, { priority })));
    expect(await engine.request('seen', null)).toEqual(['2:2', '2:4', '1:3', '0:0', '0:1']);
  });
});

describe('when the engine dies', () => {
  it('its unanswered requests are repeated once by a new process', async () => {
    const { engine, events, kinds } = start();
    const before = await engine.request<number>('pid', null);
    const [died, other] = await Promise.all([engine.request('dieOnce', mark()), engine.request('echo', 'other')]);
    expect([died, other]).toEqual(['survived', 'other']);
    expect(await engine.request('pid', null)).not.toBe(before);
    expect(kinds()).toEqual(['started', 'died', 'restarted']);
    expect(events.find((event) => event.kind === 'died')?.message).toBe('The tiny engine ended with code 7 during "dieOnce". It is started again and the work repeated; nothing was lost.');
  });

  it('twice over the same request, only that one fails, by name', async () => {
    const { engine } = start({ concurrency: 8 });
    const work = [engine.request('echo', 1), engine.request('die', null), engine.request('note', 'innocent'), engine.request('untilCancelled', null, { signal: AbortSignal.abort() }), engine.request('echo', 2)];
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.map((o) => (o.status === 'fulfilled' ? o.value : o.reason.code))).toEqual([1, 'engine-died', null, 'cancelled', 2]);
    await expect(work[1]).rejects.toMatchObject({ item: 'die', message: expect.stringContaining('"die", twice') });
  });

  it('while it has nothing to do, it is there again for the next request', async () => {
    const { engine, kinds } = start();
    const pid = await engine.request<number>('pid', null);
    process.kill(pid, 'SIGKILL');
    expect(await engine.request('echo', 'still here')).toBe('still here');
    expect(kinds()).toEqual(['started', 'died', 'restarted']);
    expect(runs(pid)).toBe(false);
  });

  it('by printing on its pipe, it is replaced', async () => {
    const { engine, events } = start();
    await expect(engine.request('garbage', null)).rejects.toMatchObject({ code: 'engine-died' });
    expect(events.find((event) => event.kind === 'died')?.message).toContain('sent bytes that are no message');
    expect(await engine.request('echo', 1)).toBe(1);
  });

  it('by not answering in time, it is killed and the request given up after the second try', async () => {
    const { engine, kinds } = start();
    await expect(engine.request('hang', null, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'engine-died', message: expect.stringContaining('did not answer') });
    expect(await engine.request('echo', 1)).toBe(1);
    expect(kinds().filter((kind) => kind === 'died')).toHaveLength(2);
  });

  it('at every start, it is given up with a sentence, and a later request tries afresh', async () => {
    const { engine, events, kinds } = start({ env: { TINY_DIES_AT_START: 'yes' }, policy: { firstMs: 1, giveUpAfter: 3, tryAgainMs: 0 } });
    const works = [engine.request('echo', 1), engine.request('echo', 2)];
    for (const work of works) await expect(work).rejects.toMatchObject({ code: 'engine-died', message: expect.stringContaining('ended with code 5, 3 times in a row') });
    expect(kinds()).toEqual(['died', 'died', 'gave-up']);
    expect(engine.pid).toBeNull();
    await expect(engine.request('echo', 3)).rejects.toMatchObject({ code: 'engine-died' });
    expect(events.filter((event) => event.kind === 'gave-up')).toHaveLength(2);
  });

  it('with a word on why, that word is told', async () => {
    const { engine } = start({ env: { TINY_LACKS_A_LIBRARY: 'yes' }, policy: { firstMs: 1, giveUpAfter: 2 } });
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ message: expect.stringContaining('cannot be started: it ended with code 1, 2 times in a row (Error: libtiny.so: cannot open shared object file). Try again') });
  });

  it('by never coming up, it is given up as well', async () => {
    const { engine } = start({ env: { TINY_HANGS_AT_START: 'yes' }, policy: { firstMs: 1, helloMs: 200, giveUpAfter: 2 } });
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ code: 'engine-died', message: expect.stringContaining('did not start') });
  });

  it('soon after it was given up, a request is told so at once', async () => {
    const { engine, kinds } = start({ node: join(folder, 'no-such-node'), policy: { firstMs: 1, giveUpAfter: 2 } });
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ code: 'engine-died', message: expect.stringContaining('could not be started') });
    const before = kinds();
    await expect(engine.request('echo', 2)).rejects.toMatchObject({ code: 'engine-died' });
    expect(kinds()).toEqual(before);
  });
});

describe('cancelling', () => {
  it('ends the waiting at once, tells the engine, and frees its place', async () => {
    const { engine } = start({ concurrency: 1 });
    const abort = new AbortController();
    const running = engine.request('untilCancelled', null, { signal: abort.signal, onProgress: (value) => value === 'begun' && abort.abort() });
    const waiting = engine.request('note', 'never', { signal: abort.signal });
    const after = engine.request('seen', null);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(await after).toEqual(['cancelled']);
  });

  it('waits for what has to be cleared away, but not for ever, and not for an engine that died over it', async () => {
    const { engine, kinds } = start();
    const cancelled = async (method: string, params: unknown, within: number, onBegun: () => void): Promise<void> => {
      const abort = new AbortController();
      const request = engine.request(method, params, { signal: abort.signal, clearsWithinMs: within, onProgress: () => { abort.abort(); onBegun(); } });
      await expect(request).rejects.toMatchObject({ code: 'cancelled' });
    };
    const file = mark();
    await cancelled('clearsAway', file, 60_000, () => undefined);
    expect(existsSync(file)).toBe(true);
    await cancelled('clearsForever', null, 20, () => undefined);
    expect(kinds()).toEqual(['started']);
    await cancelled('clearsForever', null, 60_000, () => killEngine(engine));
    expect(await engine.request('echo', 1)).toBe(1);
  });

  it('a request that killed the engine, before it is repeated, does not repeat it', async () => {
    const { engine, kinds } = start();
    const abort = new AbortController();
    const work = engine.request('untilCancelled', null, { signal: abort.signal, onProgress: () => killEngine(engine) });
    await vi.waitFor(() => expect(kinds()).toContain('died'), { timeout: 30_000 });
    abort.abort();
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(await engine.request('seen', null)).toEqual([]);
  });
});

describe('setup', () => {
  it('comes before all else in every process', async () => {
    const results: unknown[] = [];
    const { engine } = start({ setup: () => ({ method: 'note', params: 'setup', onResult: () => results.push('done') }) });
    expect(await engine.request('seen', null)).toEqual(['setup']);
    killEngine(engine);
    expect(await engine.request('seen', null)).toEqual(['setup']);
    expect(results).toEqual(['done', 'done']);
  });

  it('that fails rejects what waits with its reason, and the next request tries again', async () => {
    const file = mark();
    const { engine } = start({ setup: () => ({ method: 'failOnce', params: file }) });
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ code: 'model-hash', item: 'encoder.onnx' });
    expect(await engine.request('echo', 2)).toBe(2);
  });

  it('that kills the engine is tried by the next process', async () => {
    const file = mark();
    const { engine, kinds } = start({ setup: () => ({ method: 'dieOnce', params: file }) });
    expect(await engine.request('echo', 'through')).toBe('through');
    expect(kinds()).toEqual(['died', 'started']);
  });

  it('that hangs is killed, and the engine given up when it always does', async () => {
    const { engine, kinds } = start({ setup: () => ({ method: 'hang', params: null, timeoutMs: 100 }), policy: { firstMs: 1, giveUpAfter: 2 } });
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ code: 'engine-died', message: expect.stringContaining('did not answer "hang"') });
    expect(kinds()).toEqual(['died', 'gave-up']);
  });

  it('under way when the engine is stopped is no failure', async () => {
    const failures: unknown[] = [];
    const { engine } = start({ setup: () => ({ method: 'hang', params: null, onError: (error) => failures.push(error) }) });
    const work = engine.request('echo', 1);
    const rejected = expect(work).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitFor(() => expect(engine.pid).not.toBeNull(), { timeout: 30_000 });
    await engine.stop();
    await rejected;
    expect(failures).toEqual([]);
    expect(engine.pid).toBeNull();
  });
});

describe('the end', () => {
  it('stop leaves no process, even of an engine that hears nothing', async () => {
    const { engine } = start();
    const pid = await engine.request<number>('pid', null);
    const hanging = engine.request('hang', null);
    const rejected = expect(hanging).rejects.toMatchObject({ code: 'cancelled' });
    await engine.stop();
    await rejected;
    expect(runs(pid)).toBe(false);
    await expect(engine.request('echo', 1)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('of main is the end of its engine', async () => {
    const main = spawn(process.execPath, [fileURLToPath(new URL('../fixtures/doomed-main.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(main.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(runs(pid)).toBe(true);
    main.kill('SIGKILL');
    await vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 30_000 });
  });
});

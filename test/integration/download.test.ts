import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { discardDownload, installedFrom } from '../../src-main/models/download/download-model.ts';
import type { DownloadProgress } from '../../src-main/models/download/progress.ts';
import { DECODER, ENCODER, expectInstalled, expectNothingInstalled, noise, ranges, sha256, startDownloads } from '../fixtures/downloads.ts';
import { file, status } from '../fixtures/file-server.ts';
import type { Answer } from '../fixtures/file-server.ts';
import { randomSam, torchFile } from '../fixtures/torch-file.ts';

const CHECKPOINT = torchFile({ tensors: randomSam({ width: 12, depth: 1, heads: 3, grid: 4, window: 2, globals: [0] }) });

const { server, newId, theCase, twoGraphs } = await startDownloads();
afterAll(() => server.stop());

describe('a download', () => {
  it('gives a model that is as the catalogue has it, and is not seen before it is whole', async () => {
    const it = twoGraphs([[file(ENCODER)]]);
    const steps: DownloadProgress[] = [];
    const visible = new Set<string>();
    const model = await it.download({
      onProgress: (step) => {
        steps.push(step);
        for (const name of readdirSync(it.folder)) if (!name.startsWith('.')) visible.add(name);
      },
    });
    expect(model.entry).toMatchObject({ id: it.entry.id, name: it.entry.name, family: 'SAM', inputSize: 1024, licence: 'Apache-2.0', source: 'https://example.org/model', precision: 'fp32' });
    expect(model.entry.files.map(({ role, bytes }) => [role, bytes])).toEqual([['encoder', ENCODER.length], ['decoder', DECODER.length]]);
    expect([...visible]).toEqual([]);
    expect(steps.every(({ done, total }, i) => total === it.entry.bytes && done >= (steps[i - 1]?.done ?? 0))).toBe(true);
    expect(steps.at(-1)?.done).toBe(it.entry.bytes);
    expect(installedFrom(it.entry, [model])).toEqual([model]);
    await expectInstalled(it);
  });

  it('asks nobody when the model is there', async () => {
    const it = twoGraphs([[file(ENCODER)]]);
    await it.download();
    const before = it.asked().length;
    expect((await it.download()).entry.id).toBe(it.entry.id);
    expect(it.asked()).toHaveLength(before);
    // One that was damaged since is fetched anew.
    writeFileSync(join(it.folder, it.entry.id, 'encoder.onnx'), 'cut');
    await it.download();
    await expectInstalled(it);
  });

  it('of a checkpoint imports it, with its name and licence, and keeps the graphs only', async () => {
    const id = newId();
    server.on(`/${id}/checkpoint`, file(CHECKPOINT));
    const it = theCase(id, { kind: 'checkpoint', bytes: CHECKPOINT.length, files: [{ role: 'checkpoint', name: 'random.pth', bytes: CHECKPOINT.length, sha256: sha256(CHECKPOINT), urls: [server.url(`/${id}/checkpoint`)] }] });
    const steps: DownloadProgress[] = [];
    const model = await it.download({ onProgress: (step) => steps.push(step) });
    expect(model.entry).toMatchObject({ name: it.entry.name, licence: 'Apache-2.0', source: server.url(`/${id}/checkpoint`) });
    expect(readdirSync(it.folder)).toEqual([model.entry.id]);
    expect(readdirSync(model.folder).toSorted()).toEqual(['decoder.onnx', 'encoder.onnx', 'model.json']);
    expect(steps.at(-1)).toMatchObject({ done: steps[0]?.total, total: steps[0]?.total, importing: true });
    expect(steps.every(({ done }, i) => done >= (steps[i - 1]?.done ?? 0))).toBe(true);
    expect(installedFrom(it.entry, [model])).toEqual([model]);
  });

  it('that arrives as it should but is no model is told of, and is not asked for again', async () => {
    const id = newId();
    server.on(`/${id}/checkpoint`, file(DECODER));
    const it = theCase(id, { kind: 'checkpoint', bytes: DECODER.length, files: [{ role: 'checkpoint', name: 'random.pth', bytes: DECODER.length, sha256: sha256(DECODER), urls: [server.url(`/${id}/checkpoint`)] }] });
    await expect(it.download()).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(it.download()).rejects.toMatchObject({ code: 'model-invalid' });
    expect(it.asked()).toHaveLength(1);
    await expectNothingInstalled(it);
    expect(await discardDownload(id, it.folder)).toBe(true);
    expect(readdirSync(it.folder)).toEqual([]);
  });

  it('that would not fit on the disk is not begun', async () => {
    const it = twoGraphs([[file(ENCODER)]]);
    await expect(it.download({ free: () => Promise.resolve(it.entry.bytes - 1) })).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('1 MB') });
    expect(it.asked()).toEqual([]);
    await it.download({ free: () => Promise.resolve(it.entry.bytes) });
    await expectInstalled(it);
  });

  it('does not run twice at once, and a lock that a killed program left is none', async () => {
    const it = twoGraphs([[file(ENCODER, { stallAfter: 1000 }), file(ENCODER)]]);
    const second = Promise.withResolvers<unknown>();
    const first = it.download({ onProgress: ({ done }) => done > 0 && second.resolve(it.download().catch((error: unknown) => error)) });
    expect(await second.promise).toMatchObject({ code: 'conflict' });
    it.timers.stall();
    await first;
    await expectInstalled(it);

    const other = twoGraphs([[file(ENCODER)]]);
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    mkdirSync(other.folder, { recursive: true });
    writeFileSync(`${other.unfinished}.lock`, String(dead.pid));
    await other.download();
    await expectInstalled(other);
  });
});

describe('a download that is interrupted', () => {
  it('by a connection that breaks goes on from there, of the same version of the file', async () => {
    const it = twoGraphs([[file(ENCODER, { etag: '"1"', cutAfter: 150_000 }), file(ENCODER, { etag: '"1"', cutAfter: 50_000 }), file(ENCODER, { etag: '"1"' })]]);
    await it.download();
    await expectInstalled(it);
    const [first, second, third] = it.asked();
    expect(first).toMatchObject({ range: undefined, ifRange: undefined });
    expect([second, third]).toEqual([{ path: first?.path, range: 'bytes=150000-', ifRange: '"1"' }, { path: first?.path, range: 'bytes=200000-', ifRange: '"1"' }]);
    expect(it.timers.waits).toHaveLength(2);
  });

  it('goes on by the date of the file where there is no version, and by nothing where that is weak', async () => {
    const modified = 'Wed, 21 Oct 2015 07:28:00 GMT';
    const dated = twoGraphs([[file(ENCODER, { modified, cutAfter: 1000 }), file(ENCODER, { modified })]]);
    await dated.download();
    expect(dated.asked()[1]).toMatchObject({ range: 'bytes=1000-', ifRange: modified });
    const weak = twoGraphs([[file(ENCODER, { etag: 'W/"1"', cutAfter: 1000 }), file(ENCODER, { etag: 'W/"1"' })]]);
    await weak.download();
    expect(weak.asked()[1]).toMatchObject({ range: 'bytes=1000-', ifRange: undefined });
    await expectInstalled(weak);
  });

  it('begins again where the server has another version by now, or knows no ranges', async () => {
    const old = noise(ENCODER.length, 7);
    const changed = twoGraphs([[file(old, { etag: '"1"', cutAfter: 1000 }), file(ENCODER, { etag: '"2"' })]]);
    await changed.download();
    await expectInstalled(changed);
    expect(ranges(changed)).toEqual([undefined, 'bytes=1000-']);
    const rangeless = twoGraphs([[file(ENCODER, { cutAfter: 1000 }), file(ENCODER, { ranges: false })]]);
    await rangeless.download();
    await expectInstalled(rangeless);
  });

  it('begins again when the pieces are not one file', async () => {
    const it = twoGraphs([[file(noise(ENCODER.length, 7), { cutAfter: 1000 }), file(ENCODER)]]);
    await it.download();
    await expectInstalled(it);
    expect(ranges(it)).toEqual([undefined, 'bytes=1000-', undefined]);
  });

  it('begins again when the server cannot continue (416), and is done when nothing was missing', async () => {
    const shorter = twoGraphs([[file(ENCODER, { cutAfter: 2000 }), file(ENCODER.subarray(0, 1000)), file(ENCODER)]]);
    await shorter.download();
    await expectInstalled(shorter);
    expect(ranges(shorter)).toEqual([undefined, 'bytes=2000-', undefined]);

    const whole = twoGraphs([[file(ENCODER)]], { size: null });
    mkdirSync(whole.unfinished, { recursive: true });
    writeFileSync(join(whole.unfinished, 'encoder.onnx.part'), ENCODER);
    await whole.download();
    await expectInstalled(whole);
    expect(ranges(whole)).toEqual([`bytes=${ENCODER.length}-`]);
  });

  it('by a server that sends nothing for half a minute goes on with a new connection', async () => {
    const it = twoGraphs([[file(ENCODER, { etag: '"1"', stallAfter: 3000 }), file(ENCODER, { etag: '"1"' })]]);
    let stalls = 0;
    await it.download({ onProgress: ({ done }) => done === 3000 && stalls++ === 0 && setImmediate(() => it.timers.stall()) });
    await expectInstalled(it);
    expect(ranges(it)).toEqual([undefined, 'bytes=3000-']);
  });

  it('by a server that does not answer at all ends, after some attempts', async () => {
    const it = twoGraphs([[() => setImmediate(() => it.timers.stall())]]);
    await expect(it.download()).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('30 seconds') });
    expect(it.asked()).toHaveLength(5);
  });

  it('by a person keeps what has arrived, is not seen, and goes on the next time', async () => {
    const it = twoGraphs([[file(ENCODER, { etag: '"1"', stallAfter: 5000 }), file(ENCODER, { etag: '"1"' })]]);
    const abort = new AbortController();
    await expect(it.download({ signal: abort.signal, onProgress: ({ done }) => done === 5000 && abort.abort() })).rejects.toMatchObject({ code: 'cancelled', item: it.entry.id });
    await expectNothingInstalled(it);
    expect(statSync(join(it.unfinished, 'encoder.onnx.part')).size).toBe(5000);
    let first: DownloadProgress | null = null;
    await it.download({ onProgress: (step) => (first ??= step) });
    expect(first).toMatchObject({ done: 5000, bytesPerSecond: null });
    expect(it.asked()[1]).toMatchObject({ range: 'bytes=5000-', ifRange: '"1"' });
    await expectInstalled(it);
  });

  it('while it waits to try again ends at once', async () => {
    const it = twoGraphs([[status(503)]]);
    const abort = new AbortController();
    const never = { after: (ms: number, run: () => void) => (ms === 30_000 ? it.timers.after(ms, run) : (setImmediate(() => abort.abort()), () => undefined)), now: () => 0 };
    await expect(it.download({ signal: abort.signal, timers: never })).rejects.toMatchObject({ code: 'cancelled' });
    expect(it.asked()).toHaveLength(1);
  });

  it('by the death of the program goes on in the next one', async () => {
    const it = twoGraphs([[file(ENCODER, { etag: '"1"', stallAfter: 70_000 }), file(ENCODER, { etag: '"1"' })]]);
    const program = spawn(process.execPath, [join(import.meta.dirname, '../fixtures/download-main.ts'), JSON.stringify(it.entry), it.folder, server.ca], { stdio: ['ignore', 'pipe', 'inherit'] });
    program.stdout.setEncoding('utf8').on('data', (text: string) => text.split('\n').includes('70000') && program.kill('SIGKILL'));
    const died = await new Promise((resolve) => program.once('exit', (_, signal) => resolve(signal)));
    expect(died).toBe('SIGKILL');
    await expectNothingInstalled(it);
    await it.download();
    expect(it.asked()[1]).toMatchObject({ range: 'bytes=70000-', ifRange: '"1"' });
    await expectInstalled(it);
  });

  it('in whatever ways ends with the right file, or with none', async () => {
    const version = fc.constantFrom('"1"', '"2"', undefined);
    const mishap: fc.Arbitrary<Answer> = fc.oneof(
      fc.record({ etag: version, cutAfter: fc.nat(ENCODER.length), ranges: fc.boolean() }).map(({ etag, ...rest }) => file(ENCODER, { ...rest, ...(etag === undefined ? {} : { etag }) })),
      fc.record({ cutAfter: fc.nat(ENCODER.length) }).map((answer) => file(noise(ENCODER.length, 9), answer)),
      fc.constantFrom(500, 429, 408).map((code) => status(code)),
      fc.constant<Answer>((_, response) => response.destroy()),
      fc.nat(ENCODER.length).map((claims) => file(ENCODER.subarray(0, claims), { claims: ENCODER.length })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(mishap, { maxLength: 4 }), fc.boolean(), async (mishaps, known) => {
        const it = twoGraphs([[...mishaps, file(ENCODER)]], { size: known ? ENCODER.length : null });
        const outcome = await it.download().then(() => 'done', (error: unknown) => error);
        if (outcome === 'done') await expectInstalled(it);
        else {
          await expectNothingInstalled(it);
          expect(outcome).toMatchObject({ code: expect.stringMatching(/^(?:download-failed|model-hash|offline)$/) });
          // Asked again, it comes through: nothing that is left stands in the way.
          server.on(`/${it.entry.id}/0/encoder`, file(ENCODER));
          await it.download();
          await expectInstalled(it);
        }
      }),
      { numRuns: 30 },
    );
  });
});

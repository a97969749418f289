import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadModel, discardDownload, installedFrom } from '../../src-main/models/download/download-model.ts';
import type { DownloadOptions } from '../../src-main/models/download/download-model.ts';
import { DownloadEntry } from '../../src-main/models/download/entry.ts';
import type { DownloadProgress } from '../../src-main/models/download/progress.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { listModels } from '../../src-main/models/user-models.ts';
import { arrived, file, redirect, startFileServer, status } from '../fixtures/file-server.ts';
import type { Answer, FileServer } from '../fixtures/file-server.ts';
import { ImpatientTimers } from '../fixtures/impatient-timers.ts';
import { modelsFolder, temporaryFolder } from '../fixtures/sam.ts';
import { randomSam, torchFile } from '../fixtures/torch-file.ts';

const noise = (length: number, seed: number): Buffer => Buffer.from(Uint32Array.from({ length: length / 4 }, (_, i) => Math.imul(i + seed, 0x9e37_79b1) ^ (i >>> 3)).buffer);
const ENCODER = noise(400_000, 1);
const DECODER = noise(100_000, 2);
const CHECKPOINT = torchFile({ tensors: randomSam({ width: 12, depth: 1, heads: 3, grid: 4, window: 2, globals: [0] }) });
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
afterAll(() => server.stop());

let made = 0;
interface Case {
  readonly entry: DownloadEntry;
  readonly folder: string;
  readonly timers: ImpatientTimers;
  /** Where the unfinished files lie. */
  readonly unfinished: string;
  /** Requests of this download only. */
  asked(): { path: string; range: string | undefined; ifRange: string | undefined }[];
  download(options?: Partial<DownloadOptions>): Promise<InstalledModel>;
}

/** A model of two graphs of its own: its decoder is sent as it is, its encoder as the test says, from one mirror or two. */
function twoGraphs(encoder: readonly (readonly Answer[])[], { size = ENCODER.length as number | null, of = ENCODER } = {}): Case {
  const id = `model-${++made}`;
  const hosts = ['localhost', '127.0.0.1'] as const;
  const mirrors = encoder.map((answers, i) => {
    server.on(`/${id}/${i}/encoder`, ...answers);
    server.on(`/${id}/${i}/decoder`, file(DECODER));
    return (name: string): string => server.url(`/${id}/${i}/${name}`, hosts[i]);
  });
  return theCase(id, {
    kind: 'onnx',
    bytes: of.length + DECODER.length,
    files: [
      { role: 'encoder', name: 'encoder.onnx', bytes: size, sha256: sha256(of), urls: mirrors.map((url) => url('encoder')) },
      { role: 'decoder', name: 'decoder.onnx', bytes: DECODER.length, sha256: sha256(DECODER), urls: mirrors.map((url) => url('decoder')) },
    ],
  });
}

function theCase(id: string, rest: object): Case {
  const entry = DownloadEntry.parse({ id, name: `Model ${made}`, summary: 'For tests.', family: 'SAM', licence: { name: 'Apache-2.0', url: 'https://example.org/licence' }, source: 'https://example.org/model', inputSize: 1024, ...rest });
  const folder = temporaryFolder();
  const timers = new ImpatientTimers();
  return {
    entry,
    folder,
    timers,
    unfinished: join(folder, `.downloading-${id}`),
    asked: () => server.asked.filter(({ path }) => path.startsWith(`/${id}/`)),
    download: (options = {}) => downloadModel(entry, folder, {
      signal: new AbortController().signal,
      importing: { engine: { node: process.execPath, entry: 'none' } },
      ca: server.ca,
      timers,
      ...options,
      onProgress: (progress) => {
        options.onProgress?.(progress);
        // The first file's bytes, which are the only ones that are cut.
        arrived(progress.done);
      },
    }),
  };
}

const ranges = ({ asked }: Case): (string | undefined)[] => asked().filter(({ path }) => path.endsWith('encoder')).map(({ range }) => range);

async function expectInstalled({ entry, folder }: Case): Promise<void> {
  const { models, problems } = await listModels(modelsFolder, folder);
  expect({ ids: models.map((model) => model.entry.id), problems }).toEqual({ ids: ['maskwright-nano', entry.id], problems: [] });
  expect(readdirSync(join(folder, entry.id)).toSorted()).toEqual(['decoder.onnx', 'encoder.onnx', 'model.json']);
  for (const { name, sha256: hash } of entry.files) expect(sha256(readFileSync(join(folder, entry.id, name)))).toBe(hash);
  expect(readdirSync(folder)).toEqual([entry.id]);
}

async function expectNothingInstalled({ folder }: Case): Promise<void> {
  const { models, problems } = await listModels(modelsFolder, folder);
  expect({ ids: models.map((model) => model.entry.id), problems }).toEqual({ ids: ['maskwright-nano'], problems: [] });
}

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
    const id = `model-${++made}`;
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
    const id = `model-${++made}`;
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

const endless: Answer = (_, response) => {
  const chunk = Buffer.alloc(1 << 16);
  const more = (): void => void (response.writable && response.write(chunk, more));
  more();
};

describe('a server that sends something else', () => {
  const other = noise(ENCODER.length, 5);

  it('is told of, nothing of it stays, and the next mirror is asked', async () => {
    const alone = twoGraphs([[file(other)]]);
    await expect(alone.download()).rejects.toMatchObject({ code: 'model-hash', message: expect.stringContaining('not the file it should be'), item: alone.entry.files[0]?.urls[0] });
    expect(alone.asked()).toHaveLength(1);
    expect(statSync(join(alone.unfinished, 'encoder.onnx.part')).size).toBe(0);
    await expectNothingInstalled(alone);
    const two = twoGraphs([[file(other)], [file(ENCODER)]]);
    await two.download();
    await expectInstalled(two);
  });

  it('is cut off when it sends more, or says that it will', async () => {
    const longer = Buffer.concat([ENCODER, Buffer.alloc(1 << 20)]);
    const says = twoGraphs([[file(longer)]]);
    await expect(says.download()).rejects.toMatchObject({ code: 'model-hash' });
    const surprises = twoGraphs([[file(longer, { chunked: true })]]);
    await expect(surprises.download()).rejects.toMatchObject({ code: 'model-hash', message: expect.stringContaining(`after ${ENCODER.length} bytes`) });
    for (const it of [says, surprises]) expect(statSync(join(it.unfinished, 'encoder.onnx.part')).size).toBe(0);
  });

  it('without end is cut off although nobody knows the size', async () => {
    const it = twoGraphs([[endless]], { size: null });
    await expect(it.download()).rejects.toMatchObject({ code: 'model-hash' });
  });

  it('or less than it says, is asked again for the rest', async () => {
    const it = twoGraphs([[file(ENCODER.subarray(0, 90_000), { claims: ENCODER.length }), file(ENCODER)]]);
    await it.download();
    await expectInstalled(it);
    expect(ranges(it)).toHaveLength(2);
    const short = twoGraphs([[file(ENCODER.subarray(0, 1000))]]);
    await expect(short.download()).rejects.toMatchObject({ code: 'model-hash', message: expect.stringContaining('1000 bytes in the place of') });
  });

  it('need not say how long it is', async () => {
    for (const size of [ENCODER.length, null]) {
      const it = twoGraphs([[file(ENCODER, { chunked: true })]], { size });
      await it.download();
      await expectInstalled(it);
    }
  });
});

describe('a server that refuses', () => {
  it('for good is not asked again, but the next mirror is', async () => {
    for (const code of [404, 403, 410, 451]) {
      const it = twoGraphs([[status(code)]]);
      await expect(it.download()).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining(String(code)) });
      expect(it.asked()).toHaveLength(1);
    }
    const two = twoGraphs([[status(404)], [file(ENCODER)]]);
    await two.download();
    await expectInstalled(two);
    expect(two.timers.waits).toEqual([]);
  });

  it('for a while is asked again after the time it names', async () => {
    const it = twoGraphs([[status(503, { 'retry-after': '7' }), status(429, { 'retry-after': '90' }), file(ENCODER)]]);
    await it.download();
    await expectInstalled(it);
    expect(it.timers.waits).toEqual([7_000, 90_000]);
    const long = twoGraphs([[status(503, { 'retry-after': '3600' })], [file(ENCODER)]]);
    await long.download();
    expect(long.timers.waits).toEqual([]);
  });

  it('and names no time is asked five times, at growing distances', async () => {
    const it = twoGraphs([[status(500)]]);
    await expect(it.download()).rejects.toMatchObject({ code: 'download-failed' });
    expect(it.asked()).toHaveLength(5);
    expect(it.timers.waits).toHaveLength(4);
    for (const [i, wait] of it.timers.waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** i);
      expect(wait).toBeLessThanOrEqual(1000 * 2 ** i);
    }
  });

  it('is left for the mirror that was chosen first, and the others after it', async () => {
    const it = twoGraphs([[file(ENCODER)], [file(ENCODER)]]);
    await it.download({ mirror: 1 });
    expect(it.asked().map(({ path }) => path)).toEqual([`/${it.entry.id}/1/encoder`, `/${it.entry.id}/1/decoder`]);
    const back = twoGraphs([[file(ENCODER)], [status(404)]]);
    await back.download({ mirror: 1 });
    await expectInstalled(back);
  });
});

describe('redirects', () => {
  it('to other https addresses are followed', async () => {
    const it = twoGraphs([[redirect(server.url('/elsewhere', '127.0.0.1'), 301), redirect('/again', 307)]]);
    server.on('/elsewhere', redirect('../here', 308));
    server.on('/here', file(ENCODER));
    await it.download();
    await expectInstalled(it);
  });

  it('to http are not, and nobody is asked there', async () => {
    let asked = 0;
    const plain = createServer((_, response) => {
      asked++;
      response.end(ENCODER);
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    try {
      const location = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/encoder`;
      const it = twoGraphs([[redirect(location)]]);
      await expect(it.download()).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('not https') });
      // By way of an https address neither.
      server.on('/hop', redirect(location));
      await expect(twoGraphs([[redirect(server.url('/hop'))]]).download()).rejects.toMatchObject({ message: expect.stringContaining('not https') });
      expect(asked).toBe(0);
    } finally {
      plain.close();
    }
  });

  it('to other schemes, to no address, with a password, or in circles are not', async () => {
    for (const location of ['ftp://localhost/encoder', 'file:///etc/passwd', 'data:,x', 'https://', server.url('/encoder').replace('https://', 'https://user:secret@')]) {
      const it = twoGraphs([[redirect(location)]]);
      await expect(it.download(), location).rejects.toMatchObject({ code: 'download-failed' });
      expect(it.asked()).toHaveLength(1);
    }
    const circle = twoGraphs([[(request, response) => redirect(request.url ?? '')(request, response)]]);
    await expect(circle.download()).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('more than 5') });
    expect(circle.asked()).toHaveLength(6);
  });
});

describe('without a connection', () => {
  it('a download says so after asking each mirror once, without waiting', async () => {
    const gone = await startFileServer();
    await gone.stop();
    const id = `model-${++made}`;
    const urls = [gone.url('/encoder'), gone.url('/encoder', '127.0.0.1')];
    const it = theCase(id, { kind: 'checkpoint', bytes: 1000, files: [{ role: 'checkpoint', name: 'a.pth', bytes: 1000, sha256: sha256(ENCODER), urls }] });
    await expect(it.download()).rejects.toMatchObject({ code: 'offline', message: expect.stringContaining('cannot be reached') });
    expect(it.timers.waits).toEqual([]);
    await expectNothingInstalled(it);
  });

  it('that is lost in the middle, a download tries again for a while and keeps what has arrived', async () => {
    const lost = await startFileServer();
    lost.on('/encoder', (request, response) => {
      file(ENCODER, { cutAfter: 8000 })(request, response);
      lost.stopListening();
    });
    const it = theCase(`model-${++made}`, { kind: 'checkpoint', bytes: ENCODER.length, files: [{ role: 'checkpoint', name: 'a.pth', bytes: ENCODER.length, sha256: sha256(ENCODER), urls: [lost.url('/encoder')] }] });
    await expect(it.download({ ca: lost.ca })).rejects.toMatchObject({ code: 'offline' });
    expect(it.timers.waits).toHaveLength(4);
    expect(existsSync(join(it.unfinished, 'a.pth.part'))).toBe(true);
  });

  it('that can be trusted, nothing is taken', async () => {
    const it = twoGraphs([[file(ENCODER)]]);
    const stranger = await startFileServer();
    await stranger.stop();
    await expect(it.download({ ca: stranger.ca })).rejects.toMatchObject({ code: 'download-failed', message: expect.stringContaining('did not prove') });
    expect(it.asked()).toEqual([]);
    expect(it.timers.waits).toEqual([]);
  });
});

import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ENCODER, expectInstalled, expectNothingInstalled, noise, ranges, sha256, startDownloads } from '../fixtures/downloads.ts';
import { file, redirect, startFileServer, status } from '../fixtures/file-server.ts';
import type { Answer } from '../fixtures/file-server.ts';

const { server, newId, theCase, twoGraphs } = await startDownloads();
afterAll(() => server.stop());

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
    const id = newId();
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
    const it = theCase(newId(), { kind: 'checkpoint', bytes: ENCODER.length, files: [{ role: 'checkpoint', name: 'a.pth', bytes: ENCODER.length, sha256: sha256(ENCODER), urls: [lost.url('/encoder')] }] });
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

import { expect, it } from 'vitest';
import { DownloadEntry } from './entry.ts';
import { ProgressBar } from './progress.ts';
import type { DownloadProgress } from './progress.ts';
import { retryAfterMs } from './retry-after.ts';

const MB = 1e6;
const file = (role: string, bytes: number | null): object => ({ role, name: `${role}.onnx`, bytes, sha256: (role === 'encoder' ? '0' : '1').repeat(64), urls: ['https://a.example/x'] });
const graphs = (encoder: number | null, decoder: number | null, bytes: number): DownloadEntry =>
  DownloadEntry.parse({ id: 'm', name: 'M', summary: 'S.', family: 'SAM', kind: 'onnx', licence: { name: 'MIT', url: 'https://a.example' }, source: 'https://a.example', inputSize: 1024, bytes, files: [file('encoder', encoder), file('decoder', decoder)] });

function started(entry: DownloadEntry, importShare = 0): { bar: ProgressBar; clock: { ms: number }; last: () => DownloadProgress | undefined } {
  const clock = { ms: 0 };
  const steps: DownloadProgress[] = [];
  return { bar: new ProgressBar(entry, importShare, { now: () => clock.ms, after: () => () => undefined }, (step) => steps.push(step)), clock, last: () => steps.at(-1) };
}

it('tells the speed of the last seconds and the time that is left', () => {
  const entry = graphs(80 * MB, 20 * MB, 100 * MB);
  const [encoder, decoder] = entry.files;
  const { bar, clock, last } = started(entry);
  if (encoder === undefined || decoder === undefined) throw new Error('two files');
  for (let s = 0; s <= 20; s++) {
    clock.ms = s * 1000;
    bar.file(encoder, s * 2 * MB, null, true);
    expect(last()?.bytesPerSecond).toBe(s === 0 ? null : 2 * MB);
  }
  expect(last()).toEqual({ done: 40 * MB, total: 100 * MB, importing: false, bytesPerSecond: 2 * MB, secondsLeft: 30 });
  // The connection becomes ten times as fast: after the window, only that counts.
  for (let s = 21; s <= 26; s++) {
    clock.ms = s * 1000;
    bar.file(encoder, 40 * MB + (s - 20) * 5 * MB, null, true);
  }
  expect(last()).toMatchObject({ bytesPerSecond: 5 * MB, secondsLeft: 6 });
});

it('does not take what an earlier run left for speed', () => {
  const entry = graphs(80 * MB, 20 * MB, 100 * MB);
  const [encoder] = entry.files;
  const { bar, clock, last } = started(entry);
  if (encoder === undefined) throw new Error('two files');
  bar.file(encoder, 50 * MB, null, false);
  clock.ms = 2000;
  bar.file(encoder, 51 * MB, null, true);
  expect(last()).toMatchObject({ done: 51 * MB, bytesPerSecond: 0.5 * MB });
  expect(bar.missing).toBe(49 * MB);
});

it('learns the sizes that the catalogue does not know', () => {
  const entry = graphs(null, null, 100 * MB);
  const [encoder, decoder] = entry.files;
  const { bar, last } = started(entry);
  if (encoder === undefined || decoder === undefined) throw new Error('two files');
  bar.file(encoder, 0, 90 * MB, true);
  expect(last()?.total).toBe(100 * MB);
  bar.file(encoder, 90 * MB, 90 * MB, true);
  bar.file(decoder, 0, 25 * MB, true);
  expect(last()).toMatchObject({ done: 90 * MB, total: 115 * MB });
});

it('has room for the import', () => {
  const { bar, last } = started(graphs(80 * MB, 20 * MB, 100 * MB), 0.5);
  bar.imported(1, 4);
  expect(last()).toEqual({ done: 112.5 * MB, total: 150 * MB, importing: true, bytesPerSecond: null, secondsLeft: null });
  bar.imported(4, 4);
  expect(last()).toMatchObject({ done: 150 * MB });
});

it('Retry-After is seconds or a date', () => {
  const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('Wed, 21 Oct 2015 07:28:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Wed, 21 Oct 2015 07:00:00 GMT', now)).toBe(0);
  for (const nothing of [undefined, '', 'soon', '-5 minutes']) expect(retryAfterMs(nothing, now)).toBeNull();
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readJsonLists } from '../../src-main/datasets/formats/codecs/json-lists.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly lists: Record<string, unknown[]>;
  readonly values: Record<string, unknown>;
  readonly broken: [string, number | null][];
  readonly progress: number[];
}

async function read(content: string | Buffer, skips?: ReadonlySet<string>, signal = new AbortController().signal): Promise<Told> {
  const path = join(folder, 'a.json');
  writeFileSync(path, content);
  const told: Told = { lists: {}, values: {}, broken: [], progress: [] };
  const handler = {
    element: (key: string, index: number, value: unknown): void => {
      const list = (told.lists[key] ??= []);
      list[index] = value;
    },
    value: (key: string, value: unknown): void => void (told.values[key] = value),
    broken: (key: string, index: number | null): void => void told.broken.push([key, index]),
    ...(skips === undefined ? {} : { skips }),
  };
  await readJsonLists(path, handler, { signal, encoding: null, progress: (done) => told.progress.push(done) });
  return told;
}

test('lists are told element by element, other values whole, whatever the spaces, escapes and keys', async () => {
  const lists = { '': fc.array(fc.jsonValue(), { maxLength: 5 }) };
  await fc.assert(
    fc.asyncProperty(fc.record({ annotations: fc.array(fc.jsonValue({ maxDepth: 4 })), images: fc.array(fc.jsonValue()), info: fc.record({ a: fc.jsonValue() }), 'a "key" \\ {[': fc.array(fc.string({ unit: 'binary' })) }), lists[''], fc.constantFrom(0, 1, '\t'), async (document, list, indent) => {
      const told = await read(JSON.stringify(document, null, indent));
      const { info, ...others } = JSON.parse(JSON.stringify(document)) as typeof document;
      expect(told.values).toEqual({ info });
      expect(told.lists).toEqual(Object.fromEntries(Object.entries(others).filter(([, entries]) => entries.length > 0)));
      expect((await read(JSON.stringify(list, null, indent))).lists['']).toEqual(list.length === 0 ? undefined : JSON.parse(JSON.stringify(list)));
    }),
    { numRuns: 60 },
  );
});

test('elements that lie across the borders of the chunks, and a byte-order mark', async () => {
  const images = Array.from({ length: 60_000 }, (_, id) => ({ id, file_name: `Bäume/雪 ${id}.jpg`, width: 640, height: 480 }));
  const text = `\ufeff${JSON.stringify({ images, ok: true })}`;
  expect(Buffer.byteLength(text)).toBeGreaterThan(3 * 1024 * 1024);
  const told = await read(text);
  expect(told.lists['images']).toEqual(images);
  expect(told.values).toEqual({ ok: true });
  expect(told.progress.at(-1)).toBe(Buffer.byteLength(text));
});

test('a list that is not wanted is passed over, and counted right after', async () => {
  const told = await read('{"annotations":[{"a":[1,2]},{"b":"]}"}],"images":[1,2]}', new Set(['annotations']));
  expect(told.lists).toEqual({ images: [1, 2] });
});

test('an element that is no JSON is named by its place, and the rest goes on', async () => {
  const told = await read('{"annotations":[{"area":Nan},{"id":2},infinity,{"bbox":[1,,2]}],"info":nope,"images":[7]}');
  expect(told.lists).toEqual({ annotations: [undefined, { id: 2 }], images: [7] });
  expect(told.broken).toEqual([['annotations', 0], ['annotations', 2], ['annotations', 3], ['info', null]]);
});

test('NaN and infinite numbers are read as Python’s json module writes them, and texts of those words stay texts', async () => {
  const told = await read(String.raw`{"annotations":[{"area":NaN,"name":"NaN"},[Infinity,-Infinity],"a \\\" NaN",{"Infinity":[NaN,"\\"]}],"score":NaN}`);
  expect(told.lists).toEqual({ annotations: [{ area: Number.NaN, name: 'NaN' }, [Infinity, -Infinity], 'a \\" NaN', { Infinity: [Number.NaN, '\\'] }] });
  expect(told.values).toEqual({ score: Number.NaN });
  expect(told.broken).toEqual([]);
});

describe('a broken structure is refused', () => {
  test.each([
    ['cut in an element', '{"images":[{"id":1'],
    ['cut after a list', '{"images":[]'],
    ['empty', ''],
    ['a lone text', '"images"'],
    ['two documents', '{} {}'],
    ['a missing comma', '[{} {}]'],
    ['a comma too much at the end of the object', '{"a":1,}'],
    ['a missing colon', '{"a" 1}'],
    ['no key', '{1:2}'],
    ['100,000 levels', `{"a":[${'['.repeat(100_000)}`],
  ])('%s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'dataset-invalid', item: join(folder, 'a.json') });
  });
});

test('reading ends when it is cancelled', async () => {
  await expect(read('{"images":[]}', undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
});

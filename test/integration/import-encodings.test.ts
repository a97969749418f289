import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { MemorySink } from '../helpers/memory-sink.ts';
import { blankPng, sizeOfPicture } from '../helpers/pictures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-encodings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// 车 and 船 in GBK: as UTF-8 both would become the same two replacement characters.
const CAR = Buffer.from([0xb3, 0xb5]);
const SHIP = Buffer.from([0xb4, 0xac]);
const gbk = (text: string): Buffer => Buffer.concat(text.split(/(車|船)/).map((part) => (part === '車' ? CAR : part === '船' ? SHIP : Buffer.from(part))));
const box = (label: string): string => `<object><name>${label}</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object>`;
const shape = (label: string): object => ({ label, shape_type: 'rectangle', points: [[0, 0], [4, 4]] });

/** The text files of one dataset of each format, with two classes, 車 (for 车) and 船. */
const DATASETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  coco: { 'a.json': JSON.stringify({ images: [{ id: 1, file_name: 'a.png', width: 8, height: 6 }], categories: [{ id: 1, name: '車' }, { id: 2, name: '船' }], annotations: [1, 2].map((id) => ({ id, image_id: 1, category_id: id, bbox: [0, 0, 4, 4] })) }) },
  voc: { 'a.xml': `<annotation><filename>a.png</filename><size><width>8</width><height>6</height><depth>3</depth></size>${box('車')}${box('船')}</annotation>` },
  cvat: { 'annotations.xml': `<annotations><image id="0" name="a.png" width="8" height="6">${['車', '船'].map((label) => `<box label="${label}" xtl="0" ytl="0" xbr="4" ybr="4"/>`).join('')}</image></annotations>` },
  labelme: { 'a.json': JSON.stringify({ version: '5', shapes: [shape('車'), shape('船')], imagePath: 'a.png', imageWidth: 8, imageHeight: 6 }) },
  yolo: { 'data.yaml': 'train: images\nnames: [車, 船]\n', 'labels/a.txt': '0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n' },
};

/** What a reader told, and what it threw in the end. */
async function read(id: string, encoding: string | null): Promise<{ sink: MemorySink; error: Error | null }> {
  for (const [path, text] of Object.entries(DATASETS[id] ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), gbk(text));
  }
  for (const path of ['a.png', 'images/a.png']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), blankPng(8, 6));
  }
  const format = formatById(id);
  const path = id === 'coco' ? join(folder, 'a.json') : folder;
  expect(await format.recognise(path)).toBe(true);
  const sink = new MemorySink();
  const run = { signal: new AbortController().signal, progress: () => undefined, encoding, sizeOf: sizeOfPicture };
  const error = await format.read?.(path, sink, run).then(() => null, (thrown: Error) => thrown);
  return { sink, error: error ?? null };
}

test.each(Object.keys(DATASETS))('%s in GBK: refused by name, or read with its encoding named', async (id) => {
  const refused = await read(id, null);
  // Where each image has a file of its own, those files are left out; else the whole is refused.
  const told = [...refused.sink.problems.map(({ problem }) => problem.message), refused.error?.message].join('\n');
  expect(told).toMatch(/is not UTF-8 text\. Save it as UTF-8, or import again with its encoding named/);
  expect(refused.sink.instances).toEqual([]);
  const { sink, error } = await read(id, 'gbk');
  expect(error).toBeNull();
  expect(sink.problems).toEqual([]);
  expect(sink.instances.map((instance) => sink.classes.find(({ key }) => key === instance.class)?.name)).toEqual(['车', '船']);
});

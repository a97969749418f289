import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as Now from 'node:fs';
import type * as Later from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { formatById, FORMATS } from '../../src-main/datasets/formats/registry.ts';
import type { DatasetFormat } from '../../src-main/datasets/formats/format.ts';
import { isInside } from '../../src-main/images/inside.ts';
import { ImageFinder } from '../../src-main/projects/import/image-finder.ts';
import { lookedUp } from '../fixtures/windows-disk.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';

vi.mock('node:path', async (original) => {
  const { win32, posix } = await original<typeof Path>();
  return { ...win32, win32, posix, default: win32 };
});
vi.mock('node:fs', async (original) => (await import('../fixtures/windows-disk.ts')).onWindowsNow(await original<typeof Now>()));
vi.mock('node:fs/promises', async (original) => (await import('../fixtures/windows-disk.ts')).onWindowsLater(await original<typeof Later>()));

const root = mkdtempSync(join(process.platform === 'win32' ? tmpdir() : `C:${tmpdir()}`, 'maskwright-network-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What a dataset may call an image, which Windows takes for a share, sending it the person's credentials, or for a file outside of the dataset. */
const NAMES = [
  '//host/share/marker.jpg', '\\\\host\\share\\marker.jpg', 'file://host/share/marker.jpg', 'file:////host/share/marker.jpg', '//?/UNC/host/share/marker.jpg', '//./pipe/marker.jpg',
  'C:/outside/marker.jpg', '\\outside\\marker.jpg', '../../outside/marker.jpg', '..\\..\\outside\\marker.jpg',
];

const source = new MemorySource().class(1, 'bird').image(1, 'marker.jpg', 8, 8).instance(1, 1, 1, { kind: 'box', box: { x: 1, y: 1, width: 4, height: 4 } });
const pixels = (): Promise<never> => Promise.reject(new Error('no pixels'));

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((file) => statSync(file).isFile());

/** Puts another name in the place of the image's in all texts, as JSON and XML write it. */
function renameImage(folder: string, name: string): boolean {
  let found = false;
  for (const file of filesIn(folder)) {
    const text = readFileSync(file, 'latin1');
    if (!/marker\.jpg/.test(text)) continue;
    found = true;
    writeFileSync(file, text.replaceAll(/(?:[\w-]+\/)*marker\.jpg/g, () => (/\.(json|geojson|jsonl)$/.test(file) ? JSON.stringify(name).slice(1, -1) : name)), 'latin1');
  }
  return found;
}

/** What it looks at or takes outside of the dataset. Null when it takes no image of that name. */
async function elsewhere(format: DatasetFormat, name: string, put: (dataset: string) => Promise<boolean>): Promise<string[] | null> {
  const folder = mkdtempSync(join(root, 'case-'));
  const dataset = join(folder, 'dataset', 'inner');
  mkdirSync(dataset, { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside', 'marker.jpg'), 'a picture');
  if (!(await put(dataset))) return null;
  lookedUp.length = 0;
  const [only = ''] = filesIn(dataset);
  const { images, problems } = await readWith(format, format.form === 'folder' ? dataset : only, () => Promise.resolve({ width: 8, height: 8 }));
  const finder = new ImageFinder({ dataset, named: [], beside: [dataset], below: [] }, new AbortController().signal, () => undefined);
  const found = images.map(({ path, file }) => finder.exact(path, file)?.file ?? dataset);
  for (const { path } of images) await finder.similar(path);
  return images.length + problems.length === 0 ? null : [
    ...found.filter((file) => !isInside(dataset, file)).map((file) => `${format.id} took ${file} for ${name}`),
    ...lookedUp.filter((path) => !/^[A-Z]:\\/i.test(path)).map((path) => `${format.id} looked for ${path} because of ${name}`),
  ];
}

const written = FORMATS.filter((format) => format.read !== undefined && format.write !== undefined);

test('a dataset’s names for its images lead neither to another machine nor out of its folder on Windows, in every format that has such names', async () => {
  const named = new Set<string>();
  const wrong: string[] = [];
  for (const format of written) {
    for (const name of NAMES) {
      const found = await elsewhere(format, name, async (dataset) => {
        await writeWith(format, source, dataset, {}, pixels);
        return renameImage(dataset, name);
      });
      if (found !== null) named.add(format.id);
      wrong.push(...(found ?? []));
    }
  }
  expect(wrong).toEqual([]);
  expect([...named].toSorted()).toEqual(['coco', 'cvat', 'datumaro', 'geojson', 'isat', 'label-studio', 'labelme', 'masks', 'panoptic', 'sa-1b', 'via', 'voc']);
});

test.each(NAMES)('neither do the places that a YOLO description and its lists name (%j), nor Create ML’s', async (name) => {
  const yolo = await elsewhere(formatById('yolo'), name, async (dataset) => {
    writeFileSync(join(dataset, 'data.yaml'), `path: ${JSON.stringify(dirname(name))}\ntrain: [${JSON.stringify(name)}, images]\nval: list.txt\nnames: [bird]\n`);
    mkdirSync(join(dataset, 'images'));
    writeFileSync(join(dataset, 'images', 'a.jpg'), 'a picture');
    writeFileSync(join(dataset, 'list.txt'), `${name}\n`);
    return true;
  });
  expect(yolo).toEqual([]);
  const createMl = await elsewhere(formatById('createml'), name, async (dataset) => {
    writeFileSync(join(dataset, 'a.json'), JSON.stringify([{ image: name, annotations: [{ label: 'bird', coordinates: { x: 4, y: 4, width: 2, height: 2 } }] }]));
    return true;
  });
  expect(createMl).toEqual([]);
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { WriteResult } from '../../src-main/engines/datasets-api.ts';
import { lookAt } from '../../src-main/engines/datasets-pictures.ts';
import { prepareImport } from '../../src-main/projects/import/import-dataset.ts';
import { imagesBelow } from '../../src-main/projects/import/image-tree.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { mayLink } from '../helpers/links.ts';

let folder: string;
let store: ProjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-find-'));
  mkdirSync(join(folder, 'data'));
  store = ProjectStore.create(join(folder, 'p.mwproj'), 'p');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
let shade = 0;

/** A small image of its own content at `path` below the test's folder. */
async function image(path: string): Promise<void> {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), await sharp({ create: { width: 8, height: 6, channels: 3, background: { r: shade++ % 256, g: 9, b: 9 } } }).png().toBuffer());
}

/** Imports a COCO file in `data` that names these files; gives where each image's file is, below the test's folder, or null for a missing one. */
async function importNames(names: string[], pictures: string[] = [], sized = true) {
  const size = sized ? { width: 8, height: 6 } : {};
  const file = join(folder, 'data/a.json');
  const annotations = names.map((_, i) => ({ id: i + 1, image_id: i + 1, category_id: 1, bbox: [0, 0, 4, 3] }));
  writeFileSync(file, JSON.stringify({ images: names.map((file_name, i) => ({ id: i + 1, file_name, ...size })), categories: [{ id: 1, name: 'cat' }], annotations }));
  const problems: string[] = [];
  const notes: string[] = [];
  const run = { signal, look: (path: string) => lookAt(path, signal), progress: () => undefined, note: (text: string) => notes.push(text), problem: (_: string, { message }: { message: string }) => problems.push(message) };
  const prepared = await prepareImport(store.path, file, coco, pictures.map((path) => join(folder, path)), run);
  try {
    const { result } = await store.outside.write(async (work) => prepared.write(work), WriteResult);
    const files = [...store.imageIds({ name: '', status: 'all' })].map((id) => {
      const { absolutePath, contentHash } = store.imageRecord(id);
      return contentHash === null ? null : absolutePath.slice(folder.length + 1);
    });
    return { result, files, problems, notes };
  } finally {
    prepared.close();
  }
}

describe('an image is found', () => {
  test.each([
    ['by the end of a path of another machine', '/home/ann/set/train/001.jpg', 'data/pics/train/001.jpg', 'by the end of their path'],
    ['by the end of a Windows path', 'D:\\set\\train\\001.jpg', 'data/train/001.jpg', 'by the end of their path'],
    ['by its name below the dataset', 'x/001.jpg', 'data/deep/er/001.jpg', 'by file name only'],
    ['without its extension', 'frame_000000', 'data/images/frame_000000.PNG', 'by file name without its extension'],
    ['with another extension', 'frame_000000.jpg', 'data/images/frame_000000.png', 'by file name without its extension'],
    ['with an extension in another case', '001.jpg', 'data/001.JPG', 'by file name, in another case'],
    ['uploaded to Label Studio', '/data/upload/3/1a2b3c4d-my_photo_1.jpg', 'data/my photo (1).jpg', 'by file name without what an upload added to it'],
    ['downloaded from Label Studio', 'photo.jpg', 'data/images/1a2b3c4d-photo.jpg', 'by file name without what an upload added to it'],
    ['uploaded to Roboflow', 'street_12_jpg.rf.0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg', 'data/street_12.jpg', 'by file name without what an upload added to it'],
    ['URL-encoded', 'my%20photo%C3%A9.jpg', 'data/my photoé.jpg', 'by file name, with %20 and the like decoded'],
    ['by an address', 'https://example.com/a/b/001.jpg?token=x', 'data/001.jpg', 'by file name only'],
    ['of Label Studio’s local files', '/data/local-files/?d=set/001.jpg', 'data/x/set/001.jpg', 'by the end of their path'],
  ])('%s', async (_, name, file, way) => {
    await image(file);
    const { files, problems, notes } = await importNames([name]);
    expect(problems).toEqual([]);
    expect(files).toEqual([file]);
    expect(notes).toEqual([`1 image found ${way}: "${name.replaceAll('\\', '/')}".`]);
  });

  test.each([
    ['beside the dataset', 'sub/001.jpg', 'data/sub/001.jpg', []],
    ['in images', '001.jpg', 'data/images/001.jpg', []],
    ['in a folder that the person names', 'sub/001.jpg', 'elsewhere/sub/001.jpg', ['elsewhere']],
    ['spelled decomposed', 'caf\u00e9.jpg', 'data/cafe\u0301.jpg', []],
  ])('by its very path, without a note: %s', async (_, name, file, pictures) => {
    await image(file);
    const { files, problems, notes } = await importNames([name], pictures);
    expect(problems).toEqual([]);
    expect(files).toEqual([file]);
    expect(notes.filter((note) => !note.includes('by file name only'))).toEqual([]);
  });

  test('below the folder that the person names before what lies below the dataset', async () => {
    await image('elsewhere/deep/001.jpg');
    await image('data/deep/001.jpg');
    expect(await importNames(['x/001.jpg'], ['elsewhere'])).toMatchObject({ files: ['elsewhere/deep/001.jpg'], problems: [] });
    expect(store.info().roots.map(({ path }) => path)).toEqual([join(folder, 'elsewhere')]);
  });

  test('by folders where the name alone fits several', async () => {
    for (const part of ['train', 'val']) await image(`data/pics/${part}/001.jpg`);
    expect(await importNames(['/home/ann/val/001.jpg', '/home/ann/train/001.jpg'])).toMatchObject({ files: ['data/pics/train/001.jpg', 'data/pics/val/001.jpg'], problems: [] });
  });

  test('in the project, under a name that is not quite its own', async () => {
    await image('photos/frame_000000.PNG');
    store.addImages(store.addRoot(join(folder, 'photos')), ['frame_000000.PNG']);
    const { result, notes, problems } = await importNames(['frame_000000']);
    expect(result).toMatchObject({ images: 1, newImages: 0, instances: 1 });
    expect(notes).toEqual(['1 image found by file name without its extension: "frame_000000".']);
    expect(problems).toEqual([]);
  });
});

describe('what is ambiguous is refused by name', () => {
  test('two files of one name', async () => {
    for (const part of ['train', 'val']) await image(`data/pics/${part}/001.jpg`);
    const { files, problems } = await importNames(['001.jpg']);
    expect(files).toEqual([null]);
    expect(problems).toEqual([expect.stringContaining('"001.jpg" was not found: its name fits 2 files ("pics/train/001.jpg", "pics/val/001.jpg")')]);
  });

  test('two extensions of one stem', async () => {
    for (const name of ['a.jpg', 'a.png']) await image(`data/${name}`);
    expect((await importNames(['a'])).problems).toEqual([expect.stringContaining('its name fits 2 files')]);
  });

  test('two images of the dataset that fit one file', async () => {
    await image('data/pics/001.jpg');
    const { files, problems } = await importNames(['a/001.jpg', 'b/001.jpg']);
    expect(files).toEqual([null, null]);
    expect(problems).toEqual(['a', 'b'].map((part) => expect.stringContaining(`"${part}/001.jpg" was not found: only "${join(folder, 'data/pics/001.jpg')}" has a similar name`)));
  });

  test('an image of the project is not taken for another that lies beside the dataset under the same name', async () => {
    await image('photos/001.jpg');
    await image('data/images/001.jpg');
    store.addImages(store.addRoot(join(folder, 'photos')), ['001.jpg']);
    const [{ id } = { id: 0 }] = store.unprobed(1, 0);
    const found = await lookAt(join(folder, 'photos/001.jpg'), signal);
    if ('problem' in found) throw new Error(found.problem.message);
    store.setProbes([{ id, ...found }]);
    const { result } = await importNames(['set/001.jpg']);
    expect(result).toMatchObject({ newImages: 0 });
    expect((await importNames(['images/001.jpg'])).result).toMatchObject({ newImages: 1 });
  });
});

test.skipIf(!mayLink)('masks, labels, thumbnails of a NAS and links that lead out are never taken for the image', async () => {
  for (const path of ['data/masks/001.png', 'data/SegmentationClass/001.png', 'data/@eaDir/001.jpg', 'data/.cache/001.jpg', 'outside/001.jpg']) await image(path);
  mkdirSync(join(folder, 'data/links'));
  symlinkSync(join(folder, 'outside/001.jpg'), join(folder, 'data/links/001.jpg'));
  const { files, problems } = await importNames(['x/001.jpg']);
  expect(files).toEqual([null]);
  expect(problems).toEqual([expect.stringContaining('1 of 1 image not found: "x/001.jpg"')]);
});

test('what was not found is counted, and what to do is said; without a size it is left out', async () => {
  await image('data/here.jpg');
  const { result, problems } = await importNames(['here.jpg', ...Array.from({ length: 6 }, (_, i) => `gone-${i}.jpg`)]);
  expect(result).toMatchObject({ images: 7, newImages: 7, instances: 7 });
  expect(problems).toEqual([expect.stringContaining('6 of 7 images not found: "gone-0.jpg", "gone-1.jpg", "gone-2.jpg" and 3 more.')]);
  expect(problems[0]).toContain('--pictures FOLDER');
  await expect(importNames(['gone.jpg'], [], false)).rejects.toMatchObject({ code: 'dataset-invalid' });
});

test('rows that are one image are counted', async () => {
  await image('data/a.jpg');
  const { result, files, problems } = await importNames(['a.jpg', 'a.jpg', 'b/../a.jpg']);
  expect(result).toMatchObject({ images: 2, instances: 3 });
  expect(files).toEqual(['data/a.jpg', null]);
  expect(problems).toEqual([expect.stringContaining('not found'), expect.stringContaining('2 images of the dataset are one image, which got the annotations of all of them: "a.jpg" (2 times).')]);
});

test('a folder too large to be searched is said so', async () => {
  for (const name of ['a.jpg', 'b/c.jpg']) await image(`data/${name}`);
  expect(await imagesBelow(join(folder, 'data'), signal, { most: 2 })).toBeNull();
  expect(await imagesBelow(join(folder, 'data'), signal)).toEqual(['a.jpg', 'b/c.jpg']);
});

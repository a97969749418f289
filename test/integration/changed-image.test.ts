import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imageRef } from '../../src-main/core/image-ref.ts';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { checkUnchanged } from '../../src-main/images/check-unchanged.ts';
import { ImageService } from '../../src-main/images/image-service.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { DiskCache } from '../../src-main/sam/disk-cache.ts';
import { addBox, temporaryFolder } from '../fixtures/small-project.ts';

const entry = join(import.meta.dirname, '../../src-main/engines/images.ts');
let folder: ReturnType<typeof temporaryFolder>;
let engine: EngineSupervisor;
let store: ProjectStore;
beforeEach(() => {
  folder = temporaryFolder();
  engine = new EngineSupervisor({ name: 'images', node: process.execPath, entry, onEvent: () => undefined });
  store = ProjectStore.create(join(folder.path, 'a.mwproj'), 'a');
});
afterEach(async () => {
  await engine.stop();
  await store.close();
  folder[Symbol.dispose]();
});

const flat = (colour: string): Promise<Buffer> => sharp({ create: { width: 60, height: 40, channels: 3, background: colour } }).png().toBuffer();

/** What is done when a person opens the image. */
async function open(image: number): Promise<void> {
  const probe = await checkUnchanged(store.imageRecord(image), engine, new AbortController().signal);
  if (probe !== null) store.setProbes([probe]);
}

test('10: of an image that was changed after it was labeled, everything shows what is there now, and the labels stay', async () => {
  const file = join(folder.path, 'photo.png');
  await writeFile(file, await flat('#ff0000'));
  store.addImages(store.addRoot(folder.path), ['photo.png']);
  const [image = NaN] = store.imageIds({ name: '', status: 'all' });
  const cache = new DiskCache(join(folder.path, 'cache'), 1e6);
  const service = new ImageService({ engine, lookup: (_, id) => store.imageRecord(id), diskCache: cache });
  const thumbnailColour = async (): Promise<string> => {
    const { channels } = await sharp((await service.thumbnail('p', image)).bytes).stats();
    return channels.map(({ mean }) => (mean > 127 ? 'f' : '0')).join('');
  };

  await open(image);
  store.edit('Draw', [addBox(image, null)]);
  store.setPixelHash(image, 'the red picture’s');
  expect(await thumbnailColour()).toBe('f00');
  await expect.poll(() => cache.size(), { timeout: 30_000 }).toBeGreaterThan(0);
  expect(imageRef('abcdefgh', store, image).known).not.toBeNull();

  // As editors do: written beside and renamed.
  await writeFile(`${file}.new`, await flat('#0000ff'));
  await rename(`${file}.new`, file);
  for (let time = 0; time < 2; time++) {
    await open(image);
    expect(store.imageRows([image])).toMatchObject([{ problem: { code: 'image-changed' }, instances: 1 }]);
    expect(await thumbnailColour()).toBe('00f');
    expect(imageRef('abcdefgh', store, image).known).toBeNull();
  }

  // Put back, it is the labeled one again, and not known by what was prompted on meanwhile.
  store.setPixelHash(image, 'the blue picture’s');
  await writeFile(file, await flat('#ff0000'));
  await open(image);
  expect(store.imageRows([image])).toMatchObject([{ problem: null, instances: 1 }]);
  expect(await thumbnailColour()).toBe('f00');
  expect(store.imageRecord(image).pixelHash).toBeNull();
});

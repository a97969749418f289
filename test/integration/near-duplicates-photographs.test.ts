import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nearDuplicates } from '../../src-main/datasets/near-duplicates.ts';
import { fingerprint } from '../../src-main/engines/images-fingerprint.ts';

const photos = new URL('../../../shared/photos/coco50/images/', import.meta.url).pathname;

const PHOTOGRAPHS = 25;

/** Copies as people and programs make them. */
const COPIES: Readonly<Record<string, (photo: Sharp, width: number, height: number) => Sharp>> = {
  'smaller and compressed': (photo, width) => photo.resize(Math.round(width / 3)).jpeg({ quality: 30 }),
  'another format': (photo) => photo.webp({ quality: 60 }),
  brighter: (photo) => photo.modulate({ brightness: 1.2 }).jpeg(),
  'cropped by a tenth on every side': (photo, width, height) => photo.extract({ left: Math.floor(width * 0.1), top: Math.floor(height * 0.1), width: Math.floor(width * 0.8), height: Math.floor(height * 0.8) }).jpeg(),
  'turned, with an EXIF orientation that turns it back': (photo) => photo.rotate(270).withMetadata({ orientation: 6 }).jpeg(),
};

const groupsOf = async (prints: readonly Uint8Array[]): Promise<readonly (readonly number[])[]> => (await nearDuplicates(prints.map((one, i) => ({ image: i, fingerprint: one })))).groups;

describe.skipIf(!existsSync(photos))('photographs (skipped where ../shared/photos is absent)', () => {
  let folder = '';
  const originals: Uint8Array[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'maskwright-copies-'));
    for (const name of readdirSync(photos).toSorted().slice(0, PHOTOGRAPHS)) originals.push((await fingerprint(join(photos, name))).fingerprint);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('that are different are told apart', async () => {
    expect(await groupsOf(originals)).toEqual([]);
  });

  test.each(Object.keys(COPIES))('and their copies are found: %s', async (kind) => {
    const copies: Uint8Array[] = [];
    for (const name of readdirSync(photos).toSorted().slice(0, PHOTOGRAPHS)) {
      // From memory: the decoder that is tested closes sharp's own ways to files.
      const photo = sharp(readFileSync(join(photos, name)));
      const { width, height } = await photo.metadata();
      const file = join(folder, `${kind} ${name}`);
      await (COPIES[kind]?.(photo, width, height) ?? photo).toFile(file);
      copies.push((await fingerprint(file)).fingerprint);
    }
    expect(await groupsOf([...originals, ...copies])).toEqual(originals.map((_, i) => [i, i + PHOTOGRAPHS]));
  });
});

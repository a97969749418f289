import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { exportCoco } from '../helpers/export-coco.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { findFile } from '../../src-main/images/image-file.ts';
import { toProbe } from '../../src-main/images/check-unchanged.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { annToMask, type CocoFile } from '../helpers/coco-reader.ts';
import { storedTurned } from '../fixtures/pictures.ts';
import { byHand, temporaryFolder } from '../fixtures/small-project.ts';

const [W, H] = [40, 24];
/** An L, which no turn and no mirror maps onto itself. */
const object = Uint8Array.from({ length: W * H }, (_, i) => Number((i % W >= 5 && i % W < 9 && i / W >= 3 && i / W < 20) || (i % W >= 5 && i % W < 22 && i / W >= 16 && i / W < 20)));
const photograph = Buffer.from(object).reduce((rgb, inside, i) => rgb.fill(inside === 1 ? 255 : 0, i * 3, i * 3 + 3), Buffer.alloc(W * H * 3));

/** What is bright for a program that follows EXIF, as those do that read the dataset. */
async function brightPixels(path: string): Promise<Uint8Array> {
  const { data, info } = await sharp(await readFile(path)).autoOrient().greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([W, H]);
  return Uint8Array.from(data, (value) => Number(value > 127));
}

test.each(['rle', 'polygons'] as const)('7: for every EXIF orientation the exported mask (%s) lies on the object to the pixel', async (segmentation) => {
  using folder = temporaryFolder();
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
  const store = ProjectStore.create(join(folder.path, 'turned.mwproj'), 'turned');
  for (const n of orientations) await writeFile(join(folder.path, `${n}.png`), await storedTurned(n, photograph, W, H).png().toBuffer());
  store.addImages(store.addRoot(folder.path), orientations.map((n) => `${n}.png`));
  const images = store.unprobed(8, 0);
  for (const image of images) store.setProbes([toProbe(image.id, await probe((await findFile(image)).realPath, new AbortController().signal))]);
  const [label = NaN] = store.edit('Add class', [{ type: 'class.add', name: 'L' }]).created.classes;
  const shape = maskShape(rleFromBitmap(object, H, W));
  store.edit('Draw', images.map(({ id }) => ({ type: 'instance.add', image: id, class: label, shape, provenance: byHand })));

  const out = join(folder.path, 'out.json');
  const snapshot = store.snapshot();
  await exportCoco(snapshot, out, { segmentation, images: 'all' }, false);
  snapshot.close();
  await store.close();

  const file = JSON.parse(await readFile(out, 'utf8')) as CocoFile;
  expect(file.images.map(({ file_name, width, height }) => [file_name, width, height])).toEqual(orientations.map((n) => [`${n}.png`, W, H]));
  for (const { file_name, id } of file.images) {
    const masks = file.annotations.filter((annotation) => annotation.image_id === id).map((annotation) => annToMask(annotation.segmentation, H, W));
    expect(masks, file_name).toEqual([await brightPixels(join(folder.path, file_name))]);
  }
});

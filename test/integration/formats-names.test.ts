import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMATS, formatById } from '../../src-main/datasets/formats/registry.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, textsIn, writeWith } from '../helpers/formats.ts';
import { sizeOfPicture, withPictures } from '../helpers/pictures.ts';

/* Case 14 of docs/robustness.md in every format: names that some system does not take. */

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-names-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Devices of Windows, streams, network paths, ends that Windows drops, names that differ by case, by accents or by extension only, and long ones. */
const NAMES = [
  'con.png', 'sub/NUL.png', 'aux/com1.png', 'lpt9.tar.png', 'a.png:hidden.png', String.raw`\\server\share\a.png`, 'C:/drive.png', 'end .png', 'dots...png', 'folder./a.png', 'what?*<>|".png', 'new\nline.png',
  'one.png', 'One.png', 'ONE.png', 'one.jpg', 'caf\u00e9.png', 'cafe\u0301.png', 'sub', 'sub.png', 'Sub/a.png', `${'l'.repeat(251)}.png`, `${'l'.repeat(250)}x.png`, '.png', '-rf.png', '\u202egnp.exe.png',
];
const SPLITS = [null, 'train', 'TRAIN', 'con', 'a/b', 'val:1'];
const CLASSES = ['con', 'Con', 'a/b', 'a:b', '..', 'end.', 'x?', '日本'];

const mask: Shape = maskShape(rleFromBitmap(Uint8Array.from({ length: 12 }, (_, i) => Number(i % 4 > 1)), 3, 4));

function hostile(): MemorySource {
  const source = new MemorySource();
  for (const [i, name] of CLASSES.entries()) source.class(i + 1, name);
  for (const [i, path] of NAMES.entries()) source.image(i + 1, path, 4, 3, { split: SPLITS[i % SPLITS.length] ?? null }).instance(i + 1, i + 1, 1 + (i % CLASSES.length), mask);
  return withPictures(source, join(folder, 'pictures'));
}

/** What Windows takes for a name (Microsoft, Naming files, paths, and namespaces), and the 255 bytes of other systems. */
const isTaken = (name: string): boolean =>
  !/[<>:"\\|?*\p{Cc}]/u.test(name) && !/[. ]$/.test(name) && !/^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i.test(name) && Buffer.byteLength(name) <= 255 && name !== '';

const HAS_PARTS = new Set(['coco', 'panoptic', 'yolo', 'voc', 'cvat', 'datumaro', 'label-studio', 'masks']);

/** How many images the parts have, whatever they are called. */
const sizes = (images: readonly { readonly split: string | null }[]): number[] => [...Map.groupBy(images, ({ split }) => split).values()].map((part) => part.length).toSorted((a, b) => a - b);

describe('14: whatever pictures, classes and splits are called', () => {
  test.each(FORMATS.filter(({ write }) => write !== undefined).map(({ id }) => id))('%s: every system takes the files, no two are one, and nothing is missing', async (id) => {
    const format = formatById(id);
    const source = hostile();
    const out = mkdtempSync(join(folder, 'out-'));
    const options = ['coco', 'panoptic'].includes(id) ? { splits: 'file-per-split' } : {};
    const summary = await writeWith(format, source, out, options, (image) => Promise.resolve(new Uint8Array(image.width * image.height * 3)));
    expect(summary).toMatchObject({ images: NAMES.length, instances: NAMES.length, problems: 0 });
    const paths = Object.keys(textsIn(out));
    expect(paths.flatMap((path) => path.split('/')).filter((name) => !isTaken(name))).toEqual([]);
    const folded = paths.map((path) => path.normalize('NFC').toLowerCase());
    expect(folded.filter((path, i) => folded.indexOf(path) !== i)).toEqual([]);
    // Nor is a file where another's folder is.
    expect(folded.filter((path) => folded.some((other) => other.startsWith(`${path}/`)))).toEqual([]);
    const parts = new Set(paths.filter((path) => id === 'yolo' && path.startsWith('images/')).map((path) => path.split('/')[1]));
    expect(new Set([...parts].map((part) => part?.toLowerCase())).size).toBe(parts.size);
    if (format.read === undefined) return;
    const sink = await readWith(format, format.form === 'file' && paths.length === 1 ? join(out, paths[0] ?? '') : out, sizeOfPicture);
    expect(sink.problems).toEqual([]);
    expect([sink.images.length, sink.instances.length]).toEqual([NAMES.length, NAMES.length]);
    expect(new Set(sink.instances.map(({ image }) => image)).size).toBe(NAMES.length);
    // What was in one part is; none stands for train in YOLO, whose data sets have to have it.
    if (HAS_PARTS.has(id)) expect(sizes(sink.images)).toEqual(id === 'yolo' ? sizes(source.pictures.map(({ split }) => ({ split: split ?? 'train' }))) : sizes(source.pictures));
  });
});

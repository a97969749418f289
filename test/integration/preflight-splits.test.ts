import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMATS } from '../../src-main/datasets/formats/registry.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, textsIn, writeWith } from '../helpers/formats.ts';
import { sizeOfPicture, withPictures } from '../helpers/pictures.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-splits-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [W, H] = [14, 12];
const sourceOf = (splits: readonly (string | null)[]): MemorySource => {
  const source = new MemorySource().class(1, 'cat');
  for (const [i, split] of splits.entries()) source.image(i + 1, `p${i}.png`, W, H, { split }).instance(i + 1, i + 1, 1, { kind: 'box', box: { x: 1, y: 2, width: 6, height: 4 } });
  return source;
};

const readable = FORMATS.filter(({ read, write }) => read !== undefined && write !== undefined);
const WAYS = readable.flatMap((format) => [{ name: format.id, format, options: {} }, ...(format.id === 'coco' || format.id === 'panoptic' ? [{ name: `${format.id}, a file for each split`, format, options: { splits: 'file-per-split' } }] : [])]);

describe.each(WAYS)('$name: before an export it is said whether splits come back', ({ format, options }) => {
  test.each([
    ['no image has one', [null, null]],
    ['each image has one', ['train', 'val', 'test']],
    ['some images have one', ['train', null, 'val', null]],
  ])('where %s', async (_, splits) => {
    const source = withPictures(sourceOf(splits), folder);
    const out = mkdtempSync(join(folder, 'out-'));
    await writeWith(format, source, out, options);
    const [file = ''] = Object.keys(textsIn(out));
    const { images } = await readWith(format, format.form === 'folder' || 'splits' in options ? out : join(out, file), sizeOfPicture);
    const back = new Map(images.map(({ path, split }) => [/p\d/.exec(path)?.[0], split]));
    const { whole } = await preflightDataset(source, format, 'all', format.options.parse(options));
    const told = whole.some(({ text }) => /splits? /.test(text));
    // Nothing was chosen where no image has a split: what a format makes of that is no loss.
    const lost = splits.some((split) => split !== null) && splits.some((split, i) => back.get(`p${i}`) !== split);
    expect({ told, back: [...back.values()] }).toEqual({ told: lost, back: [...back.values()] });
  });
});

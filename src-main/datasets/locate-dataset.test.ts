import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { locateDataset } from './locate-dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-locate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;

const coco = '{"images": [], "annotations": [], "categories": []}';
const cvat = '<annotations><version>1.1</version></annotations>';
const studio = '[{"data": {"image": "a.jpg"}, "annotations": []}]';

async function located(files: Readonly<Record<string, string>>, id: string | null = null): Promise<[format: string, path: string]> {
  const root = join(folder, String(n++));
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const { format, path } = await locateDataset(root, '/downloads/data.zip', id);
  return [format.id, relative(root, path)];
}

describe('the data set of an archive', () => {
  it.each<[string, Record<string, string>, [string, string]]>([
    ['CVAT for images', { 'annotations.xml': cvat, 'images/a.jpg': '' }, ['cvat', '']],
    ['COCO of CVAT', { 'annotations/instances_default.json': coco, 'images/default/a.jpg': '' }, ['coco', '']],
    ['COCO of Label Studio', { 'result.json': coco, 'images/a.jpg': '' }, ['coco', '']],
    ['COCO of Roboflow', { 'train/_annotations.coco.json': coco, 'train/a.jpg': '', 'README.roboflow.txt': '' }, ['coco', '']],
    ['YOLO of Roboflow', { 'data.yaml': 'names: [cat]\ntrain: ../train/images\n', 'train/images/a.jpg': '', 'train/labels/a.txt': '' }, ['yolo', '']],
    ['Label Studio', { 'project-1.json': studio }, ['label-studio', '']],
    ['LabelMe further down', { 'set/train/json/a.json': '{"imageData":null,"version":"5","shapes":[]}', 'set/train/a.jpg': '' }, ['labelme', 'set/train']],
    ['LabelMe by splits', { 'train/json/a.json': '{"version":"5","shapes":[]}', 'val/json/a.json': '{"version":"5","shapes":[]}' }, ['labelme', '']],
    ['a folder in a folder', { 'archive/data/annotations.xml': cvat, 'archive/data/images/a.jpg': '', 'licence.txt': '' }, ['cvat', 'archive/data']],
    ['a file among pictures', { 'set/train/a.jpg': '', 'set/train.json': coco }, ['coco', 'set']],
  ])('%s is found', async (_, files, expected) => {
    expect(await located(files)).toEqual(expected);
  });

  it('is not guessed where there are several side by side', async () => {
    await expect(located({ 'train.json': studio, 'val.json': studio })).rejects.toMatchObject({ code: 'dataset-invalid', item: '/downloads/data.zip', message: expect.stringContaining('several data sets: "train.json", "val.json".') });
  });

  it('is only of the format that is named', async () => {
    expect(await located({ 'a.json': coco, 'b.json': studio }, 'label-studio')).toEqual(['label-studio', '']);
  });

  it('is what there is where a format is named that is not recognised', async () => {
    expect(await located({ 'wrapper/pictures/a.png': '', 'wrapper/labels/a.png': '' }, 'masks')).toEqual(['masks', 'wrapper']);
    expect(await located({ 'data/odd.json': '{}', 'data/a.jpg': '' }, 'coco')).toEqual(['coco', 'data/odd.json']);
    await expect(located({ 'notes.txt': '' }, 'coco')).rejects.toMatchObject({ code: 'dataset-invalid', message: '"data.zip" holds no dataset that Maskwright knows: it looked for COCO and found 1 .txt.' });
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { temporaryFolder } from '../fixtures/sam.ts';

const root = join(import.meta.dirname, '../..');
const scratch = temporaryFolder();
const env = { ...process.env, MASKWRIGHT_HOME: join(scratch, 'home') };
const cli = join(root, 'src-main/cli/cli.ts');
const maskwright = (...args: string[]): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, [cli, ...args], { cwd: scratch, encoding: 'utf8', env });

/** Few points, and thresholds that the small built-in model passes. */
const quick = ['--points-per-side', '3', '--pred-iou-thresh', '0.5', '--stability-score-thresh', '0.6'];

const originals: string[] = [];
beforeAll(async () => {
  mkdirSync(join(scratch, 'originals'));
  for (const name of readdirSync(join(root, 'sample')).filter((file) => file.endsWith('.jpg')).slice(0, 3)) {
    const path = join(scratch, 'originals', name.replace('.jpg', '.png'));
    await sharp(join(root, 'sample', name)).resize(240, 160, { fit: 'fill' }).png().toFile(path);
    originals.push(path);
  }
});

/** A folder of small pictures of its own for each test. */
function folderOf(name: string, count = originals.length): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [i, path] of originals.slice(0, count).entries()) copyFileSync(path, join(folder, `${i}.png`));
  return folder;
}

const Coco = z.object({
  images: z.array(z.object({ id: z.int(), file_name: z.string() })),
  annotations: z.array(z.object({ image_id: z.int(), category_id: z.int(), area: z.number(), segmentation: z.object({ size: z.tuple([z.int(), z.int()]), counts: z.union([z.string(), z.array(z.int())]) }) })),
  categories: z.array(z.object({ id: z.int(), name: z.string() })),
});
const readCoco = (path: string): z.infer<typeof Coco> => Coco.parse(JSON.parse(readFileSync(path, 'utf8')));
const countsOf = (counts: string | readonly number[]): readonly number[] => (typeof counts === 'string' ? [...decodeCocoCounts(counts)] : counts);

function instancesByImage(project: string): number[] {
  const store = ProjectStore.open(project, { onReadOnly: () => {} });
  try {
    return [...store.imageIds({ name: '', status: 'all' })].map((image) => store.instances(image).length);
  } finally {
    void store.close();
  }
}

describe('auto on a folder', () => {
  it('labels every picture in a project beside them, and writes what auto finds in each as COCO', () => {
    const folder = folderOf('photos');
    const first = maskwright('auto', folder, ...quick, '--export', 'all.json', '--class', 'thing');
    expect(first.status, first.stderr).toBe(0);
    expect(first.stderr).toContain('Finding everything: 1 of 3');
    expect(first.stdout).toContain(join(folder, 'photos.mwproj'));
    const coco = readCoco(join(scratch, 'all.json'));
    expect(coco.images.map(({ file_name }) => file_name)).toEqual(['0.png', '1.png', '2.png']);
    expect(coco.categories.map(({ name }) => name)).toEqual(['thing']);
    const [{ id } = { id: NaN }] = coco.images;
    const records = z.array(z.object({ segmentation: z.object({ counts: z.array(z.int()) }) })).parse(JSON.parse(maskwright('auto', join(folder, '0.png'), ...quick, '--json').stdout));
    const written = coco.annotations.filter(({ image_id }) => image_id === id).map(({ segmentation }) => countsOf(segmentation.counts).join());
    expect(written.length).toBeGreaterThan(0);
    expect(written.toSorted()).toEqual(records.map(({ segmentation }) => segmentation.counts.join()).toSorted());

    // Nothing is labeled twice: neither pictures that are labeled, nor with --all what was found before.
    const before = instancesByImage(join(folder, 'photos.mwproj'));
    copyFileSync(originals[0] ?? '', join(folder, 'new.png'));
    expect(maskwright('auto', folder, ...quick).status).toBe(0);
    const after = instancesByImage(join(folder, 'photos.mwproj'));
    expect(after).toEqual([...before, before[0]]);
    expect(maskwright('auto', join(folder, 'photos.mwproj'), ...quick, '--all')).toMatchObject({ status: 0, stdout: expect.stringContaining('0 instances made on 4 images') });
    expect(instancesByImage(join(folder, 'photos.mwproj'))).toEqual(after);
  });

  it('leaves nothing beside the pictures when the project is elsewhere; unreadable pictures are listed, with exit code 3', () => {
    const folder = folderOf('clean', 1);
    writeFileSync(join(folder, 'broken.png'), readFileSync(originals[0] ?? '').subarray(0, 200));
    const files = readdirSync(folder);
    const { status, stdout, stderr } = maskwright('auto', folder, ...quick, '--project', 'elsewhere.mwproj', '--export', 'clean.json');
    expect([status, stderr]).toEqual([3, expect.stringContaining('broken.png: ')]);
    expect(stdout).toContain('on 1 image.');
    expect(readdirSync(folder)).toEqual(files);
    expect(readCoco(join(scratch, 'clean.json')).annotations.length).toBeGreaterThan(0);
    expect(existsSync(join(scratch, 'elsewhere.mwproj'))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('ended by Ctrl+C keeps what is done, and goes on from there', async () => {
    const folder = folderOf('ended');
    const project = join(folder, 'ended.mwproj');
    const child = spawn(process.execPath, [cli, 'auto', folder, ...quick, '--points-per-side', '12'], { cwd: scratch, env });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (err.includes('Finding everything: 1 of 3')) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([130, expect.stringContaining('Cancelled.')]);
    const kept = instancesByImage(project);
    expect(kept[0]).toBeGreaterThan(0);
    expect(kept[2]).toBe(0);
    expect(maskwright('auto', folder, ...quick).status).toBe(0);
    const now = instancesByImage(project);
    expect(now[0]).toBe(kept[0]);
    expect(now[2]).toBeGreaterThan(0);
  });

  it('says when nothing passes the thresholds, and when nothing was left to do', () => {
    const folder = folderOf('strict', 1);
    const strict = maskwright('auto', folder, '--points-per-side', '2', '--pred-iou-thresh', '1');
    expect(strict).toMatchObject({ status: 0, stdout: expect.stringContaining('0 instances made on 1 image: nothing that was found passes the thresholds') });
    expect(maskwright('auto', folder, ...quick)).toMatchObject({ status: 0, stdout: expect.stringContaining('made on 1 image.') });
    expect(maskwright('auto', folder, ...quick)).toMatchObject({ status: 0, stdout: expect.stringContaining('all images have instances already') });
  });

  it('refuses before any work what cannot be done', () => {
    const folder = folderOf('refused', 1);
    expect(maskwright('auto', folder, ...quick, '--export', 'photo.jpg')).toMatchObject({ status: 1, stderr: expect.stringContaining('the name of a project or a picture') });
    expect(existsSync(join(folder, 'refused.mwproj'))).toBe(false);
    expect(maskwright('auto', folderOf('empty', 0), ...quick)).toMatchObject({ status: 1, stderr: expect.stringContaining('There are no pictures in') });
    writeFileSync(join(scratch, 'there.json'), '{}');
    expect(maskwright('auto', folder, ...quick, '--export', 'there.json')).toMatchObject({ status: 1, stderr: expect.stringMatching(/there\.json.*--overwrite/) });
    expect(maskwright('auto', folder, ...quick, '--project', 'photos.txt')).toMatchObject({ status: 1, stderr: expect.stringContaining('.mwproj') });
    expect(maskwright('auto', folder, '--json')).toMatchObject({ status: 2, stderr: expect.stringContaining('--json is not for a folder') });
    expect(maskwright('auto', originals[0] ?? '', '--export', 'x.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('--export is not for a picture') });
    expect(maskwright('auto', 'missing.mwproj', ...quick)).toMatchObject({ status: 1, stderr: expect.stringContaining('missing.mwproj') });
    expect(maskwright('auto', folder, ...quick, '--model', 'no-such-model')).toMatchObject({ status: 1, stderr: expect.stringContaining('no-such-model') });
    expect(existsSync(join(folder, 'refused.mwproj'))).toBe(true);
    expect(instancesByImage(join(folder, 'refused.mwproj'))).toEqual([0]);
  });
});

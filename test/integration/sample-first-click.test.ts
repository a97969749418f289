import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrueInstance } from '../../sample/render/truth.ts';
import { decodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { fromHalf } from '../../src-shared/sam/half.ts';
import { createUpscaler } from '../../src-shared/sam/upscale.ts';
import { connectTo, repository, startProgram } from '../helpers/program.ts';

const truth = JSON.parse(readFileSync(join(repository, 'sample/truth.json'), 'utf8')) as Record<string, TrueInstance[]>;

/** The middle of the pixel farthest from the mask's outside in steps to the four neighbours. */
function deepestPoint(rle: Rle): { x: number; y: number } {
  const [height, width] = rle.size;
  const bitmap = rleToBitmap(rle);
  const depth = new Uint16Array(width * height);
  for (let i = 0; i < depth.length; i++) {
    if (bitmap[i] === 1) depth[i] = 1 + Math.min(i % width > 0 ? depth[i - 1]! : 0, i >= width ? depth[i - width]! : 0);
  }
  let deepest = 0;
  for (let i = depth.length - 1; i >= 0; i--) {
    if (bitmap[i] === 1) depth[i] = Math.min(depth[i]!, 1 + (i % width < width - 1 ? depth[i + 1]! : 0), 1 + (i + width < depth.length ? depth[i + width]! : 0));
    if (depth[i]! > depth[deepest]!) deepest = i;
  }
  return { x: (deepest % width) + 0.5, y: Math.floor(deepest / width) + 0.5 };
}

test('on the sample, the first click finds most objects among its three candidates', async () => {
  const home = mkdtempSync(join(tmpdir(), 'maskwright-sample-'));
  const program = await startProgram({ home });
  const found: number[] = [];
  try {
    const contract = await connectTo(program.address);
    const { project } = await contract.call('project.openSample', {});
    for (const [name, instances] of Object.entries(truth)) {
      const { ids } = await contract.call('images.ids', { project, filter: { name } });
      const image = new DataView(ids.buffer, ids.byteOffset).getUint32(0, true);
      for (const { segmentation } of instances) {
        const rle: Rle = { size: [...segmentation.size], counts: decodeCocoCounts(segmentation.counts) };
        const prediction = await contract.call('sam.predict', { project, image, prompt: { points: [{ ...deepestPoint(rle), label: 1 }], box: null, previous: null, multimask: true } });
        expect(prediction.candidates).toHaveLength(3);
        const upscaler = createUpscaler(prediction.frame);
        found.push(Math.max(...prediction.candidates.map((candidate) => rleIou(upscaler.logitsToRle(fromHalf(candidate.logits)), rle))));
      }
    }
    contract.close();
  } finally {
    await program.stop();
    rmSync(home, { recursive: true, force: true });
  }
  expect(found.length).toBeGreaterThanOrEqual(48);
  expect(found.filter((iou) => iou >= 0.8).length / found.length).toBeGreaterThan(0.7);
  // The picture a person sees first: every object of it.
  expect(Math.min(...found.slice(0, truth['01-fruit.jpg']?.length))).toBeGreaterThan(0.8);
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrueInstance } from '../../sample/render/truth.ts';
import { decodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { fromHalf } from '../../src-shared/sam/half.ts';
import { createUpscaler } from '../../src-shared/sam/upscale.ts';
import { deepestPoint } from '../bench/model/clicks.ts';
import { connectTo, repository, startProgram } from '../helpers/program.ts';

const truth = JSON.parse(readFileSync(join(repository, 'sample/truth.json'), 'utf8')) as Record<string, TrueInstance[]>;

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
        const { x, y } = deepestPoint(rle) ?? expect.fail('an object of the sample covers nothing');
        const prediction = await contract.call('sam.predict', { project, image, prompt: { points: [{ x, y, label: 1 }], box: null, previous: null, multimask: true } });
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
  expect(found.filter((iou) => iou >= 0.8).length / found.length).toBeGreaterThan(0.8);
  // The picture a person sees first: every object of it.
  expect(Math.min(...found.slice(0, truth['01-fruit.jpg']?.length))).toBeGreaterThan(0.8);
});

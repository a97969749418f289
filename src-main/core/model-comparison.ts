import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { comparisonOn } from '../models/import/agreement.ts';
import type { CompareModels } from '../models/import/agreement.ts';
import type { Resources } from './core-api.ts';
import { fileImage, startHeadless } from './headless.ts';

/** Absolute paths of the sample's pictures. */
export async function samplePictures(resources: Resources): Promise<string[]> {
  const names = await readdir(resources.sample);
  return names.filter((name) => name.endsWith('.jpg')).toSorted().map((name) => join(resources.sample, name));
}

const CLIENT = 'comparison';

/** Enough to tell a good model from a broken one; ViT-H takes minutes for them. */
const PICTURES = 8;

/** Compares models through the window's own predictor. @param pictures absolute paths, of which the first `most` are used. */
export function comparisonThroughEngines(pictures: readonly string[], resources: Resources, dataDir: string, most: number = PICTURES): CompareModels {
  return comparisonOn({
    pictures: pictures.slice(0, most),
    predictor: async (model) => {
      const { predictor, stop } = await startHeadless(model, resources, dataDir);
      const predict = (picture: string, x: number, y: number): ReturnType<typeof predictor.predict> =>
        predictor.predict(CLIENT, fileImage(picture), { points: [{ x, y, label: 1 }], box: null, previous: null, multimask: true });
      return {
        size: async (picture) => {
          const { imageWidth: width, imageHeight: height } = (await predict(picture, 0, 0)).frame;
          return { width, height };
        },
        mask: async (picture, x, y) => {
          const { prediction, candidates: [best] } = await predict(picture, x, y);
          const { size, counts } = await predictor.mask(prediction, best?.index ?? 0);
          return { size, counts: unpackCounts(counts) };
        },
        stop,
      };
    },
  });
}

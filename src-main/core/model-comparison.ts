import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { comparisonOn } from '../models/import/agreement.ts';
import type { CompareModels } from '../models/import/agreement.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import type { Resources } from './core-api.ts';
import { fileImage, startHeadless } from './headless.ts';

/** Enough to tell a good model from a broken one; ViT-H takes minutes for them. */
const PICTURES = 8;

/** Absolute paths of the sample's pictures. */
export async function samplePictures(resources: Resources): Promise<string[]> {
  const names = await readdir(resources.sample);
  return names.filter((name) => name.endsWith('.jpg')).toSorted().map((name) => join(resources.sample, name));
}

/** Absolute paths of the pictures that a model is going to be used on: from all over the project. */
export function projectPictures(store: Pick<ProjectStore, 'imageIds' | 'imageRecord'>): string[] {
  const ids = store.imageIds({ name: '', status: 'all' });
  const step = Math.max(1, ids.length / PICTURES);
  return Array.from({ length: Math.min(PICTURES, ids.length) }, (_, i) => store.imageRecord(ids[Math.floor(i * step)] ?? 0).absolutePath);
}

const CLIENT = 'comparison';

/** Compares models through the window's own predictor. @param pictures absolute paths, of which the first `most` are used. */
export function comparisonThroughEngines(pictures: readonly string[], resources: Resources, dataDir: string, most: number = PICTURES): CompareModels {
  return comparisonOn({
    pictures: pictures.slice(0, most),
    predictor: async (model, stays) => {
      const { predictor, stop } = await startHeadless(model, resources, dataDir, stays ? null : model.folder);
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

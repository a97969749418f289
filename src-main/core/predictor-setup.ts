import { join } from 'node:path';
import type { ImageRef, PredictorOptions } from '../sam/predictor.ts';
import type { Resources } from './core-api.ts';
import { cacheDir } from './places.ts';

/** Of the quota on disk: embeddings are large, pictures small. */
export const EMBEDDINGS_SHARE = 0.75;
const EMBEDDINGS_IN_MEMORY = 512 * 1024 ** 2;

type Setup = Pick<PredictorOptions<ImageRef>, 'node' | 'entry' | 'cacheFolder' | 'cacheQuota' | 'memoryQuota' | 'providersFile' | 'providers'>;

/** What is the same for every predictor of this installation, so that all share embeddings and what is known of providers. */
export function predictorSetup(resources: Resources, dataDir: string, cacheQuota: number): Setup {
  return {
    node: resources.node,
    entry: resources.samEngine,
    cacheFolder: join(cacheDir(), 'embeddings'),
    cacheQuota: cacheQuota * EMBEDDINGS_SHARE,
    memoryQuota: EMBEDDINGS_IN_MEMORY,
    providersFile: join(dataDir, 'providers.json'),
    providers: null,
  };
}

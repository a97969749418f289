import { join } from 'node:path';
import type { InstalledModel } from '../models/catalogue.ts';
import type { ImageRef, PredictorOptions } from '../sam/predictor.ts';
import type { Resources } from './core-api.ts';
import { cacheDir } from './places.ts';

/** Of the quota on disk: embeddings are large, pictures small, and what everything mode found the smallest. */
export const EMBEDDINGS_SHARE = 0.75;
export const CANDIDATES_SHARE = 0.05;
/** 32 of SAM's embeddings, 8 of SAM 2's; the disk gives back any other in milliseconds. */
const EMBEDDINGS_IN_MEMORY = 128 * 1024 ** 2;

type Setup = Pick<PredictorOptions<ImageRef>, 'node' | 'entry' | 'model' | 'cacheFolder' | 'cacheQuota' | 'memoryQuota' | 'findingsFile' | 'providers'>;

/** What was found out about models on this machine, a file each: two engines that run at once never write the same one. */
export const findingsFolder = (dataDir: string): string => join(dataDir, 'providers');

export const findingsFile = (folder: string, hash: string): string => join(folder, `${hash.slice(0, 32)}.json`);

/**
 * What is the same for every predictor of a model in this installation, so that all share embeddings and what is known of
 * providers. @param apart folder for those of a model that does not stay, which goes with it
 */
export function predictorSetup(resources: Resources, dataDir: string, cacheQuota: number, model: InstalledModel, apart: string | null = null): Setup {
  return {
    node: resources.node,
    entry: resources.samEngine,
    model,
    cacheFolder: join(apart ?? cacheDir(), 'embeddings'),
    cacheQuota: cacheQuota * EMBEDDINGS_SHARE,
    memoryQuota: EMBEDDINGS_IN_MEMORY,
    findingsFile: findingsFile(findingsFolder(apart ?? dataDir), model.hash),
    providers: null,
  };
}

import { ModelInput } from '../engines/images-api.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import { PRIORITY, askAbout } from '../images/engine-requests.ts';
import type { InstalledModel } from '../models/catalogue.ts';
import { Predictor } from '../sam/predictor.ts';
import type { ImageRef } from '../sam/predictor.ts';
import type { Resources } from './core-api.ts';
import { openSettings } from './handlers/app.ts';
import { predictorSetup } from './predictor-setup.ts';

export interface Headless {
  /** Its images are named by the absolute paths of their files. */
  readonly predictor: Predictor<ImageRef>;
  stop(): Promise<void>;
}

/** The window's predictor on files, without a project. Engines start with the first use. */
export async function startHeadless(model: InstalledModel, resources: Resources, dataDir: string): Promise<Headless> {
  const { cacheQuota } = await openSettings(dataDir).read();
  const images = new EngineSupervisor({ name: 'images', node: resources.node, entry: resources.imagesEngine, onEvent: () => {} });
  const predictor = new Predictor<ImageRef>({
    ...predictorSetup(resources, dataDir, cacheQuota),
    model,
    pixels: async ({ key: path }, frame, signal) => {
      const params = { path, frame };
      return ModelInput.parse(await askAbout(images, 'modelInput', params, { priority: PRIORITY.model, signal }));
    },
    onStatus: () => {},
    onPrepared: () => {},
    onEngine: () => {},
  });
  return {
    predictor,
    stop: async () => {
      await Promise.all([predictor.stop(), images.stop()]);
    },
  };
}

import { ModelInput } from '../engines/images-api.ts';
import type { Look } from '../engines/images-api.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import { PRIORITY, askAbout, runLengthsOf } from '../images/engine-requests.ts';
import type { InstalledModel } from '../models/catalogue.ts';
import { Predictor } from '../sam/predictor.ts';
import type { ImageRef } from '../sam/predictor.ts';
import type { Resources } from './core-api.ts';
import { openSettings } from './handlers/app.ts';
import { predictorSetup } from './predictor-setup.ts';

/** A picture file as the predictor meets it. */
export interface FileImage extends ImageRef {
  /** Absolute. */
  readonly path: string;
  /** Whose pixels the model sees: those that the window shows, or those that the file stores. */
  readonly look: Look;
}

export const fileImage = (path: string, look: Look = 'shown'): FileImage => ({ key: look === 'shown' ? path : `${look} ${path}`, path, look });

export interface Headless {
  readonly predictor: Predictor<FileImage>;
  stop(): Promise<void>;
}

/** The window's predictor on files, without a project. Engines start with the first use. @param apart as in predictorSetup @param onEncoded is told the milliseconds of each run of the encoder */
export async function startHeadless(model: InstalledModel, resources: Resources, dataDir: string, apart: string | null = null, onEncoded: (ms: number) => void = () => {}): Promise<Headless> {
  const { cacheQuota } = await openSettings(dataDir).read();
  const images = new EngineSupervisor({ name: 'images', node: resources.node, entry: resources.imagesEngine, onEvent: () => {} });
  const predictor = new Predictor<FileImage>({
    ...predictorSetup(resources, dataDir, cacheQuota, model, apart),
    // Nobody waits for a click: one engine at a time.
    patience: { standInMs: null },
    pixels: async ({ path, look, crop = null }, frame, signal, fit) => {
      const params = { path, frame, crop, fit, look };
      return ModelInput.parse(await askAbout(images, 'modelInput', params, { priority: PRIORITY.model, signal }));
    },
    runLengths: (params, signal) => runLengthsOf(images, params, signal),
    onStatus: () => {},
    onPrepared: () => {},
    onEncoded,
    onEngine: () => {},
  });
  return {
    predictor,
    stop: async () => {
      await Promise.all([predictor.stop(), images.stop()]);
    },
  };
}

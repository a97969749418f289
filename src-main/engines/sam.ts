import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { whyNotLoaded } from '../sam/why-not-loaded.ts';
import { serveEngine } from './serve.ts';
import type { Method } from './serve.ts';

/** The SAM engine's program. Where onnxruntime cannot be loaded it runs all the same, and answers with the reason. */

const refused = (error: unknown): Readonly<Record<string, Method>> => {
  console.error(error);
  const refuse = (): never => {
    throw new MaskwrightError('engine-failed', whyNotLoaded(error), null, { cause: error });
  };
  return { load: refuse, inspect: refuse };
};

serveEngine({ methods: await import('./sam-methods.ts').then(({ methods }) => methods, refused) });

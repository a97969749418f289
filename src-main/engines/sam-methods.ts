import type { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { AutomaticParams } from './sam-automatic-messages.ts';
import type { AutomaticResult } from './sam-automatic-messages.ts';
import { loadModel } from './sam-load.ts';
import type { LoadedModel } from './sam-load.ts';
import { EncodeParams, HasParams, InspectParams, LoadParams, PredictParams } from './sam-messages.ts';
import type { EmbeddingResult, EncodeResult, HasResult, InspectResult, LoadResult, PredictResult } from './sam-messages.ts';
import { whyNot } from './sam-providers.ts';
import { inspectGraphs } from './sam-inspect.ts';
import { SamSession } from './sam-session.ts';
import type { Method } from './serve.ts';

/** What the SAM engine does. One model for the life of the process: onnxruntime keeps the memory of a released one. */

let session: SamSession | null = null;
let model: LoadResult | null = null;
let encoded: LoadedModel['encoded'] = async () => {};

function loaded<T>(thing: T | null): T {
  if (thing === null) throw new MaskwrightError('engine-failed', 'The SAM engine was asked before its model was loaded.');
  return thing;
}

/** What a run rejects with that is none of ours is the provider's failure: the same work is done by another one. */
async function running<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    const { provider } = loaded(model);
    if (error instanceof MaskwrightError || provider === 'cpu') throw error;
    throw new MaskwrightError('provider-failed', whyNot(error), provider, { cause: error });
  }
}

export const methods: Readonly<Record<string, Method>> = {
  load: async (params, context): Promise<LoadResult> => {
    const checked = LoadParams.parse(params);
    const opened = await loadModel(checked, (provider, key) => context.progress({ provider, key }));
    session = new SamSession(opened, checked);
    encoded = opened.encoded;
    model = { frame: opened.graph.frame, lowRes: opened.graph.lowRes, fit: opened.graph.fit, limits: opened.limits, provider: opened.provider, reason: opened.reason, fallback: opened.fallback, providers: [...opened.providers] };
    return model;
  },
  inspect: (params): Promise<InspectResult> => inspectGraphs(InspectParams.parse(params)),
  model: (): LoadResult => loaded(model),
  has: async (params): Promise<z.infer<typeof HasResult>> => ({ embedding: await loaded(session).has(HasParams.parse(params).key) }),
  embedding: (params): Promise<EmbeddingResult> => loaded(session).embedding(HasParams.parse(params).key),
  encode: async (params): Promise<z.infer<typeof EncodeResult>> => {
    const encoderMs = await running(loaded(session).encode(EncodeParams.parse(params)));
    if (encoderMs > 0) await encoded(encoderMs);
    return { encoderMs };
  },
  predict: (params, context): Promise<PredictResult> => running(loaded(session).predict(PredictParams.parse(params), (preview) => context.progress(preview))),
  automatic: (params, { signal }): Promise<AutomaticResult> => running(loaded(session).automatic(AutomaticParams.parse(params), signal)),
};

import type { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { AutomaticResult } from '../engines/sam-automatic-messages.ts';
import type { AutomaticParams } from '../engines/sam-automatic-messages.ts';
import { EmbeddingResult, EncodeResult, HasResult, LoadResult, PredictPreview, PredictResult } from '../engines/sam-messages.ts';
import type { EncodeParams, PredictParams } from '../engines/sam-messages.ts';
import type { EngineSupervisor, RequestOptions } from '../engines/supervisor.ts';

/** Prompts go before preparation, and what a person waits for before either. */
export const PRIORITY = { prepare: 0, prompt: 1 } as const;

/** The SAM engine's methods with their types, each answer checked. */
export class SamEngine {
  readonly #engines: Pick<EngineSupervisor, 'request'>;
  readonly #leaveProvider: (failure: MaskwrightError) => void;
  readonly #timeoutMs: () => number;

  /** @param leaveProvider is told that a provider (`item`) failed, and why; it must see to it that the engine uses another. @param timeoutMs what takes longer hangs */
  constructor(engines: Pick<EngineSupervisor, 'request'>, leaveProvider: (failure: MaskwrightError) => void, timeoutMs: () => number) {
    this.#engines = engines;
    this.#leaveProvider = leaveProvider;
    this.#timeoutMs = timeoutMs;
  }

  model(options: RequestOptions): Promise<LoadResult> {
    return this.#ask('model', {}, LoadResult, options);
  }

  async has(key: string, options: RequestOptions): Promise<boolean> {
    return (await this.#ask('has', { key }, HasResult, options)).embedding;
  }

  embedding(key: string, options: RequestOptions): Promise<EmbeddingResult> {
    return this.#ask('embedding', { key }, EmbeddingResult, options);
  }

  /** Milliseconds of the encoder's run; 0 when the embedding was there. */
  async encode(params: EncodeParams, options: RequestOptions): Promise<number> {
    return (await this.#ask('encode', params, EncodeResult, options)).encoderMs;
  }

  /** `onPreview` is called before the result; again when the engine died in between and the work was repeated. */
  predict(params: PredictParams, onPreview: (preview: PredictPreview) => void, options: RequestOptions): Promise<PredictResult> {
    return this.#ask('predict', params, PredictResult, { ...options, onProgress: (value) => onPreview(checked(PredictPreview, value)) });
  }

  automatic(params: AutomaticParams, options: RequestOptions): Promise<AutomaticResult> {
    return this.#ask('automatic', params, AutomaticResult, options);
  }

  async #ask<T>(method: string, params: unknown, schema: z.ZodType<T>, options: RequestOptions): Promise<T> {
    try {
      return checked(schema, await this.#engines.request(method, params, { timeoutMs: this.#timeoutMs(), ...options }));
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code !== 'provider-failed') throw error;
      this.#leaveProvider(error);
      // It ends with the CPU, at the latest, whose failures are another kind of error.
      return this.#ask(method, params, schema, options);
    }
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new MaskwrightError('engine-failed', `The SAM engine gave an answer that cannot be understood: ${result.error.message}`);
  return result.data;
}

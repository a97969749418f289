import { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { ModelFindings } from '../engines/model-findings.ts';
import { LoadResult } from '../engines/sam-messages.ts';
import type { AvoidedProvider, LoadParams } from '../engines/sam-messages.ts';
import { EngineSupervisor } from '../engines/supervisor.ts';
import type { EngineEvent, RequestOptions } from '../engines/supervisor.ts';
import type { ImageRef, PredictorOptions } from './predictor-options.ts';
import { providerName } from './provider-name.ts';

export interface SamEnginesOptions extends Pick<PredictorOptions<ImageRef>, 'node' | 'entry' | 'model' | 'cacheFolder' | 'cacheQuota' | 'memoryQuota' | 'findingsFile' | 'providers' | 'patience'> {
  onLoaded(model: LoadResult): void;
  onFailed(error: MaskwrightError): void;
  /** The model is being loaded anew. */
  onStarting(): void;
  onEngine(event: EngineEvent): void;
}

/** Reading and hashing gigabytes, and a large model's first comparison of a provider with the CPU, stay below this. */
const LOAD_TIMEOUT_MS = 5 * 60_000;
/** A driver that compiles a model is given this long, and more for a large one; one that hangs would take forever. */
const DRIVER_MS = 30_000;
const BYTES_A_MS = 4_000;
const LONGEST_DRIVER_MS = 4 * 60_000;
/** From the first attempt on; the CPU then loads the model and encodes a picture in a few seconds more. */
const STAND_IN_MS = 1_500;
const DEATHS_ON_PROVIDER = 2;

const Trying = z.strictObject({ provider: z.string(), key: z.string() });
type Trying = z.infer<typeof Trying>;

interface Waiting {
  resolve(engine: EngineSupervisor): void;
  reject(error: MaskwrightError): void;
}

/**
 * The SAM engine, and while that is trying graphics drivers, which may take long or hang, another one on the CPU, so that a
 * person who clicks gets an answer. A provider that hung or took the engine down is left alone until somebody asks for it.
 */
export class SamEngines {
  readonly #options: SamEnginesOptions;
  readonly #main: EngineSupervisor;
  #standIn: { readonly engine: EngineSupervisor; asked: number } | null = null;
  #waiting: Waiting[] = [];
  /** Requests go to the main engine, which has loaded its model, or cannot be started. */
  #isSettled = false;
  #isStopped = false;
  #provider: string | null = null;
  #trying: Trying | null = null;
  #watchdog: NodeJS.Timeout | undefined;
  #standInTimer: NodeJS.Timeout | undefined;
  #standInIsDue = false;
  readonly #avoided = new Map<string, AvoidedProvider>();
  #isAfresh = false;
  #deathsWithoutAnswer = 0;

  constructor(options: SamEnginesOptions) {
    this.#options = options;
    this.#main = new EngineSupervisor({
      name: 'SAM',
      node: options.node,
      entry: options.entry,
      concurrency: 1,
      // There are up to three providers to try, each of which may take the process down.
      policy: { giveUpAfter: 8 },
      setup: () => {
        this.#isSettled = false;
        return {
          method: 'load',
          params: this.#loadParams(),
          timeoutMs: LOAD_TIMEOUT_MS,
          onProgress: (value) => this.#tries(Trying.parse(value)),
          onResult: (result) => this.#loaded(LoadResult.parse(result)),
          onError: (error) => this.#failed(error),
        };
      },
      onEvent: (event) => this.#event(event),
    });
  }

  /** Process id of the main engine, or null. */
  get pid(): number | null {
    return this.#main.pid;
  }

  /** Starts the main engine, and resolves when it has loaded the model. Rejects as a request. */
  async start(): Promise<void> {
    await this.#main.request('model', {});
  }

  /** As EngineSupervisor.request, of the engine that can answer first. */
  async request<T = unknown>(method: string, params: unknown, options: RequestOptions = {}): Promise<T> {
    const engine = this.#isSettled ? this.#main : await this.#whoAnswers(options.signal);
    if (engine === this.#main) return engine.request(method, params, options);
    const standIn = this.#standIn;
    if (standIn !== null) standIn.asked++;
    try {
      return await engine.request(method, params, options);
    } finally {
      if (standIn !== null) standIn.asked--;
      if (this.#isSettled) this.#dismissStandIn();
    }
  }

  /** Something was done: one death more has another cause. */
  answered(): void {
    this.#deathsWithoutAnswer = 0;
  }

  /** The provider failed at work: what comes next is done by another one. */
  leave(provider: string, reason: string): void {
    if (!this.#avoid(provider, { reason, lasting: false })) return;
    this.#restart();
  }

  /** Providers that were left alone are tried again, by a fresh engine. */
  tryAgain(): void {
    this.#avoided.clear();
    this.#isAfresh = true;
    this.#restart();
  }

  /** Ends the engines; what waits is rejected with 'cancelled'. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const tried = this.#trying;
    this.#stopClocks();
    await Promise.all([this.#main.stop(), this.#standIn?.engine.stop()]);
    this.#release(this.#main);
    // That it ends now says nothing about the provider.
    if (tried !== null) await new ModelFindings(this.#options.findingsFile).withdraw(tried.key);
  }

  #whoAnswers(signal: AbortSignal | undefined): Promise<EngineSupervisor> {
    if (this.#isStopped || signal?.aborted === true) return Promise.resolve(this.#main);
    this.#main.start();
    if (this.#standInIsDue) return Promise.resolve(this.#startStandIn());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject };
      this.#waiting.push(waiting);
      // The request itself rejects with what a cancelled one does.
      signal?.addEventListener('abort', () => resolve(this.#main), { once: true });
    });
  }

  #release(engine: EngineSupervisor): void {
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(engine);
  }

  /** Told before each step in which a driver, or the CPU, is at work. */
  #tries(trying: Trying): void {
    clearTimeout(this.#watchdog);
    this.#trying = trying.provider === 'cpu' ? null : trying;
    if (this.#trying === null) return;
    const { patience, model } = this.#options;
    const driverMs = patience?.driverMs ?? Math.min(LONGEST_DRIVER_MS, DRIVER_MS + model.entry.files.reduce((sum, { bytes }) => sum + bytes, 0) / BYTES_A_MS);
    this.#watchdog = setTimeout(() => {
      this.#avoid(trying.provider, { reason: `it did not answer within ${Math.round(driverMs / 1000)} s`, lasting: true });
      this.#restart();
    }, driverMs);
    const standInMs = patience?.standInMs === undefined ? STAND_IN_MS : patience.standInMs;
    if (standInMs === null || this.#standInIsDue) return;
    this.#standInTimer ??= setTimeout(() => {
      this.#standInIsDue = true;
      if (this.#waiting.length > 0) this.#release(this.#startStandIn());
    }, standInMs);
  }

  #startStandIn(): EngineSupervisor {
    if (this.#standIn !== null) return this.#standIn.engine;
    const { node, entry } = this.#options;
    const tried = providerName(this.#trying?.provider ?? 'cpu');
    const engine = new EngineSupervisor({
      name: 'SAM',
      node,
      entry,
      concurrency: 1,
      setup: () => ({
        method: 'load',
        params: { ...this.#loadParams(), providers: [], findingsFile: null },
        timeoutMs: LOAD_TIMEOUT_MS,
        onResult: (result) => {
          if (!this.#isSettled) this.#options.onLoaded({ ...LoadResult.parse(result), reason: `Running on the CPU while ${tried} is tried.` });
        },
      }),
      onEvent: (event) => {
        if (event.kind === 'log' || event.kind === 'died') this.#options.onEngine(event);
      },
    });
    this.#standIn = { engine, asked: 0 };
    return engine;
  }

  #dismissStandIn(): void {
    if (this.#standIn === null || this.#standIn.asked > 0) return;
    void this.#standIn.engine.stop();
    this.#standIn = null;
  }

  #loaded(model: LoadResult): void {
    this.#settle(model.provider);
    this.#isAfresh = false;
    this.#options.onLoaded(model);
  }

  #failed(error: MaskwrightError): void {
    this.#stopClocks();
    this.#options.onFailed(error);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  #settle(provider: string | null): void {
    this.#stopClocks();
    this.#provider = provider;
    this.#isSettled = true;
    this.#release(this.#main);
    this.#dismissStandIn();
  }

  #stopClocks(): void {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#standInTimer);
    this.#standInTimer = undefined;
    this.#standInIsDue = false;
    this.#trying = null;
  }

  #restart(): void {
    clearTimeout(this.#watchdog);
    this.#trying = null;
    this.#isSettled = false;
    this.#options.onStarting();
    this.#main.restart();
  }

  #event(event: EngineEvent): void {
    if (event.kind === 'died') {
      this.#blame(event.hung === true);
      this.#isSettled = false;
      this.#options.onStarting();
    }
    if (event.kind === 'gave-up') {
      this.#settle(null);
      this.#options.onFailed(new MaskwrightError('engine-died', event.message));
    }
    this.#options.onEngine(event);
  }

  /** What is tried, or hangs, is at fault. At work, one death has many causes; two with nothing done between them point at the driver. */
  #blame(hung: boolean): void {
    const tried = this.#trying?.provider ?? null;
    clearTimeout(this.#watchdog);
    this.#trying = null;
    if (tried !== null) {
      this.#avoid(tried, { reason: 'the engine stopped while trying it', lasting: true });
      return;
    }
    const used = this.#provider;
    if ((++this.#deathsWithoutAnswer < DEATHS_ON_PROVIDER && !hung) || used === null || used === 'cpu') return;
    this.#avoid(used, { reason: hung ? 'it did not answer while it was used' : 'the engine stopped while using it', lasting: true });
  }

  /** False when it is avoided already. */
  #avoid(provider: string, avoided: AvoidedProvider): boolean {
    if (this.#avoided.has(provider)) return false;
    this.#avoided.set(provider, avoided);
    const again = avoided.lasting ? 'Choose “Try again” at the badge of the model to have it tried anew.' : 'Start Maskwright again to have it tried anew.';
    this.#options.onEngine({ kind: 'provider-failed', message: `${providerName(provider)} is no longer used for Segment Anything: ${avoided.reason}. Work goes on with the next best, which may be slower; nothing was lost. ${again}` });
    return true;
  }

  #loadParams(): LoadParams {
    const { model, cacheFolder, cacheQuota, memoryQuota, findingsFile, providers } = this.#options;
    const { entry, folder, hash } = model;
    return { entry, folder, hash, cacheFolder, cacheQuota, memoryQuota, findingsFile, providers: providers === null ? null : [...providers], avoid: Object.fromEntries(this.#avoided), afresh: this.#isAfresh };
  }
}

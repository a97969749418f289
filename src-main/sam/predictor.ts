import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Candidate, LogitsFrame, Prediction, SamPrompt, SamStatus } from '../../src-shared/contract/types.ts';
import type { MaskShape, Provenance } from '../../src-shared/domain/schema.ts';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { logitsFrame } from '../../src-shared/sam/preprocess.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import type { AutomaticMask } from '../../src-shared/sam/automatic/generate.ts';
import type { FoundCandidate } from '../../src-shared/sam/automatic/loose.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import type { LoadResult, PredictParams, PredictPreview } from '../engines/sam-messages.ts';
import { SharedRequests } from '../images/shared-requests.ts';
import { automaticCandidates, automaticMasks } from './automatic.ts';
import type { AutomaticRun, AutomaticSource } from './automatic.ts';
import { PRIORITY, SamEngine } from './engine-client.ts';
import { Predictions } from './predictions.ts';
import type { ImageRef, Pixels, PredictorOptions } from './predictor-options.ts';
import { Preparation } from './preparation.ts';
import { promptInFrame } from './prompt-in-frame.ts';
import { PromptLanes } from './prompt-lanes.ts';
import { SamEngines } from './sam-engines.ts';

export type { ImageRef, Pixels, PredictorOptions };

/** What accepting a candidate makes: the shape at full resolution and where it came from. */
export interface Accepted {
  readonly image: string;
  readonly shape: MaskShape;
  readonly provenance: Provenance;
}

/** One of the masks that a prompt gives. */
export interface PromptMask extends Pick<Candidate, 'index' | 'predictedIou' | 'stability'> {
  readonly shape: MaskShape;
}

/** The decoder's: what is shown, and then, f32 and in the same order, what is fed back. */
interface Answer {
  readonly preview: PredictPreview;
  readonly logits: Promise<Uint8Array[]>;
}

interface Embedded {
  readonly pixelHash: string;
  readonly frame: LogitsFrame;
}

/** An encoder of the largest model on a slow machine stays below this. */
const CPU_TIMEOUT_MS = 5 * 60_000;
/** Beside what a graphics driver was measured to take: it may have slept. */
const DRIVER_TIMEOUT_MS = 30_000;
const IMAGES_REMEMBERED = 4_096;
/** Predict, encode what is missing, predict again; once more should the engine die, and with it its memory, in between. */
const ROUNDS = 3;

/**
 * Segment Anything for main: prompts in image pixels in, candidates out. It owns the SAM engine, which starts with the
 * first use and is started again when it dies.
 */
export class Predictor<I extends ImageRef> {
  readonly #options: PredictorOptions<I>;
  readonly #engines: SamEngines;
  readonly #engine: SamEngine;
  readonly #lanes = new PromptLanes();
  readonly #embedding = new SharedRequests();
  readonly #preparation: Preparation<I>;
  readonly #predictions = new Predictions();
  /** By image key. The engine may meanwhile have dropped the embedding itself. */
  readonly #embedded = new LRUCache<string, Embedded>({ max: IMAGES_REMEMBERED });
  #model: LoadResult | null = null;
  #status: SamStatus;

  constructor(options: PredictorOptions<I>) {
    this.#options = options;
    this.#status = { ...UNKNOWN, state: 'starting', wanted: { id: options.model.entry.id, name: options.model.entry.name }, problem: null };
    this.#engines = new SamEngines({
      ...options,
      onLoaded: (model) => this.#loaded(model),
      onFailed: (error) => this.#failed(error),
      onStarting: () => this.#setStatus({ ...this.#status, state: 'starting', problem: null }),
      onEngine: (event) => options.onEngine(event),
    });
    this.#engine = new SamEngine(this.#engines, ({ item, message }) => this.#engines.leave(item ?? '', `it failed at work (${message})`), () => this.#timeoutMs());
    this.#preparation = new Preparation({
      keyOf: (image) => image.key,
      whenIdle: () => this.#lanes.whenIdle(),
      work: (image, signal) => this.#embed(image, PRIORITY.prepare, signal),
      onState: (image, state) => options.onPrepared(image, state),
    });
  }

  get status(): SamStatus {
    return this.#status;
  }

  /** The model, loaded or not; the hash is of its files. */
  get model(): { readonly id: string; readonly hash: string } {
    return { id: this.#options.model.entry.id, hash: this.#options.model.hash };
  }

  /** Process id of the engine, or null. */
  get pid(): number | null {
    return this.#engines.pid;
  }

  /** Starts the engine ahead of the first prompt. A failure shows in the status. */
  async start(): Promise<void> {
    await this.#engines.start().catch(() => {});
  }

  /** Has providers that were left alone tried again. Work under way is repeated. */
  tryProvidersAgain(): void {
    this.#engines.tryAgain();
  }

  /** Drops what waits and ends the engine. */
  async stop(): Promise<void> {
    this.#preparation.replace([]);
    await this.#engines.stop();
  }

  /** The client's prompts are dropped. */
  disconnect(client: string): void {
    this.#lanes.drop(client);
  }

  /** What is asked about these images is dropped, prompts and preparation, whoever asked. `belongs` is told an image's key. */
  abandon(belongs: (key: string) => boolean): void {
    this.#lanes.dropImages(belongs);
    this.#preparation.drop(belongs);
  }

  /** Encodes this image and then the ones ahead while no prompt waits. What an earlier call asked for and this one does not is dropped. */
  prepare(image: I, ahead: readonly I[]): void {
    this.#preparation.replace([image, ...ahead]);
  }

  /**
   * Candidates for a prompt in image pixels, best first. The client's newest prompt wins: an older one rejects with
   * 'superseded'. Also rejects with 'bad-request' (an empty prompt), 'no-prediction' (the prompt refines a prediction
   * that is no longer kept), a model's or engine's error, or what `pixels` rejects with.
   * @param mask lowRes² f32 logits from elsewhere to feed back in the place of a previous candidate's.
   */
  async predict(client: string, image: I, prompt: SamPrompt, mask: Uint8Array | null = null): Promise<Prediction> {
    const start = performance.now();
    if (prompt.points.length === 0 && prompt.box === null && prompt.previous === null && mask === null) {
      throw new MaskwrightError('bad-request', 'The prompt is empty: click on an object or draw a box around it.');
    }
    return this.#lanes.run(client, image.key, (signal) => this.#predict(image, prompt, mask, start, signal));
  }

  /**
   * The full-resolution mask of a prediction's candidate (`index` as in Candidate.index) and its provenance.
   * Rejects with 'no-prediction' when the prediction is no longer kept, has no such candidate, or the candidate is empty.
   */
  async accept(prediction: string, index: number): Promise<Accepted> {
    const { image, prompt, scores } = this.#predictions.get(prediction, index);
    const { size, counts } = await this.mask(prediction, index);
    if (unpackCounts(counts).length < 2) throw new MaskwrightError('no-prediction', 'This candidate holds no pixel of the image. Choose another one or click elsewhere.');
    const { entry, hash } = this.#options.model;
    return {
      image,
      shape: { kind: 'mask', size, counts: new Uint8Array(counts) },
      provenance: { source: 'model', touched: false, sam: { model: entry.id, modelHash: hash, points: prompt.points, box: prompt.box, candidate: index, ...scores } },
    };
  }

  /** The full-resolution mask of a prediction's candidate, which may be empty; packed run lengths. Rejects with 'no-prediction'. */
  async mask(prediction: string, index: number): Promise<{ size: [number, number]; counts: Uint8Array }> {
    const { frame, logits } = this.#predictions.get(prediction, index);
    return this.#options.runLengths({ logits: await logits(), frame });
  }

  /** What the decoder said of a prediction's candidate, unrounded: lowRes² f32, row-major. Rejects with 'no-prediction'. */
  async logits(prediction: string, index: number): Promise<Uint8Array> {
    return this.#predictions.get(prediction, index).logits();
  }

  /** The image's embedding, made now where it is missing: f32 numbers in the order of `shape`. Rejects as predict. */
  async embedding(image: I, signal: AbortSignal): Promise<{ shape: readonly number[]; values: Uint8Array }> {
    for (let round = 0; round < ROUNDS; round++) {
      const { embedded } = await this.#embed(image, PRIORITY.prompt, signal);
      const { shape, values } = await this.#engine.embedding(embedded.pixelHash, { signal, priority: PRIORITY.prompt });
      if (values !== null) return { shape, values };
    }
    throw lost(image);
  }

  /**
   * Everything mode on a whole image: its masks in the order of the official generator. Prompts go before its pieces.
   * Rejects with 'cancelled', a model's or engine's error, or what `pixels` rejects with.
   */
  automatic(image: I, options: AutomaticOptions, run: AutomaticRun): Promise<AutomaticMask[]> {
    return automaticMasks(options, this.#automaticSource(image), run);
  }

  /** As automatic, but all that a person's thresholds may let pass. @param options of looseOptions */
  candidates(image: I, options: AutomaticOptions, run: AutomaticRun): Promise<{ pixelHash: string; candidates: FoundCandidate[] }> {
    return automaticCandidates(options, this.#automaticSource(image), run);
  }

  #automaticSource(image: I): AutomaticSource {
    const part = (crop: Corners | null): I => (crop === null ? image : { ...image, key: `${image.key} ${Object.values(crop).join()}`, known: null, crop });
    return {
      engine: this.#engine,
      embedded: async (crop, signal) => this.#embedded.get(part(crop).key) ?? (await this.#embed(part(crop), PRIORITY.prepare, signal)).embedded,
      forget: (crop) => void this.#embedded.delete(part(crop).key),
      lost: () => lost(image),
    };
  }

  /**
   * The masks that a prompt gives, all of them, at the image's resolution; an empty one too. For work in the background:
   * prompts go before it, and nothing is kept. Rejects as predict, and with 'cancelled'.
   */
  async masks(image: I, prompt: Pick<SamPrompt, 'points' | 'box' | 'multimask'>, signal: AbortSignal): Promise<PromptMask[]> {
    const answer = await this.#decode(image, { ...prompt, previous: null }, null, PRIORITY.prepare, signal);
    const { frame, preview } = answer;
    const logits = await answer.logits;
    const masks: PromptMask[] = [];
    for (const [i, { index, predictedIou, stability }] of preview.candidates.entries()) {
      const { size, counts } = await this.#options.runLengths({ logits: logits[i] ?? new Uint8Array(), frame }, signal);
      masks.push({ index, predictedIou, stability, shape: { kind: 'mask', size, counts: new Uint8Array(counts) } });
    }
    return masks;
  }

  /** Resolves when no prompt is under way. */
  idle(): Promise<void> {
    return this.#lanes.whenIdle();
  }

  async #predict(image: I, prompt: SamPrompt, given: Uint8Array | null, start: number, signal: AbortSignal): Promise<Prediction> {
    const previous = prompt.previous === null ? null : this.#predictions.get(prompt.previous.prediction, prompt.previous.candidate);
    if (previous !== null && previous.image !== image.key) throw new MaskwrightError('bad-request', 'The prompt refines a prediction of another image. Click again.');
    const mask = (await previous?.logits()) ?? given;
    // Where logits cannot be fed back, the prompt's points alone refine the mask.
    const fed = this.#model?.limits.maskInput === false && previous !== null ? given : mask;
    const { frame, preview, logits, encoded } = await this.#decode(image, prompt, fed, PRIORITY.prompt, signal);
    const id = randomUUID();
    const { candidates, decoderMs } = preview;
    this.#predictions.add(id, { image: image.key, frame, prompt, candidates: candidates.map(({ index, predictedIou, stability }) => ({ index, predictedIou, stability })), logits });
    return { prediction: id, frame, candidates, timings: { decoder: decoderMs, total: performance.now() - start, encoded } };
  }

  /** Runs the decoder, and before it the encoder where the embedding is missing. @param mask lowRes² f32 logits to feed back */
  async #decode(image: I, prompt: SamPrompt, mask: Uint8Array | null, priority: number, signal: AbortSignal): Promise<Answer & Pick<Embedded, 'frame'> & { encoded: boolean }> {
    let encoded = false;
    for (let round = 0; round < ROUNDS; round++) {
      let embedded = this.#embedded.get(image.key);
      if (embedded === undefined) {
        const made = await this.#embed(image, priority, signal);
        embedded = made.embedded;
        encoded ||= made.encoded;
      }
      const { frame, pixelHash } = embedded;
      const answer = await this.#ask({ key: pixelHash, frame, ...promptInFrame(prompt, frame), mask, multimask: prompt.multimask }, priority, signal);
      if (answer !== null) {
        this.#engines.answered();
        return { ...answer, frame, encoded };
      }
      // The engine has died since, or the embedding was evicted.
      this.#embedded.delete(image.key);
    }
    throw lost(image);
  }

  /** Resolves with the preview, while the exact logits follow; null when the embedding is missing. */
  #ask(params: PredictParams, priority: number, signal: AbortSignal): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      const result = this.#engine.predict(params, (preview) => resolve({ preview, logits }), { signal, priority });
      const logits = result.then((answer) => (answer.found ? answer.logits : []));
      // Whoever needs the logits later learns of their failure then; it must not end the program before.
      logits.catch(() => {});
      result.then((answer) => !answer.found && resolve(null), reject);
    });
  }

  async #embed(image: I, priority: number, signal: AbortSignal): Promise<{ embedded: Embedded; encoded: boolean }> {
    // One priority for all: a prompt joins the preparation of its image, which is further along than a new start would be.
    return this.#embedding.run(image.key, 0, signal, async (shared) => {
      const options = { priority, signal: shared };
      const model = this.#model ?? (await this.#engine.model(options));
      const known = image.known ?? null;
      if (known !== null && (await this.#engine.has(known.pixelHash, options))) {
        const { pixelHash, width, height } = known;
        const embedded = this.#remember(image.key, pixelHash, logitsFrame(model, width, height));
        return { embedded, encoded: false };
      }
      const { rgb, pixelHash, inputWidth, inputHeight, width, height } = await this.#options.pixels(image, model.frame, shared, model.fit);
      const encoderMs = await this.#engine.encode({ key: pixelHash, rgb, inputWidth, inputHeight }, options);
      this.#measured(encoderMs);
      const embedded = this.#remember(image.key, pixelHash, logitsFrame(model, width, height));
      return { embedded, encoded: encoderMs > 0 };
    });
  }

  #remember(key: string, pixelHash: string, frame: LogitsFrame): Embedded {
    const embedded: Embedded = { pixelHash, frame };
    this.#embedded.set(key, embedded);
    return embedded;
  }

  #timeoutMs(): number {
    const used = this.#status.providers.find(({ verdict, provider }) => verdict === 'used' && provider !== 'cpu');
    return used?.encoderMs == null ? CPU_TIMEOUT_MS : (this.#options.patience?.driverMs ?? DRIVER_TIMEOUT_MS + 20 * used.encoderMs);
  }

  #loaded(model: LoadResult): void {
    this.#model = model;
    const { entry, hash } = this.#options.model;
    const { limits, provider, reason, fallback, providers } = model;
    this.#setStatus({ ...this.#status, state: 'ready', model: { id: entry.id, name: entry.name, hash, limits }, provider, reason, fallback, providers, problem: null });
  }

  #failed(error: MaskwrightError): void {
    this.#setStatus({ ...this.#status, ...UNKNOWN, state: 'failed', problem: toProblem(error) });
  }

  /** The CPU is measured by its first picture. */
  #measured(encoderMs: number): void {
    const { providers, provider } = this.#status;
    if (encoderMs > 0) this.#options.onEncoded?.(encoderMs);
    if (encoderMs === 0 || !providers.some((p) => p.provider === provider && p.encoderMs === null)) return;
    this.#setStatus({ ...this.#status, providers: providers.map((p) => (p.provider === provider ? { ...p, encoderMs } : p)) });
  }

  #setStatus(status: SamStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}

/** Of a model that is not loaded. */
const UNKNOWN = { model: null, provider: null, reason: null, fallback: false, providers: [] } satisfies Partial<SamStatus>;

const lost = (image: ImageRef): MaskwrightError => new MaskwrightError('engine-failed', 'The SAM engine keeps losing the image’s embedding. Allow the cache more space, or try again.', image.key);

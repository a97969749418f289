import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { CandidateOrder } from '../../src-shared/contract/models.ts';
import { candidateScore, isUnsteady, orderCandidates } from '../../src-shared/sam/candidates.ts';
import { toHalf } from '../../src-shared/sam/half.ts';
import { stabilityScore } from '../../src-shared/sam/stability.ts';
import type { PointDecoder } from './decoder-parts.ts';
import { Embeddings } from './sam-embeddings.ts';
import { searchPoints } from './sam-automatic.ts';
import type { AutomaticParams, AutomaticResult } from './sam-automatic-messages.ts';
import type { LoadedModel } from './sam-load.ts';
import type { EmbeddingResult, EncodeParams, LoadParams, PredictParams, PredictPreview, PredictResult } from './sam-messages.ts';
import { elements, embeddingLength } from './sam-graph.ts';
import { bytesOf, checkPrompt, floatsOf, promptTensors } from './sam-prompt.ts';
import { runDecoder, runEncoder } from './sam-run.ts';

/** A loaded model and the embeddings made with it. */
export class SamSession {
  readonly #model: LoadedModel;
  readonly #embeddings: Embeddings;
  readonly #order: CandidateOrder;
  /** Some providers crash when two runs overlap, and on the CPU nothing is gained by it. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(model: LoadedModel, params: Pick<LoadParams, 'entry' | 'hash' | 'cacheFolder' | 'cacheQuota' | 'memoryQuota'>) {
    this.#model = model;
    this.#order = params.entry.candidateOrder;
    this.#embeddings = new Embeddings({
      folder: params.cacheFolder,
      diskQuota: params.cacheQuota,
      memoryQuota: params.memoryQuota,
      length: embeddingLength(model.graph),
      variant: `${params.hash} ${model.graph.preprocessing} ${model.graph.frame}`,
    });
  }

  async has(key: string): Promise<boolean> {
    return (await this.#embeddings.get(key)) !== null;
  }

  async embedding(key: string): Promise<EmbeddingResult> {
    const values = await this.#embeddings.get(key);
    const shape = this.#model.graph.embeddings[0]?.shape.slice(1) ?? [];
    return { shape, values: values === null ? null : bytesOf(values.subarray(0, elements(shape))) };
  }

  /** Encodes a picture unless its embedding is there already. Returns the milliseconds of the encoder's run, 0 when it was. */
  async encode({ key, rgb, inputWidth, inputHeight }: EncodeParams): Promise<number> {
    const { graph, encoder } = this.#model;
    const fills = graph.fit === 'pad' ? Math.max(inputWidth, inputHeight) <= graph.frame : inputWidth === graph.frame && inputHeight === graph.frame;
    if (!fills || rgb.length !== inputWidth * inputHeight * 3) {
      throw new MaskwrightError('bad-request', `A picture of ${inputWidth} × ${inputHeight} pixels in ${rgb.length} bytes does not fit the model's frame of ${graph.frame} pixels.`);
    }
    if (await this.has(key)) return 0;
    const start = performance.now();
    const embedding = await this.#alone(() => runEncoder(graph, encoder, { rgb, inputWidth, inputHeight }));
    const ms = performance.now() - start;
    this.#embeddings.put(key, embedding);
    return ms;
  }

  /** `preview` is called once, before the result, unless the embedding is missing. */
  async predict(params: PredictParams, preview: (preview: PredictPreview) => void): Promise<PredictResult> {
    const { graph, decoder } = this.#model;
    checkPrompt(params, graph.limits);
    const embedding = await this.#embeddings.get(params.key);
    if (embedding === null) return { found: false };
    const size = graph.lowRes ** 2;
    const mask = params.mask === null ? null : floatsOf(params.mask, size);
    const run = await this.#alone(() => runDecoder(graph, decoder, { embedding, ...promptTensors(params, graph.frame / params.frame.frame), mask }));
    const logitsOf = (place: number): Float32Array => run.logits.subarray(place * size, (place + 1) * size);
    const stabilities = Array.from(run.ious, (_, place) => stabilityScore(logitsOf(place), params.frame));
    const scores = stabilities.map((stability, place) => candidateScore(this.#order, run.ious[place] ?? 0, stability));
    const order = orderCandidates(scores, params.multimask, graph.steadySingle && isUnsteady(logitsOf(0)));
    const candidates = order.map(({ index, place }) => ({ index, predictedIou: run.ious[place] ?? 0, stability: stabilities[place] ?? 0, logits: toHalf(logitsOf(place)) }));
    preview({ candidates, decoderMs: run.ms });
    return { found: true, logits: order.map(({ place }) => bytesOf(logitsOf(place))) };
  }

  /** Some points of everything mode. Ends between two of them when `signal` is aborted. */
  async automatic(params: AutomaticParams, signal: AbortSignal): Promise<AutomaticResult> {
    const embedding = await this.#embeddings.get(params.key);
    if (embedding === null) return { found: false };
    const decode = await this.#pointDecoder(embedding);
    const start = performance.now();
    const masks = await searchPoints(params, this.#model.graph.frame, decode, signal);
    return { found: true, masks, ms: performance.now() - start };
  }

  async #pointDecoder(embedding: Float32Array): Promise<PointDecoder> {
    const { graph, decoder } = this.#model;
    const inParts = await this.#alone(async () => (await this.#model.parts(embedding))?.prepare(embedding));
    return (prompt, isWanted) => this.#alone(() => (inParts === undefined ? runDecoder(graph, decoder, { embedding, ...prompt, mask: null }) : inParts(prompt, isWanted)));
  }

  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#running.then(run);
    this.#running = result.catch(() => {});
    return result;
  }
}

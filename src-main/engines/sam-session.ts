import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { orderCandidates } from '../../src-shared/sam/candidates.ts';
import { toHalf } from '../../src-shared/sam/half.ts';
import { stabilityScore } from '../../src-shared/sam/stability.ts';
import { Embeddings } from './sam-embeddings.ts';
import { searchPoints } from './sam-automatic.ts';
import type { AutomaticParams, AutomaticResult } from './sam-automatic-messages.ts';
import type { LoadedModel } from './sam-load.ts';
import type { EmbeddingResult, EncodeParams, LoadParams, PredictParams, PredictPreview, PredictResult } from './sam-messages.ts';
import { normalisedPlanes, PREPROCESSING } from './sam-planes.ts';
import { bytesOf, floatsOf, promptTensors } from './sam-prompt.ts';
import { runDecoder, runEncoder } from './sam-run.ts';

/** A loaded model and the embeddings made with it. */
export class SamSession {
  readonly #model: LoadedModel;
  readonly #embeddings: Embeddings;
  /** Some providers crash when two runs overlap, and on the CPU nothing is gained by it. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(model: LoadedModel, params: Pick<LoadParams, 'hash' | 'cacheFolder' | 'cacheQuota' | 'memoryQuota'>) {
    this.#model = model;
    this.#embeddings = new Embeddings({
      folder: params.cacheFolder,
      diskQuota: params.cacheQuota,
      memoryQuota: params.memoryQuota,
      length: model.graph.embedding.reduce((a, b) => a * b),
      variant: `${params.hash} ${PREPROCESSING} ${model.graph.frame}`,
    });
  }

  async has(key: string): Promise<boolean> {
    return (await this.#embeddings.get(key)) !== null;
  }

  async embedding(key: string): Promise<EmbeddingResult> {
    const values = await this.#embeddings.get(key);
    return { shape: this.#model.graph.embedding.slice(1), values: values === null ? null : bytesOf(values) };
  }

  /** Encodes a picture unless its embedding is there already. Returns the milliseconds of the encoder's run, 0 when it was. */
  async encode({ key, rgb, inputWidth, inputHeight }: EncodeParams): Promise<number> {
    const { graph, encoder } = this.#model;
    if (Math.max(inputWidth, inputHeight) > graph.frame || rgb.length !== inputWidth * inputHeight * 3) {
      throw new MaskwrightError('bad-request', `A picture of ${inputWidth} × ${inputHeight} pixels in ${rgb.length} bytes does not fit the model's frame of ${graph.frame} pixels.`);
    }
    if (await this.has(key)) return 0;
    const planes = normalisedPlanes(rgb, inputWidth, inputHeight, graph.frame);
    const start = performance.now();
    const embedding = await this.#alone(() => runEncoder(graph, encoder, planes));
    const ms = performance.now() - start;
    this.#embeddings.put(key, embedding);
    return ms;
  }

  /** `preview` is called once, before the result, unless the embedding is missing. */
  async predict(params: PredictParams, preview: (preview: PredictPreview) => void): Promise<PredictResult> {
    const { graph, decoder } = this.#model;
    const embedding = await this.#embeddings.get(params.key);
    if (embedding === null) return { found: false };
    const size = graph.lowRes ** 2;
    const mask = params.mask === null ? null : floatsOf(params.mask, size);
    const run = await this.#alone(() => runDecoder(graph, decoder, { embedding, ...promptTensors(params), mask }));
    const order = orderCandidates(run.ious, params.multimask);
    const logitsOf = (index: number): Float32Array => run.logits.subarray(index * size, (index + 1) * size);
    const candidates = order.map((index) => ({ index, predictedIou: run.ious[index] ?? 0, stability: stabilityScore(logitsOf(index), params.frame), logits: toHalf(logitsOf(index)) }));
    preview({ candidates, decoderMs: run.ms });
    return { found: true, logits: order.map((index) => bytesOf(logitsOf(index))) };
  }

  /** Some points of everything mode. Ends between two of them when `signal` is aborted. */
  async automatic(params: AutomaticParams, signal: AbortSignal): Promise<AutomaticResult> {
    const { graph, decoder } = this.#model;
    const embedding = await this.#embeddings.get(params.key);
    if (embedding === null) return { found: false };
    const start = performance.now();
    const masks = await searchPoints(params, (prompt) => this.#alone(() => runDecoder(graph, decoder, { embedding, ...prompt, mask: null })), signal);
    return { found: true, masks, ms: performance.now() - start };
  }

  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#running.then(run);
    this.#running = result.catch(() => {});
    return result;
  }
}

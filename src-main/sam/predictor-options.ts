import type { SamStatus } from '../../src-shared/contract/types.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import type { Fit } from '../../src-shared/sam/preprocess.ts';
import type { RunLengthsParams, RunLengthsResult } from '../engines/images-api.ts';
import type { EngineEvent } from '../engines/supervisor.ts';
import type { InstalledModel } from '../models/catalogue.ts';

/** An image as the predictor names it. Callers add what their `pixels` needs. */
export interface ImageRef {
  /** Changes whenever the image's pixels may have: the same key means the same pixels. */
  readonly key: string;
  /** What is known of its pixels from before: when the embedding is still kept, nothing has to be decoded. */
  readonly known?: { readonly pixelHash: string; readonly width: number; readonly height: number } | null;
  /** Stands for this part of the image only, in its pixels. */
  readonly crop?: Corners | null;
}

/** A picture as the encoder takes it, before normalising and padding. */
export interface Pixels {
  /** inputWidth × inputHeight × 3 bytes, row-major. */
  readonly rgb: Uint8Array;
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** Of the image, upright, or of its crop. */
  readonly width: number;
  readonly height: number;
  readonly pixelHash: string;
}

export interface PredictorOptions<I extends ImageRef> {
  readonly node: string;
  /** The SAM engine's program. */
  readonly entry: string;
  readonly model: InstalledModel;
  readonly cacheFolder: string;
  /** Bytes of embeddings on disk, and in the engine's memory. */
  readonly cacheQuota: number;
  readonly memoryQuota: number;
  /** Remembers what was found out about the model on this machine. */
  readonly findingsFile: string;
  /** Execution providers to try, or null for this machine's own order. */
  readonly providers: readonly string[] | null;
  /** How long a graphics driver may take over one step, and when the CPU answers in its place (null: never); the usual when absent. */
  readonly patience?: { readonly driverMs?: number; readonly standInMs?: number | null };
  /** The image, or its crop, resized to a square of `frame` pixels: inside it (sam/preprocess.ts, inputSize), or filling it. */
  pixels(image: I, frame: number, signal: AbortSignal, fit: Fit): Promise<Pixels>;
  /** The mask of a model's answer at full resolution, made where no model is waited for. */
  runLengths(params: RunLengthsParams, signal?: AbortSignal): Promise<RunLengthsResult>;
  onStatus(status: SamStatus): void;
  onPrepared(image: I, state: 'preparing' | 'ready' | 'failed'): void;
  /** Milliseconds of each run of the encoder. */
  onEncoded?(ms: number): void;
  /** Starts and deaths of the engine, and what it prints. */
  onEngine(event: EngineEvent): void;
}

import { basename } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { PROBE_BATCH, FingerprintResults, ProbeResults, RunLengthsResult } from '../engines/images-api.ts';
import type { FingerprintResult, ProbeResult, RunLengthsParams } from '../engines/images-api.ts';
import type { EngineSupervisor, RequestOptions } from '../engines/supervisor.ts';

export type ImagesEngine = Pick<EngineSupervisor, 'request'>;

/** What a person looks at goes first, then what SAM waits for, then the list's thumbnails, then the first look at new files. */
export const PRIORITY = { looking: 100, model: 75, thumbnail: 50, probe: 0 } as const;

/** An engine that takes longer hangs: the largest picture that is accepted takes seconds. */
const TIMEOUT_MS = 180_000;

/**
 * Asks the images engine about one file.
 * Throws what the engine says of the file; 'image-unreadable' when the file makes the engine die or hang, twice.
 */
export async function askAbout(engine: ImagesEngine, method: string, params: { readonly path: string }, options: RequestOptions): Promise<unknown> {
  try {
    return await engine.request(method, params, { timeoutMs: TIMEOUT_MS, ...options });
  } catch (error) {
    throw killedBy(error, method) ? crashed(params.path, error) : error;
  }
}

/**
 * A first look at files, in batches. The results stand in the order of `paths`.
 * A file that kills the engine is found by looking at each of its batch alone; it gets a problem and the others do not.
 * Throws only 'cancelled', and 'engine-died' when the engine cannot be started at all.
 */
export function probeFiles(engine: ImagesEngine, paths: readonly string[], signal: AbortSignal, priority: number = PRIORITY.probe): Promise<ProbeResult[]> {
  return inBatches(paths, { engine, method: 'probe', parse: (answer) => ProbeResults.parse(answer), failed: (problem) => ({ file: null, image: null, problem }), options: { signal, priority } });
}

/** What files look like, in batches. Order, failures and errors are those of probeFiles. */
export function fingerprintFiles(engine: ImagesEngine, paths: readonly string[], signal: AbortSignal): Promise<FingerprintResult[]> {
  return inBatches(paths, { engine, method: 'fingerprint', parse: (answer) => FingerprintResults.parse(answer), failed: (problem) => ({ problem }), options: { signal, priority: PRIORITY.probe } });
}

/** The full-resolution mask of a model's answer. */
export async function runLengthsOf(engine: ImagesEngine, params: RunLengthsParams, signal?: AbortSignal): Promise<RunLengthsResult> {
  return RunLengthsResult.parse(await engine.request('runLengths', params, { timeoutMs: TIMEOUT_MS, priority: PRIORITY.looking, ...(signal === undefined ? {} : { signal }) }));
}

interface Batches<Result> {
  readonly engine: ImagesEngine;
  readonly method: string;
  readonly parse: (answer: unknown) => Result[];
  /** The result of a file that killed the engine. */
  readonly failed: (problem: Problem) => Result;
  readonly options: RequestOptions;
}

async function inBatches<Result>(paths: readonly string[], batches: Batches<Result>): Promise<Result[]> {
  const each = Array.from({ length: Math.ceil(paths.length / PROBE_BATCH) }, (_, i) => paths.slice(i * PROBE_BATCH, (i + 1) * PROBE_BATCH));
  return (await Promise.all(each.map((batch) => askBatch(batch, batches)))).flat();
}

async function askBatch<Result>(paths: readonly string[], batches: Batches<Result>): Promise<Result[]> {
  const { engine, method, parse, failed, options } = batches;
  try {
    const results = parse(await engine.request(method, { paths }, { timeoutMs: TIMEOUT_MS, ...options }));
    if (results.length !== paths.length) throw new MaskwrightError('engine-failed', `The images engine answered for ${results.length} files instead of ${paths.length}.`);
    return results;
  } catch (error) {
    if (!killedBy(error, method)) throw error;
    const [only] = paths;
    if (paths.length === 1 && only !== undefined) return [failed(crashed(only, error).toProblem())];
    const results: Result[] = [];
    for (const path of paths) results.push(...(await askBatch([path], batches)));
    return results;
  }
}

/** The supervisor names the method in what it says when a request was given up because the engine died over it twice. */
const killedBy = (error: unknown, method: string): boolean => error instanceof MaskwrightError && error.code === 'engine-died' && error.item === method;

function crashed(path: string, cause: unknown): MaskwrightError {
  return new MaskwrightError('image-unreadable', `“${basename(path)}” made the picture decoder fail twice, so it is set aside. Save it again with another program, or remove it.`, path, { cause });
}

import { basename } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { PROBE_BATCH, ProbeResults } from '../engines/images-api.ts';
import type { ProbeResult } from '../engines/images-api.ts';
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
export async function probeFiles(engine: ImagesEngine, paths: readonly string[], signal: AbortSignal, priority: number = PRIORITY.probe): Promise<ProbeResult[]> {
  const batches = Array.from({ length: Math.ceil(paths.length / PROBE_BATCH) }, (_, i) => paths.slice(i * PROBE_BATCH, (i + 1) * PROBE_BATCH));
  return (await Promise.all(batches.map((batch) => probeBatch(engine, batch, signal, priority)))).flat();
}

async function probeBatch(engine: ImagesEngine, paths: readonly string[], signal: AbortSignal, priority: number): Promise<ProbeResult[]> {
  try {
    const results = ProbeResults.parse(await engine.request('probe', { paths }, { signal, priority, timeoutMs: TIMEOUT_MS }));
    if (results.length !== paths.length) throw new MaskwrightError('engine-failed', `The images engine answered for ${results.length} files instead of ${paths.length}.`);
    return results;
  } catch (error) {
    if (!killedBy(error, 'probe')) throw error;
    const [only] = paths;
    if (paths.length === 1 && only !== undefined) return [{ file: null, image: null, problem: crashed(only, error).toProblem() }];
    const results: ProbeResult[] = [];
    for (const path of paths) results.push(...(await probeBatch(engine, [path], signal, priority)));
    return results;
  }
}

/** The supervisor names the method in what it says when a request was given up because the engine died over it twice. */
const killedBy = (error: unknown, method: string): boolean => error instanceof MaskwrightError && error.code === 'engine-died' && error.item === method;

function crashed(path: string, cause: unknown): MaskwrightError {
  return new MaskwrightError('image-unreadable', `“${basename(path)}” made the picture decoder fail twice, so it is set aside. Save it again with another program, or remove it.`, path, { cause });
}

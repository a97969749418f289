import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ProbeResult } from './images-api.ts';
import { isComplete } from './images-complete.ts';
import { readHeader, readSource, truncated } from './images-source.ts';
import type { SourceFile } from './images-source.ts';

/** A first look at a file: its hash, its header, and whether it is all there. Never throws but for cancellation. */
export async function probe(path: string, signal: AbortSignal): Promise<ProbeResult> {
  let source: SourceFile;
  try {
    source = await readSource(path, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { file: null, image: null, problem: toProblem(error) };
  }
  const file = { bytes: source.bytes, mtimeMs: source.mtimeMs, contentHash: source.contentHash };
  try {
    const header = await readHeader(source);
    const { format, width, height, orientation, pages } = header;
    const image = { format, width, height, orientation, pages };
    const problem = isComplete(source.content, header) ? null : truncated(path).toProblem();
    return { file, image, problem };
  } catch (error) {
    return { file, image: null, problem: toProblem(error) };
  }
}

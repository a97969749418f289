import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Console } from '../../../src-main/cli/console.ts';
import { EXIT } from '../../../src-main/cli/exit-codes.ts';
import type { ExitCode } from '../../../src-main/cli/exit-codes.ts';
import { modelOf } from '../../../src-main/cli/model-argument.ts';
import { ProgressLine } from '../../../src-main/cli/progress-line.ts';
import { startHeadless } from '../../../src-main/core/headless.ts';
import { isOfAPicture } from '../../../src-main/core/picture-failures.ts';
import { dataDir, resources } from '../../../src-main/core/places.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { peakMemory } from '../peak-memory.ts';
import { readEvaluationData } from './dataset.ts';
import type { EvaluationPicture } from './dataset.ts';
import { Evaluation } from './evaluate.ts';
import type { SegmentFigures } from './evaluate.ts';
import { reportText } from './print.ts';
import { reportOf } from './report.ts';

export interface BenchModelOptions {
  /** As `maskwright predict` takes it; the built-in one when absent. */
  readonly model?: string;
  readonly data: string;
  /** Pictures, the first of the data set; all when absent. */
  readonly limit?: number;
  readonly person: number | 'all';
  readonly json?: true;
}

/**
 * Runs the program's own predictor over a data set and writes how well it does (docs/model-evaluation.md). The embeddings
 * lie in a folder of their own while it runs, so that the encoder is timed and no cache is filled. Throws what
 * readEvaluationData and the model's start throw.
 */
export async function benchModel(options: BenchModelOptions, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const problems: { item: string; message: string }[] = [];
  const leaveOut = (item: string, message: string): void => {
    problems.push({ item, message });
    console.err(`${message}\n`);
  };
  const model = await modelOf(options.model);
  const data = await readEvaluationData(options.data, { person: options.person, signal: interrupted, problem: (item, { message }) => leaveOut(item, message) });
  const pictures = data.pictures.slice(0, options.limit ?? data.pictures.length);
  const apart = mkdtempSync(join(tmpdir(), 'maskwright-bench-model-'));
  const encoderMs: number[] = [];
  const decoderMs: number[] = [];
  const refused = new Map<string, number>();
  const { predictor, stop } = await startHeadless(model, resources(), dataDir(), apart, (ms) => encoderMs.push(ms));
  const end = (): void => void stop();
  interrupted.addEventListener('abort', end, { once: true });
  const progress = new ProgressLine(console);
  const evaluation = new Evaluation(predictor, { decoded: (ms) => decoderMs.push(ms), refused: (message) => void refused.set(message, 1 + (refused.get(message) ?? 0)) });
  const segments: SegmentFigures[] = [];
  const start = performance.now();
  let done = 0;
  let evaluated = 0;
  const peaks: number[] = [];
  try {
    for (const picture of pictures) {
      if (interrupted.aborted) break;
      const read = await onPicture(picture, (truth) => evaluation.segment(picture.file, truth), segments, leaveOut, interrupted);
      if (interrupted.aborted) break;
      if (read) evaluated++;
      const peak = predictor.pid === null ? null : peakMemory(predictor.pid);
      if (peak !== null) peaks.push(peak);
      done++;
      progress.show({ title: 'Pictures', done, total: pictures.length, etaMs: ((performance.now() - start) * (pictures.length - done)) / done });
    }
    progress.end();
    const { entry, hash } = model;
    const report = reportOf({
      model: { id: entry.id, name: entry.name, hash, provider: predictor.status.provider },
      data: { path: data.path, kind: data.kind, person: data.kind === 'coco' ? null : options.person },
      partial: done < pictures.length, pictures: { evaluated, all: pictures.length },
      segments, encoderMs, decoderMs, peakMemory: peaks[0] === undefined ? null : { firstPicture: peaks[0], all: Math.max(...peaks) }, refused: [...refused].map(([message, count]) => ({ message, count })), problems,
    });
    console.out(options.json ? `${JSON.stringify(report)}\n` : reportText(report));
    return interrupted.aborted ? EXIT.interrupted : evaluated === 0 ? EXIT.failed : problems.length > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    interrupted.removeEventListener('abort', end);
    progress.end();
    await stop();
    rmSync(apart, { recursive: true, force: true });
  }
}

/** Adds the figures of a picture's segments, all of them; false and none when the picture cannot be read or its masks do not fit. */
async function onPicture(picture: EvaluationPicture, evaluate: (truth: Rle) => Promise<SegmentFigures>, to: SegmentFigures[], leaveOut: (item: string, message: string) => void, interrupted: AbortSignal): Promise<boolean> {
  try {
    const figures: SegmentFigures[] = [];
    for (const truth of await picture.segments()) figures.push(await evaluate(truth));
    to.push(...figures);
    return true;
  } catch (error) {
    // Stopping the engines ends what is under way.
    if (interrupted.aborted) return false;
    if (!isOfAPicture(error) && !(error instanceof MaskwrightError && (error.code === 'dataset-invalid' || error.code === 'conflict'))) throw error;
    leaveOut(picture.name, `${picture.name}: ${error.message}`);
    return false;
  }
}

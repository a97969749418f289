import { basename } from 'node:path';
import type { Precision } from '../../src-shared/contract/models.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { JobContext, Jobs } from '../jobs/jobs.ts';
import type { InstalledModel } from './catalogue.ts';
import type { EngineCommand } from '../engines/engine-process.ts';
import { importModel } from './import/import-model.ts';
import type { ModelLibrary } from './library.ts';

/** Brings models onto this machine: jobs, of which one works at a time, because each fills disk and memory. */
export class ModelInstalls {
  readonly #library: ModelLibrary;
  readonly #jobs: Jobs;
  readonly #engine: EngineCommand;
  #last: Promise<unknown> = Promise.resolve();

  /** @param engine the SAM engine's program, in which graphs are looked at. */
  constructor(library: ModelLibrary, jobs: Jobs, engine: EngineCommand) {
    this.#engine = engine;
    this.#library = library;
    this.#jobs = jobs;
  }

  /** Starts the import of a checkpoint, or of the graphs of encoder and decoder, from the disk. Gives the job's id. */
  import(paths: readonly string[], precision: Precision): string {
    const [first = ''] = paths;
    if (precision !== 'fp32') throw new MaskwrightError('bad-request', `"${basename(first)}" cannot be imported as ${precision} yet. Choose full precision.`, first);
    return this.#jobs.start({
      kind: 'model-import',
      title: `Importing ${basename(first)}`,
      project: null,
      run: (context) =>
        this.#alone(context, 'imported', ({ signal, progress }) => importModel(paths, this.#library.places.user, { signal, onProgress: progress, engine: this.#engine })),
    });
  }

  async #alone(context: JobContext, done: string, install: (context: JobContext) => Promise<InstalledModel>): Promise<string> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = mine.promise;
    try {
      await Promise.race([before, aborted(context.signal)]);
      context.signal.throwIfAborted();
      const model = await install(context);
      context.subject(model.entry.id);
      await this.#library.refresh();
      return `${model.entry.name} ${done}: ${described(model)}.`;
    } finally {
      // Who comes next waits for those before as well, when this one gave up waiting for them.
      void before.finally(mine.resolve);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const MEGABYTE = 1e6;

/** Size, precision and agreement, in words. */
function described({ entry }: InstalledModel): string {
  return `${Math.round(entry.files.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE).toLocaleString('en')} MB`;
}

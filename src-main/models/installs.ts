import { basename } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Precision } from '../../src-shared/contract/models.ts';
import type { EngineCommand } from '../engines/engine-process.ts';
import type { JobContext, Jobs } from '../jobs/jobs.ts';
import { Turns } from '../jobs/turns.ts';
import type { InstalledModel } from './catalogue.ts';
import { downloadModel } from './download/download-model.ts';
import { mirrorsOf } from './download/entry.ts';
import type { CompareModels } from './import/agreement.ts';
import type { ImportOptions } from './import/import-checkpoint.ts';
import { importModel } from './import/import-model.ts';
import type { ImportModelOptions } from './import/import-model.ts';
import type { ModelLibrary } from './library.ts';
import { megabytes, sizeOf } from './model-rows.ts';

export interface InstallsOptions {
  readonly library: ModelLibrary;
  readonly jobs: Jobs;
  /** The SAM engine's program, in which graphs are looked at. */
  readonly engine: EngineCommand;
  /** Tells how well a model of less precision does. */
  compare(): Promise<CompareModels>;
}

/** What a person chooses about a checkpoint. */
export type ChosenOptions = Pick<ImportOptions, 'weights' | 'preparation'> & { readonly precision: Precision };

/** Brings models onto this machine: jobs, of which one works at a time, because each fills disk and memory. */
export class ModelInstalls {
  readonly #options: InstallsOptions;
  readonly #turns = new Turns();

  constructor(options: InstallsOptions) {
    this.#options = options;
  }

  /** Starts the import of a checkpoint, or of the graphs of encoder and decoder, from the disk. Gives the job's id. */
  import(paths: readonly string[], chosen: ChosenOptions): string {
    const { jobs, library } = this.#options;
    return jobs.start({
      kind: 'model-import',
      title: `Importing ${basename(paths[0] ?? '')}`,
      project: null,
      run: (context) =>
        this.#install(context, 'imported', async () => importModel(paths, library.places.user, { ...(await this.#importing(chosen.precision)), ...chosen, signal: context.signal, onProgress: context.progress })),
    });
  }

  /**
   * Starts a download from the catalogue, beginning with its n-th mirror. Gives the job's id; of the one that downloads
   * this model already, where there is one. Throws 'model-missing', and 'bad-request' for a mirror that is none.
   */
  download(id: string, mirror: number, precision: Precision): string {
    const { jobs, library } = this.#options;
    const entry = library.download(id);
    if (mirror >= mirrorsOf(entry).length) throw new MaskwrightError('bad-request', `"${entry.name}" has no mirror ${mirror + 1}. Choose one of the list.`, id);
    const underWay = jobs.list().find(({ kind, subject, state }) => kind === 'model-download' && subject === id && state === 'running');
    if (underWay !== undefined) return underWay.job;
    return jobs.start({
      kind: 'model-download',
      title: `Downloading ${entry.name}`,
      project: null,
      subject: id,
      run: (context) =>
        this.#install(context, 'downloaded', async () =>
          downloadModel(entry, library.places.user, { mirror, signal: context.signal, onProgress: ({ done, total }) => context.progress(done, total), importing: await this.#importing(precision) }),
        ),
    });
  }

  async #importing(precision: Precision): Promise<Omit<ImportModelOptions, 'signal' | 'onProgress'>> {
    const { engine, library } = this.#options;
    return { engine, precision, known: library.downloads, ...(precision === 'fp32' ? {} : { compare: await this.#options.compare() }) };
  }

  #install({ signal, subject }: JobContext, done: string, work: () => Promise<InstalledModel>): Promise<string> {
    return this.#turns.run('install', signal, async () => {
      const model = await work();
      subject(model.entry.id);
      await this.#options.library.refresh();
      return `${model.entry.name} ${done}: ${described(model)}.`;
    });
  }
}

/** Size, precision and agreement, in words. */
function described({ entry }: InstalledModel): string {
  const { agreement, precision } = entry;
  const measured = agreement === null ? [] : [`masks agree ${agreement.iou.toFixed(3)} with full precision on ${agreement.pictures} pictures`];
  return [megabytes(sizeOf(entry)), precision, ...measured].join(', ');
}

import { setImmediate as turn } from 'node:timers/promises';
import { basename } from 'node:path';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ImageId, RootId } from '../../src-shared/domain/schema.ts';
import { PROBE_BATCH } from '../engines/images-api.ts';
import type { JobContext, JobRun } from '../jobs/jobs.ts';
import type { Probe } from '../projects/images.ts';
import { toProbe } from './check-unchanged.ts';
import { probeFiles } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import { findFile } from './image-file.ts';
import type { ImageFile } from './image-file.ts';
import { scanFolder } from './scan-folder.ts';

/** What the jobs need of a project. */
export interface ImageStore {
  /** Absolute path of a folder; gives the id it has or gets. */
  addRoot(folder: string): RootId;
  /** Relative paths with forward slashes; known ones are passed over. Gives how many were new. */
  addImages(root: RootId, paths: readonly string[]): number;
  /** Images whose files have not been looked at, by id, those after `afterId`. */
  unprobed(limit: number, afterId: ImageId): readonly UnprobedImage[];
  setProbes(probes: readonly Probe[]): void;
  /** Does a change when no other one is under way. */
  inTurn<T>(change: () => T): Promise<T>;
}

export type UnprobedImage = ImageFile & { readonly id: ImageId };

export interface IndexOptions {
  readonly store: ImageStore;
  readonly engine: ImagesEngine;
  /** New images are in the list. */
  onAdded(): void;
  /** These have been looked at. */
  onProbed(ids: readonly ImageId[]): void;
}

/** Requests to the engine at a time: while one batch is written down the next is being read. */
const BATCHES = 2;
const PAGE = 1_000;

/**
 * The job that adds a folder: first all names, chunk by chunk, so that the list is there at once, then a look at each file.
 * Cancelled in the middle, what was added stays; what was not looked at is taken up by `indexImages`.
 */
export function addFolder(options: IndexOptions, folder: string): JobRun {
  return async (context) => {
    const root = await options.store.inTurn(() => options.store.addRoot(folder));
    let found = 0;
    let added = 0;
    for await (const { files, problems } of scanFolder(folder, { signal: context.signal })) {
      found += files.length;
      const fresh = await options.store.inTurn(() => options.store.addImages(root, files));
      added += fresh;
      for (const problem of problems) context.problem(problem.item ?? folder, problem);
      context.progress(found, null);
      if (fresh > 0) options.onAdded();
      // Between two chunks of one large folder nothing else waits, and calls of the window would.
      await turn();
    }
    const notes = await indexAll(options, context);
    const what = found === 0 ? `“${basename(folder)}” holds no pictures.` : `${images(added)} added from “${basename(folder)}”${found > added ? `; ${found - added} were there already` : ''}.`;
    return [what, ...notes].join(' ');
  };
}

/** The job that looks at the files that an earlier run of the program did not come to. */
export function indexImages(options: IndexOptions): JobRun {
  return async (context) => {
    const notes = await indexAll(options, context);
    return notes.length === 0 ? null : notes.join(' ');
  };
}

/** One at a time for each project: two jobs would look at the same files. */
const turns = new WeakMap<ImageStore, Promise<unknown>>();

function indexAll(options: IndexOptions, context: JobContext): Promise<string[]> {
  const before = turns.get(options.store) ?? Promise.resolve();
  const mine = before.then(() => lookAtAll(options, context));
  turns.set(
    options.store,
    mine.catch(() => undefined),
  );
  return mine;
}

/** Gives sentences about what a person should know beside the problems. */
async function lookAtAll({ store, engine, onProbed }: IndexOptions, context: JobContext): Promise<string[]> {
  const { signal } = context;
  const todo = await allUnprobed(store);
  let severalPages = 0;
  context.progress(0, todo.length);
  const step = BATCHES * PROBE_BATCH;
  for (let at = 0; at < todo.length; at += step) {
    signal.throwIfAborted();
    const batch = todo.slice(at, at + step);
    const looks = await lookAt(engine, batch, signal);
    const probes: Probe[] = [];
    for (const { image, probe, pages } of looks) {
      probes.push(probe);
      if (pages > 1) severalPages++;
      if ('problem' in probe) context.problem(image.path, probe.problem);
    }
    await store.inTurn(() => store.setProbes(probes));
    onProbed(probes.map(({ id }) => id));
    context.progress(Math.min(todo.length, at + step), todo.length);
  }
  return severalPages === 0 ? [] : [`${images(severalPages)} ${severalPages === 1 ? 'has' : 'have'} several pages or frames: the first is used.`];
}

interface Look {
  readonly image: UnprobedImage;
  readonly probe: Probe;
  readonly pages: number;
}

async function lookAt(engine: ImagesEngine, batch: readonly UnprobedImage[], signal: AbortSignal): Promise<Look[]> {
  const found = await Promise.all(batch.map((image) => findFile(image).then(({ realPath }) => ({ image, realPath }), (error: unknown) => ({ image, problem: toProblem(error) }))));
  const readable = found.filter((entry) => 'realPath' in entry);
  const results = await probeFiles(engine, readable.map(({ realPath }) => realPath), signal);
  const lost = found.filter((entry) => 'problem' in entry).map(({ image, problem }): Look => ({ image, probe: { id: image.id, problem }, pages: 1 }));
  return [...lost, ...readable.flatMap(({ image }, i) => {
    const result = results[i];
    return result === undefined ? [] : [{ image, probe: toProbe(image.id, result), pages: result.image?.pages ?? 1 }];
  })];
}

async function allUnprobed(store: ImageStore): Promise<UnprobedImage[]> {
  const all: UnprobedImage[] = [];
  for (;;) {
    const page = store.unprobed(PAGE, all.at(-1)?.id ?? 0);
    all.push(...page);
    if (page.length < PAGE) return all;
    // A large project is read in pages, so that calls of the window come between.
    await turn();
  }
}

const images = (n: number): string => (n === 1 ? '1 image' : `${n.toLocaleString('en')} images`);

import { setImmediate as turn } from 'node:timers/promises';
import { basename } from 'node:path';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ImageId, RootId } from '../../src-shared/domain/schema.ts';
import { PROBE_BATCH } from '../engines/images-api.ts';
import type { JobContext, JobRun } from '../jobs/jobs.ts';
import type { Probe } from '../projects/images.ts';
import type { ImagePlace, PlaceFiles } from '../projects/place-files.ts';
import { toProbe } from './check-unchanged.ts';
import { probeFiles } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import { MovedImages } from './find-moved.ts';
import type { KnownImage } from './find-moved.ts';
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
  readonly files: Pick<PlaceFiles, 'noteAdded' | 'paths' | 'after'>;
  /** Does a change when no other one is under way. */
  inTurn<T>(change: () => T): Promise<T>;
}

export type UnprobedImage = ImageFile & { readonly id: ImageId };

export interface IndexOptions {
  readonly store: ImageStore;
  readonly engine: ImagesEngine;
  /** New images are in the list. */
  onAdded(): void;
  /** Says where images are now, in one step of undo. */
  move(label: string, places: readonly ImagePlace[]): Promise<unknown>;
  /** These have been looked at. */
  onProbed(ids: readonly ImageId[]): void;
}

/** Requests to the engine at a time: while one batch is written down the next is being read. */
const BATCHES = 2;
const PAGE = 1_000;

/**
 * The job that adds a folder: first all names, chunk by chunk, so that the list is there at once, then a look at each file.
 * Files that are images whose own files are missing become those images, in one step of undo.
 * Cancelled in the middle, what was added stays; what was not looked at is taken up by `indexImages`.
 */
export function addFolder(options: IndexOptions, folder: string): JobRun {
  return async (context) => {
    const root = await options.store.inTurn(() => {
      const id = options.store.addRoot(folder);
      options.store.files.noteAdded(id);
      return id;
    });
    const { found, added, moved } = await listFolders(options, [{ id: root, path: folder }], context);
    const { unreadable, notes } = await indexAll(options, context);
    const there = found - added - moved;
    const already = there > 0 ? `; ${there.toLocaleString('en')} were there already` : '';
    const what = found === 0 ? `“${basename(folder)}” holds no images.` : `${images(added)} added from “${basename(folder)}”${ofThem(unreadable, added)}${already}.`;
    return [...(moved > 0 && added === 0 ? [] : [what]), ...movedWords(moved), ...notes].join(' ');
  };
}

/** The job that looks for files that have come into folders of the project since. @param asked whether it says so when there are none */
export function findNewImages(options: IndexOptions, folders: readonly { readonly id: RootId; readonly path: string }[], asked: boolean): JobRun {
  return async (context) => {
    const { added, moved } = await listFolders(options, folders, context);
    const { unreadable, notes } = await indexAll(options, context);
    const words = [...(added > 0 ? [`${images(added)} added${ofThem(unreadable, added)}.`] : []), ...movedWords(moved), ...notes];
    if (words.length > 0) return words.join(' ');
    return asked ? 'No new images.' : null;
  };
}

/** How many of the images that were added cannot be read; the list of failures names them. */
function ofThem(unreadable: number, added: number): string {
  const bad = Math.min(unreadable, added);
  return bad === 0 ? '' : added === 1 ? ', which cannot be read' : `, ${bad.toLocaleString('en')} of which cannot be read`;
}

const movedWords = (moved: number): string[] => (moved === 0 ? [] : [`${images(moved)} found at ${moved === 1 ? 'its' : 'their'} new place.`]);

/** Lists the files of folders that the project does not have. Gives how many there are, are new, and are images that were missing. */
async function listFolders(options: IndexOptions, folders: readonly { readonly id: RootId; readonly path: string }[], context: JobContext): Promise<{ found: number; added: number; moved: number }> {
  const { store } = options;
  const missing = new MovedImages(() => allImages(store), options.engine, context.signal);
  let found = 0;
  let added = 0;
  const add = async (root: RootId, files: readonly string[]): Promise<void> => {
    if (files.length === 0) return;
    const fresh = await store.inTurn(() => store.addImages(root, files));
    added += fresh;
    if (fresh > 0) options.onAdded();
  };
  for (const { id: root, path: folder } of folders) {
    const known = store.files.paths(root);
    for await (const { files, problems } of scanFolder(folder, { signal: context.signal })) {
      found += files.length;
      await add(root, await missing.sift(root, folder, files.filter((file) => !known.has(file))));
      for (const problem of problems) context.problem(problem.item ?? folder, problem);
      context.progress(found, null);
      // Between two chunks of one large folder nothing else waits, and calls of the window would.
      await turn();
    }
  }
  const { moved, left } = missing.end();
  for (const { root, path } of left) await add(root, [path]);
  if (moved.length > 0) {
    await options.move(moved.length === 1 ? 'Find 1 image at its new place' : `Find ${images(moved.length)} at their new place`, moved);
    await store.inTurn(() => store.setProbes(moved.map(({ probe }) => probe)));
    options.onAdded();
  }
  return { found, added, moved: moved.length };
}

async function* allImages(store: ImageStore): AsyncGenerator<readonly KnownImage[]> {
  for (let last = 0; ; ) {
    const page = store.files.after(last, PAGE);
    yield page;
    if (page.length < PAGE) return;
    last = page.at(-1)?.id ?? 0;
  }
}

/** The job that looks at the files that an earlier run of the program did not come to. */
export function indexImages(options: IndexOptions): JobRun {
  return async (context) => {
    const { notes } = await indexAll(options, context);
    return notes.length === 0 ? null : notes.join(' ');
  };
}

/** One at a time for each project: two jobs would look at the same files. */
const turns = new WeakMap<ImageStore, Promise<unknown>>();

function indexAll(options: IndexOptions, context: JobContext): Promise<LookedAt> {
  const before = turns.get(options.store) ?? Promise.resolve();
  const mine = before.then(() => lookAtAll(options, context));
  turns.set(
    options.store,
    mine.catch(() => undefined),
  );
  return mine;
}

interface LookedAt {
  /** Images that cannot be read. */
  readonly unreadable: number;
  /** Sentences about what a person should know beside those. */
  readonly notes: readonly string[];
}

async function lookAtAll({ store, engine, onProbed }: IndexOptions, context: JobContext): Promise<LookedAt> {
  const { signal } = context;
  const todo = await allUnprobed(store);
  let severalPages = 0;
  let unreadable = 0;
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
      if (!('problem' in probe)) continue;
      unreadable++;
      context.problem(image.path, probe.problem);
    }
    await store.inTurn(() => store.setProbes(probes));
    onProbed(probes.map(({ id }) => id));
    context.progress(Math.min(todo.length, at + step), todo.length);
  }
  return { unreadable, notes: severalPages === 0 ? [] : [`${images(severalPages)} ${severalPages === 1 ? 'has' : 'have'} several pages or frames: the first is used.`] };
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

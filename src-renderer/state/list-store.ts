import { create } from 'zustand';
import type { ImageFilter, ImageRow } from '../../src-shared/contract/types.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { notifyError } from './notices-store.ts';
import { rowWith, rowWithPending } from './pending-edits.ts';
import { projectHandle } from './project-store.ts';

export type PreparedState = 'preparing' | 'ready' | 'failed';

interface ListState {
  readonly filter: ImageFilter;
  /** Ids that pass the filter, in the project's order; null until the first answer. */
  readonly ids: Uint32Array | null;
  /** What is known of images, fetched as they come into view. */
  readonly rows: ReadonlyMap<ImageId, ImageRow>;
  readonly prepared: ReadonlyMap<ImageId, PreparedState>;
}

const START: ListState = { filter: { name: '', status: 'all' }, ids: null, rows: new Map(), prepared: new Map() };
export const useList = create<ListState>(() => START);

/** Rows of one call, and how many are kept: at about 300 bytes each a few megabytes. */
const BATCH = 200;
const KEPT_ROWS = 6_000;

/** ids as the contract carries them: 32-bit little-endian, at any byte offset. */
function decodeIds(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getUint32(i * 4, true));
}

let wanted = new Set<ImageId>();
/** The rows on screen, as far as the list has said. */
let inView: readonly ImageId[] = [];
/** Counts projects, so that an answer for an earlier one is not taken for this one's. */
let generation = 0;
/** The generation whose rows are being asked for. */
let asking: number | null = null;

export function resetList(): void {
  generation += 1;
  wanted = new Set();
  inView = [];
  useList.setState(START, true);
}

/** Asks for the ids that pass a filter. */
export async function idsOf(filter: ImageFilter): Promise<Uint32Array> {
  const project = projectHandle();
  if (project === null) return new Uint32Array();
  return decodeIds((await call('images.ids', { project, filter })).ids);
}

let newestIds = 0;
async function fetchIds(): Promise<void> {
  newestIds += 1;
  const sequence = newestIds;
  const started = generation;
  try {
    const ids = await idsOf(useList.getState().filter);
    if (sequence === newestIds && started === generation) useList.setState({ ids });
  } catch (error) {
    // A project that was left meanwhile has nothing more to say.
    if (started === generation) throw error;
  }
}

export const refreshIds = coalesced(fetchIds, 250, notifyError);

/** The first list of a project: awaited, so that the first image can be chosen from it. */
export const loadIds = fetchIds;

export function setFilter(change: Partial<ImageFilter>): void {
  useList.setState(({ filter }) => ({ filter: { ...filter, ...change } }));
  refreshIds();
}

/** Undefined: whatever instances an image has. */
export function setInstancesFilter(instances: ImageFilter['instances']): void {
  useList.setState(({ filter: { instances: _before, ...others } }) => ({ filter: instances === undefined ? others : { ...others, instances } }));
  refreshIds();
}

/** Shows the images that pass this and nothing else. */
export function showOnly(filter: Partial<ImageFilter>): void {
  useList.setState({ filter: { ...START.filter, ...filter } });
  refreshIds();
}

/** Shows the images of one split, of none (its name null), or of all. */
export function setSplitFilter(split: { readonly name: string | null } | null): void {
  useList.setState(({ filter: { split: _before, ...others } }) => ({ filter: split === null ? others : { ...others, split } }));
  refreshIds();
}

/** Makes sure these rows are known or on their way. Cheap to call while scrolling. */
export function wantRows(ids: Iterable<ImageId>): void {
  const { rows } = useList.getState();
  inView = [...ids];
  for (const id of inView) if (!rows.has(id)) wanted.add(id);
  void askForRows();
}

/**
 * These rows are stale: those that are known are asked for again, and stay on show until the answer.
 * Null: all are. Then those out of view are forgotten, for they are asked for when they come into view.
 */
export function refreshRows(ids: Iterable<ImageId> | null): void {
  const { rows } = useList.getState();
  if (ids === null) useList.setState({ rows: new Map([...rows].filter(([id]) => inView.includes(id))) });
  for (const id of ids ?? inView) if (rows.has(id)) wanted.add(id);
  void askForRows();
}

export function putRow(row: ImageRow): void {
  putRows([row]);
}

function putRows(fresh: readonly ImageRow[]): void {
  useList.setState(({ rows }) => {
    const next = new Map(rows);
    for (const row of fresh) {
      next.delete(row.id);
      next.set(row.id, rowWithPending(row));
    }
    for (const id of next.keys()) {
      if (next.size <= KEPT_ROWS) break;
      next.delete(id);
    }
    return { rows: next };
  });
}

async function askForRows(): Promise<void> {
  if (asking === generation) return;
  const started = generation;
  asking = started;
  const isOurs = (): boolean => started === generation;
  try {
    // One turn later, so that all that is wanted in this one makes one call.
    await Promise.resolve();
    while (isOurs() && wanted.size > 0) {
      const project = projectHandle();
      if (project === null) return;
      // The newest wishes first: while a person scrolls fast, what was passed can wait.
      const ids = [...wanted].slice(-BATCH);
      for (const id of ids) wanted.delete(id);
      const fresh = await call('images.rows', { project, ids });
      if (isOurs()) putRows(fresh);
    }
  } catch (error) {
    // A project that was left meanwhile has nothing more to say.
    if (isOurs()) notifyError(error);
  } finally {
    if (asking === started) asking = null;
  }
}

/** Images are made ready one at a time: what was under way before this one was given up. */
export function setPrepared(image: ImageId, state: PreparedState): void {
  useList.setState(({ prepared }) => ({ prepared: new Map([...prepared].filter(([, s]) => s !== 'preparing')).set(image, state) }));
}

/** Nothing is ready any more: another model is to make it so. */
export function resetPrepared(): void {
  useList.setState({ prepared: new Map() });
}

/** Shows what an edit makes of the rows that are known, before main has made it. */
export function showInRows(edits: readonly Edit[]): void {
  useList.setState(({ rows }) => ({ rows: new Map([...rows].map(([id, row]) => [id, rowWith(row, edits)])) }));
}

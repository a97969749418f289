import { t } from 'i18next';
import { create } from 'zustand';
import type { AutomaticCandidate, AutomaticSearch } from '../../src-shared/contract/automatic.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import type { ClassId, ImageId, Instance } from '../../src-shared/domain/schema.ts';
import { acceptedCandidates, labeledCandidates } from '../../src-shared/sam/automatic/accepted.ts';
import type { OverlayCandidate } from '../canvas/types.ts';
import { call } from './backend.ts';
import { passing, startingFilters } from './automatic-filters.ts';
import type { Filters } from './automatic-filters.ts';
import { candidateColour } from './candidate-colour.ts';
import { applyEdit, keepOrWrite, openProject, useEdits } from './edits.ts';
import { receiveInstances, select, useImage } from './image-store.ts';
import { notifyError } from './notices-store.ts';
import { className, isReadOnly, projectHandle, useProject } from './project-store.ts';
import { showClassPicker } from './ui-store.ts';

/** How a person wants images searched; the rest is as the official generator has it. */
export interface SearchWishes {
  readonly pointsPerSide: number;
  readonly cropLayers: number;
  /** Pixels: smaller holes and islands are removed. */
  readonly smallestRegion: number;
}

interface AutomaticState {
  /** The image that the following is about: the current one, or null. */
  readonly image: ImageId | null;
  /** Null while main has not answered, or has none. */
  readonly candidates: readonly AutomaticCandidate[] | null;
  /** Main has answered. */
  readonly known: boolean;
  readonly model: string | null;
  /** The same as the canvas wants them. */
  readonly overlay: readonly OverlayCandidate[];
  /** What a person has set; null: as the image asks for. */
  readonly chosen: Filters | null;
  /** In force. */
  readonly filters: Filters;
  /** How many pass the filters, those already taken or put away included. */
  readonly passed: number;
  /** On show, in painting order: largest first. */
  readonly shown: readonly OverlayCandidate[];
  readonly highlighted: number | null;
  /** The one highlighted last by keys, which is then told to those who do not see it. */
  readonly reached: number | null;
  /** Put away as not wanted, by image. */
  readonly unwanted: ReadonlyMap<ImageId, ReadonlySet<number>>;
  /** Taken, and their instances not there yet. */
  readonly taking: ReadonlySet<number>;
  /** Waiting for a class. */
  readonly toTake: readonly number[];
  readonly wishes: SearchWishes;
  /** Search each image that is opened while the tool is in hand. */
  readonly onEachImage: boolean;
  /** Asked for, and no job heard of yet. */
  readonly starting: boolean;
  /** With finds on show, the person looks at how to search anew. */
  readonly again: boolean;
}

const NO_IDS: ReadonlySet<number> = new Set();
const NOTHING = { candidates: null, known: false, model: null, overlay: [], passed: 0, shown: [], highlighted: null, reached: null, taking: NO_IDS, toTake: [], starting: false, again: false } as const;

export const useAutomatic = create<AutomaticState>(() => ({
  ...NOTHING, image: null, chosen: null, filters: startingFilters([], 1), unwanted: new Map(), wishes: { pointsPerSide: 32, cropLayers: 0, smallestRegion: 0 }, onEachImage: false,
}));

/** Official use with crops halves the points from layer to layer (automatic_mask_generator_example of segment-anything). */
export function searchOf({ pointsPerSide, cropLayers, smallestRegion }: SearchWishes): Required<AutomaticSearch> {
  return { points_per_side: pointsPerSide, crop_n_layers: cropLayers, crop_n_points_downscale_factor: cropLayers > 0 ? 2 : 1, min_mask_region_area: smallestRegion };
}

/** Turns to another image, or to none: what belonged to the one before goes. */
export function turnTo(image: ImageId | null): void {
  if (useAutomatic.getState().image === image) return;
  useAutomatic.setState({ ...NOTHING, image });
}

/** Grows with each question for candidates; the answer to an older one is never shown. */
let newest = 0;

/** Fetches what main has for the image. */
export async function fetchCandidates(): Promise<void> {
  const { image } = useAutomatic.getState();
  const project = projectHandle();
  if (image === null || project === null) return;
  newest += 1;
  const sequence = newest;
  try {
    const { candidates, model } = await call('automatic.candidates', { project, image });
    if (sequence !== newest || useAutomatic.getState().image !== image || projectHandle() !== project) return;
    receive(candidates, model);
  } catch (error) {
    if (sequence === newest && useAutomatic.getState().image === image) notifyError(error);
  }
}

function receive(candidates: readonly AutomaticCandidate[] | null, model: string | null): void {
  const { overlay: before, candidates: last } = useAutomatic.getState();
  // An id is given once: what is known already stays the same object, and need not be painted anew.
  const known = last === null ? new Map<number, OverlayCandidate>() : new Map(before.map((c) => [c.id, c]));
  const overlay = (candidates ?? []).map((candidate, n) => known.get(candidate.id) ?? overlayOf(candidate, n));
  useAutomatic.setState({ candidates, model, overlay, known: true });
  refreshShown();
}

function overlayOf({ id, size, counts, box }: AutomaticCandidate, n: number): OverlayCandidate {
  return {
    id,
    shape: { kind: 'mask', size: [size[0], size[1]], counts: counts.slice() },
    box: { x: box.x0, y: box.y0, width: box.x1 - box.x0 + 1, height: box.y1 - box.y0 + 1 },
    colour: candidateColour(n),
  };
}

const pixelsOf = (candidates: readonly AutomaticCandidate[]): number => (candidates[0] === undefined ? 1 : candidates[0].size[0] * candidates[0].size[1]);

/** Comparing masks takes longer than moving a slider may: what was found for these is kept. */
let compared: { readonly candidates: readonly AutomaticCandidate[]; readonly instances: readonly Instance[]; readonly taken: ReadonlySet<number> } | null = null;

/** Candidates that are instances, or whose object was labeled with another tool. */
function takenAlready(candidates: readonly AutomaticCandidate[], instances: readonly Instance[], model: string): ReadonlySet<number> {
  if (compared?.candidates !== candidates || compared.instances !== instances) {
    const accepted = acceptedCandidates(candidates, instances, model);
    compared = { candidates, instances, taken: new Set([...accepted, ...labeledCandidates(candidates.filter(({ id }) => !accepted.has(id)), instances)]) };
  }
  return compared.taken;
}

/** Chooses anew what is on show: after the filters, the instances or what is not wanted have changed. No inference. */
export function refreshShown(): void {
  const { candidates, overlay, chosen, model, unwanted, taking, image, highlighted, shown: before } = useAutomatic.getState();
  const all = candidates ?? [];
  const filters = chosen ?? startingFilters(all, pixelsOf(all));
  const passed = passing(all, filters, pixelsOf(all));
  const accepted = model === null ? NO_IDS : takenAlready(all, useImage.getState().instances, model);
  const away = (image === null ? undefined : unwanted.get(image)) ?? NO_IDS;
  // Taken and unwanted ones go only now: they still suppress their like, which would else come up in their place.
  const now = passed.flatMap((index) => overlay[index] ?? []).filter(({ id }) => !accepted.has(id) && !away.has(id) && !taking.has(id));
  const same = now.length === before.length && now.every((c, i) => c === before[i]);
  useAutomatic.setState({
    filters,
    passed: passed.length,
    ...(same ? {} : { shown: now }),
    highlighted: now.some(({ id }) => id === highlighted) ? highlighted : null,
  });
}

export function setFilters(change: Partial<Filters>): void {
  useAutomatic.setState(({ filters }) => ({ chosen: { ...filters, ...change } }));
  refreshShown();
}

/** Back to where the sliders start. */
export function resetFilters(): void {
  useAutomatic.setState({ chosen: null });
  refreshShown();
}

export function setWishes(change: Partial<SearchWishes>): void {
  useAutomatic.setState(({ wishes }) => ({ wishes: { ...wishes, ...change } }));
}

/** The search of an image that runs or waits its turn; null when there is none. */
export function runningSearch(jobs: Iterable<Job>, image: ImageId | null): Job | null {
  const project = projectHandle();
  return [...jobs].findLast((j) => j.kind === 'automatic' && j.project === project && j.subject === String(image) && j.state === 'running') ?? null;
}

/** Searches the current image for everything in it. */
export async function findEverything(): Promise<void> {
  const { image, starting, wishes } = useAutomatic.getState();
  const project = projectHandle();
  if (image === null || project === null || starting || isReadOnly()) return;
  useAutomatic.setState({ starting: true, again: false });
  try {
    await call('automatic.start', { project, image, options: searchOf(wishes) });
  } catch (error) {
    notifyError(error);
  }
  if (useAutomatic.getState().image === image) useAutomatic.setState({ starting: false });
}

export function highlightCandidate(id: number | null): void {
  useAutomatic.setState({ highlighted: id });
}

/** Goes to the next (1) or previous (-1) candidate on show, the largest first. */
export function cycleHighlight(by: 1 | -1): void {
  const { shown, highlighted } = useAutomatic.getState();
  const at = shown.findIndex(({ id }) => id === highlighted);
  const to = at < 0 ? (by === 1 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length;
  const id = shown[to]?.id ?? null;
  useAutomatic.setState({ highlighted: id, reached: id });
}

export function hideCandidate(id: number): void {
  const { image, unwanted } = useAutomatic.getState();
  if (image === null) return;
  useAutomatic.setState({ unwanted: new Map(unwanted).set(image, new Set([...(unwanted.get(image) ?? []), id])) });
  refreshShown();
}

/** Shows again what was put away on the current image. */
export function showUnwanted(): void {
  const { image, unwanted } = useAutomatic.getState();
  useAutomatic.setState({ unwanted: new Map([...unwanted].filter(([other]) => other !== image)) });
  refreshShown();
}

/** Milliseconds within which a second click belongs to the first: it must not take what lay under the mask just taken. */
const DOUBLE_CLICK_MS = 400;
let lastClick = -Infinity;

/** What a gesture on the canvas took. */
export function takeByGesture(ids: readonly number[], by: 'click' | 'drag'): void {
  if (by === 'drag') {
    takeCandidates(ids);
    return;
  }
  const now = performance.now();
  if (now - lastClick >= DOUBLE_CLICK_MS) takeCandidates(ids);
  lastClick = now;
}

/** Makes instances of the active class of these candidates; in a project without an active one, asks for a class first. */
export function takeCandidates(ids: readonly number[]): void {
  if (ids.length === 0 || isReadOnly()) return;
  const { activeClass } = useProject.getState();
  useAutomatic.setState({ toTake: ids });
  if (activeClass === null) showClassPicker('take');
  else void takeAs(activeClass);
}

/**
 * Makes instances of what waits for a class, in one step of undo. They go from the overlay at once; when they are refused
 * they come back, and when the disk refuses they are kept like any edit.
 */
export async function takeAs(classId: ClassId | null): Promise<void> {
  const { image, toTake: ids } = useAutomatic.getState();
  if (image === null || ids.length === 0) return;
  setTaking([...useAutomatic.getState().taking, ...ids]);
  useAutomatic.setState({ toTake: [] });
  const label = ids.length === 1 ? t('edit.add', { name: className(classId) }) : t('edit.addMany', { count: ids.length, name: className(classId) });
  const stored = await keepOrWrite(label, async () => {
    const project = openProject();
    const { instances, edit } = await call('automatic.accept', { project, image, candidates: [...ids], class: classId, label });
    if (!applyEdit(project, edit)) return true;
    receiveInstances({ set: instances, removed: [] }, new Map());
    if (useImage.getState().current === image) select([]);
    return true;
  });
  if (useAutomatic.getState().image !== image) return;
  const kept = stored === null && useEdits.getState().kept.length > 0;
  if (!kept) setTaking([...useAutomatic.getState().taking].filter((id) => !ids.includes(id)));
}

function setTaking(ids: Iterable<number>): void {
  useAutomatic.setState({ taking: new Set(ids) });
  refreshShown();
}

/** What the disk refused has been written or given up: nothing is under way any more. */
export function forgetTaking(): void {
  if (useAutomatic.getState().taking.size > 0) setTaking([]);
}

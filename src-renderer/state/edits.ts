import { create } from 'zustand';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { EditResult, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import type { InstanceId } from '../../src-shared/domain/schema.ts';
import { call } from './backend.ts';
import { forgetOrder, noteGiven, noteMaking, sendInOrder } from './edit-order.ts';
import { forgetAhead, receiveInstances, refreshImage, select, showInstances, useImage } from './image-store.ts';
import { refreshRows, showInRows } from './list-store.ts';
import { notifyError } from './notices-store.ts';
import { addPending, clearPending, infoWith, namePending, takePending, withEdit, type PendingEdit } from './pending-edits.ts';
import { planShown } from './plan-shown.ts';
import { projectHandle, refreshInfo, useProject } from './project-store.ts';

/** An edit that the disk refused: kept in the page until it is written. */
interface KeptEdit {
  readonly label: string;
  /** Of what is on show meanwhile; null for nothing. */
  readonly request: string | null;
  run(): Promise<void>;
}

interface EditsState {
  /** In the order they were made. While there are any, nothing is called saved. */
  readonly kept: readonly KeptEdit[];
  readonly problem: Problem | null;
  readonly retrying: boolean;
}

export const useEdits = create<EditsState>(() => ({ kept: [], problem: null, retrying: false }));

/** What the disk may refuse today and take tomorrow. */
const KEEP_ON: ReadonlySet<string> = new Set(['disk-full', 'io']);

/** The number of the last edit that was taken in. */
let newest = 0;
let requests = 0;

/**
 * Brings every view in step with an edit, made in this window or in another. A window learns of its own edits twice, by
 * the answer and with everybody else: the second time does nothing.
 *
 * @returns whether it is one of the project on show. The images of another one have the same ids.
 */
export function applyEdit(project: ProjectHandle, edit: EditResult): boolean {
  if (project !== projectHandle()) return false;
  if (edit.number <= newest) return true;
  newest = edit.number;
  useProject.setState(({ info }) => ({ info: info === null ? null : { ...info, undo: edit.undo, savedAt: edit.savedAt } }));
  const own = takePending(edit.request);
  const ids = own === null ? new Map<InstanceId, InstanceId>() : realIdsOf(own, edit);
  const images = edit.manyImages ? null : edit.images;
  forgetAhead(images);
  refreshRows(images);
  refreshInfo();
  const { current } = useImage.getState();
  if (edit.instances !== null) receiveInstances(edit.instances, ids);
  else if (current !== null && (images === null || images.includes(current))) {
    // Until the answer it stays as it was shown.
    if (own !== null) showInstances(withEdit(useImage.getState().stored, own, current));
    refreshImage();
  }
  return true;
}

const pairs = (made: readonly (number | null)[], real: readonly number[]): [number, number][] =>
  made.flatMap((id, i) => (id === null || real[i] === undefined ? [] : [[id, real[i]] as [number, number]]));

/** The ids that main gave to the instances that a window had shown before. Those of classes are put in place. */
function realIdsOf(pending: PendingEdit, { created }: EditResult): ReadonlyMap<InstanceId, InstanceId> {
  const instances = pairs(pending.made.instances, created.instances);
  const classes = pairs(pending.made.classes, created.classes);
  noteGiven([...instances, ...classes]);
  namePending(new Map(instances));
  if (classes.length > 0) {
    const real = new Map(classes);
    useProject.setState(({ info, activeClass }) => ({
      info: info === null ? null : { ...info, classes: info.classes.map((cls) => ({ ...cls, id: real.get(cls.id) ?? cls.id })) },
      activeClass: activeClass === null ? null : (real.get(activeClass) ?? activeClass),
    }));
  }
  return new Map(instances);
}

/**
 * Makes one undoable step. It shows at once; a refused edit is taken back and its reason shown, except when the disk
 * is full or broken: then it is kept, with everything after it, until it can be written.
 *
 * @param then 'select': what is made is selected, from the moment it shows
 * @returns what was made, or null when it was refused or kept.
 */
export async function edit(label: string, commands: EditCommand[], then: 'select' | null = null): Promise<EditResult | null> {
  if (projectHandle() === null) return null;
  requests += 1;
  const request = String(requests);
  const plan = planShown(commands);
  addPending({ request, ...plan });
  show(plan.edits);
  if (then === 'select') select(plan.made.instances.filter((id) => id !== null));
  const write = async (): Promise<EditResult> => {
    const project = openProject();
    const result = await sendInOrder(commands, (real) => call('project.edit', { project, label, commands: real, request }));
    applyEdit(project, result);
    return result;
  };
  const answer = keepOrWrite(label, write, request);
  noteMaking([...plan.made.instances, ...plan.made.classes], answer);
  return answer;
}

/** Shows what edits do to classes, rows and instances. The instances follow from what is pending. */
function show(edits: readonly Edit[]): void {
  if (edits.length === 0) return;
  useProject.setState(({ info }) => ({ info: info === null ? null : infoWith(info, edits) }));
  showInRows(edits);
  showInstances();
}

/** What was shown of an edit is taken back: it was refused. */
function takeBack(request: string | null): void {
  takePending(request);
  showInstances();
  refreshImage();
  refreshInfo();
  const { current } = useImage.getState();
  refreshRows(current === null ? [] : [current]);
}

/** The project as it is open now: after a lost connection it may have another handle than when an edit was made. */
export function openProject(): ProjectHandle {
  const project = projectHandle();
  if (project === null) throw new MaskwrightError('project-closed', 'The project was closed before this edit could be saved. Open it again.');
  return project;
}

/**
 * Runs a write in its turn. Exported for what is stored by another call than `project.edit`.
 * @param request of the edit that is shown meanwhile, and taken back when it is refused; null for none
 */
export async function keepOrWrite<R>(label: string, write: () => Promise<R>, request: string | null = null): Promise<R | null> {
  const keep = (problem: Problem): null => {
    useEdits.setState(({ kept }) => ({ problem, kept: [...kept, { label, request, run: async () => void (await write()) }] }));
    return null;
  };
  const waiting = useEdits.getState().problem;
  if (waiting !== null) {
    keep(waiting);
    await retryKept();
    return null;
  }
  try {
    return await write();
  } catch (error) {
    const problem = toProblem(error);
    if (KEEP_ON.has(problem.code)) return keep(problem);
    notifyError(error);
    takeBack(request);
    return null;
  }
}

/** Writes what was kept, in order, until the disk refuses again. */
export async function retryKept(): Promise<void> {
  if (useEdits.getState().retrying) return;
  useEdits.setState({ retrying: true });
  for (let next = useEdits.getState().kept[0]; next !== undefined; next = useEdits.getState().kept[0]) {
    // One after another: a later edit may rest on an earlier one.
    const problem = await tried(next);
    if (problem !== null) {
      useEdits.setState({ problem, retrying: false });
      return;
    }
    const settled = next;
    useEdits.setState(({ kept }) => ({ kept: kept.filter((k) => k !== settled) }));
  }
  useEdits.setState({ problem: null, retrying: false });
}

/** Tries a kept edit again. @returns why it must be kept still, or null when it is settled: written, or refused for good and that said. */
async function tried(kept: KeptEdit): Promise<Problem | null> {
  try {
    await kept.run();
  } catch (error) {
    const problem = toProblem(error);
    if (KEEP_ON.has(problem.code)) return problem;
    notifyError(error);
    takeBack(kept.request);
  }
  return null;
}

export function forgetKept(): void {
  clearPending();
  useEdits.setState({ kept: [], problem: null, retrying: false });
}

/** Another run of the program may be there, or another project: edits are counted anew. */
export function countAnew(): void {
  newest = 0;
  forgetOrder();
}

/** Gives up what was kept, at a person's word, and shows what is stored. */
export function discardKept(): void {
  forgetKept();
  showInstances();
  refreshImage();
  refreshInfo();
  refreshRows(null);
}

import { create } from 'zustand';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { EditCommand, EditResult, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { Instance } from '../../src-shared/domain/schema.ts';
import { call } from './backend.ts';
import { forgetAhead, refreshImage, useImage } from './image-store.ts';
import { refreshRows, showStatus } from './list-store.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle, refreshInfo, useProject } from './project-store.ts';

/** An edit that the disk refused: kept in the page until it is written. */
interface KeptEdit {
  readonly label: string;
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

/** Brings every view in step with an edit, made in this window or in another. */
export function applyEdit(edit: EditResult): void {
  useProject.setState(({ info }) => ({ info: info === null ? null : { ...info, undo: edit.undo, savedAt: edit.savedAt } }));
  const images = edit.manyImages ? null : edit.images;
  forgetAhead(images);
  refreshRows(images);
  refreshInfo();
  const { current } = useImage.getState();
  if (current !== null && (images === null || images.includes(current))) refreshImage();
}

/**
 * Makes one undoable step. It shows at once; a refused edit is taken back and its reason shown, except when the disk
 * is full or broken: then it is kept, with everything after it, until it can be written.
 *
 * @returns what was made, or null when it was refused or kept.
 */
export async function edit(label: string, commands: EditCommand[]): Promise<EditResult | null> {
  if (projectHandle() === null) return null;
  for (const command of commands) show(command);
  const write = async (): Promise<EditResult> => {
    const result = await call('project.edit', { project: openProject(), label, commands });
    applyEdit(result);
    return result;
  };
  return keepOrWrite(label, write);
}

/** The project as it is open now: after a lost connection it may have another handle than when an edit was made. */
export function openProject(): ProjectHandle {
  const project = projectHandle();
  if (project === null) throw new MaskwrightError('project-closed', 'The project was closed before this edit could be saved. Open it again.');
  return project;
}

/** Runs a write in its turn. Exported for what is stored by another call than `project.edit`. */
export async function keepOrWrite<R>(label: string, write: () => Promise<R>): Promise<R | null> {
  const keep = (problem: Problem): null => {
    useEdits.setState(({ kept }) => ({ problem, kept: [...kept, { label, run: async () => void (await write()) }] }));
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
    refreshImage();
    refreshInfo();
    const { current } = useImage.getState();
    if (current !== null) refreshRows([current]);
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
    refreshImage();
    refreshInfo();
  }
  return null;
}

const change = (map: (instances: readonly Instance[]) => readonly Instance[]): void => useImage.setState(({ instances }) => ({ instances: map(instances) }));

/** Shows what a command will do, where that is certain without main. */
function show(command: EditCommand): void {
  switch (command.type) {
    case 'instance.update': {
      const { class: label, ids } = command;
      if (label === undefined) return;
      const touched = new Set(ids);
      change((all) => all.map((i) => (touched.has(i.id) ? { ...i, class: label } : i)));
      return;
    }
    case 'instance.remove': {
      const gone = new Set(command.ids);
      change((all) => all.filter((i) => !gone.has(i.id)));
      useImage.setState(({ selection }) => ({ selection: new Set([...selection].filter((id) => !gone.has(id))) }));
      return;
    }
    case 'class.update': {
      const { id, name, colour, key } = command;
      useProject.setState(({ info }) => ({
        info: info === null ? null : {
          ...info,
          classes: info.classes.map((c) => (c.id === id ? { ...c, name: name ?? c.name, colour: colour ?? c.colour, key: key === undefined ? c.key : key } : c)),
        },
      }));
      return;
    }
    case 'image.status':
      for (const id of command.ids) showStatus(id, command.status);
      return;
    default:
  }
}

export function forgetKept(): void {
  useEdits.setState({ kept: [], problem: null, retrying: false });
}

/** Gives up what was kept, at a person's word, and shows what is stored. */
export function discardKept(): void {
  forgetKept();
  refreshImage();
  refreshInfo();
  refreshRows(null);
}

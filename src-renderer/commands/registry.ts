import { t } from 'i18next';
import { cycleHighlight, findEverything, hideCandidate, runningSearch, takeCandidates, useAutomatic } from '../state/automatic-store.ts';
import { call } from '../state/backend.ts';
import { useApp } from '../state/app-store.ts';
import { dismissCoach, useCoach } from '../state/coach-marks.ts';
import { useEdits } from '../state/edits.ts';
import { redo, redoes, undo, undoes } from '../state/history.ts';
import { select, showOnly, toggleHidden, useImage } from '../state/image-store.ts';
import { currentLimits } from '../state/model-limits.ts';
import { doneAndNext, step, stepToNotDone, toggleDone } from '../state/navigation.ts';
import { useJobs } from '../state/jobs-store.ts';
import { notify, notifyError } from '../state/notices-store.ts';
import { accept, duplicateSelected, pickClass, removeInstances } from '../state/objects.ts';
import { classes, isReadOnly, projectHandle, useProject } from '../state/project-store.ts';
import { cancelPrompt, canAccept, canPutBack, cycleCandidate, promptPoint, removeLastPoint, usePrompt } from '../state/prompt-store.ts';
import { reviewing } from '../state/replay-store.ts';
import { closeProject, openSample } from '../state/session.ts';
import { DRAWING_TOOLS, setTool, showClassPicker, showDialog, useUi } from '../state/ui-store.ts';
import type { DatasetTab } from '../state/ui-store.ts';
import type { ToolId } from '../canvas/types.ts';
import { canvasHasFocus, crosshair, focusCanvas, onCanvas } from './canvas-handle.ts';
import { CHECK_COMMANDS } from './check-commands.ts';
import { REVIEW_COMMANDS } from './review-commands.ts';
import type { Command } from './types.ts';

const hasProject = (): boolean => projectHandle() !== null;
const hasImage = (): boolean => useImage.getState().current !== null;
const hasPicture = (): boolean => (useImage.getState().open?.pyramid ?? null) !== null;
const hasDraft = (): boolean => usePrompt.getState().session !== null;
const hasSelection = (): boolean => useImage.getState().selection.size > 0;
const hasInstances = (): boolean => useImage.getState().instances.length > 0;
const writable = (): boolean => !isReadOnly();
const selected = (): number[] => [...useImage.getState().selection];
const allIds = (): number[] => useImage.getState().instances.map((i) => i.id);

const ZOOM_STEP = 1.25;

const tool = (id: ToolId, key: string): Command => ({
  id: `tool.${id}`,
  title: `command.tool.${id}`,
  group: 'tools',
  keys: [key],
  when: () => (DRAWING_TOOLS.has(id) ? writable() : hasProject()) && (id !== 'smart-box' || currentLimits()?.box !== false),
  run: () => takeUp(id),
});

/** A tool is taken up to be used, and its keys are those of the canvas. Whoever goes through the tools by keyboard stays there. */
function takeUp(id: ToolId): void {
  setTool(id);
  if (document.activeElement?.closest('.rail') == null) focusCanvas();
}

const classKey = (key: number): Command => ({
  id: `object.class${key}`,
  title: `command.class${key}`,
  group: 'objects',
  keys: [`Digit${key}`, `Numpad${key}`],
  keyOnly: true,
  when: () => writable() && classes().some((c) => c.key === key),
  run: async () => {
    const found = classes().find((c) => c.key === key);
    if (found !== undefined) await pickClass(found.id);
  },
});

const datasetTab = (tab: DatasetTab): Command => ({ id: `dataset.${tab}`, title: `command.${tab}`, group: 'dataset', keys: [], when: hasProject, run: () => showDialog({ kind: 'dataset', tab }) });

/** Whether the keyboard can place points; Shift goes ten steps. */
const points = (): boolean => useUi.getState().tool === 'smart-point' && hasPicture() && writable();

const crosshairKey = (key: string, dx: number, dy: number): Command => ({
  id: `draw.crosshair.${key}`,
  title: key.startsWith('Shift+') ? 'command.crosshairFar' : 'command.crosshair',
  group: 'drawing',
  keys: [key],
  keyOnly: true,
  when: () => points() && canvasHasFocus(),
  run: () => onCanvas((c) => c.moveCrosshair(dx, dy)),
});

function placePoint(label: 0 | 1): void {
  const at = crosshair();
  if (at !== null) promptPoint(at, label);
}

/** Whether candidates of everything mode lie over the image. */
const overlaid = (): boolean => inEverything() && useAutomatic.getState().shown.length > 0;
const inEverything = (): boolean => useUi.getState().tool === 'everything' && hasPicture();
const highlighted = (): number | null => (overlaid() ? useAutomatic.getState().highlighted : null);
/** Whether the image can be searched now: it has a picture, and is not being searched already. */
const searchable = (): boolean => {
  const running = runningSearch(useJobs.getState().jobs.values(), useImage.getState().current);
  return hasPicture() && writable() && !useAutomatic.getState().starting && useApp.getState().sam?.state !== 'failed' && running === null;
};

/** With whatever tool is in hand: what is found is shown by its own. */
async function findAll(): Promise<void> {
  setTool('everything');
  await findEverything();
}

function acceptShown(): void | Promise<void> {
  if (canAccept()) return accept();
  const id = highlighted();
  if (id !== null) takeCandidates([id]);
}

/** Esc undoes the smallest thing first: the draft, then the selection, then the tool that covers the picture. */
function cancel(): void {
  if (hasDraft()) cancelPrompt();
  else if (hasSelection()) select([]);
  else setTool(useUi.getState().toolBefore);
}

function cycle(by: 1 | -1): void {
  if (hasDraft()) cycleCandidate(by);
  else {
    cycleHighlight(by);
    const { shown, highlighted: id } = useAutomatic.getState();
    const reached = shown.find((candidate) => candidate.id === id);
    if (reached !== undefined) onCanvas((c) => c.bringIntoSight(reached.box));
  }
}

function hideHighlighted(): void {
  const id = highlighted();
  if (id !== null) hideCandidate(id);
}

async function saveNow(): Promise<void> {
  const project = projectHandle();
  if (project === null) return;
  if (useEdits.getState().kept.length > 0) {
    notify({ level: 'warning', message: t('save.kept') });
    return;
  }
  try {
    const { savedAt } = await call('project.flush', { project });
    useProject.setState(({ info }) => ({ info: info === null ? null : { ...info, savedAt } }));
    notify({ level: 'success', message: t('save.done') });
  } catch (error) {
    notifyError(error);
  }
}

async function findNewImages(): Promise<void> {
  const project = projectHandle();
  if (project !== null) await call('project.findNew', { project }).catch(notifyError);
}

/** All commands, in the order of the help. Where two share a key, the first whose `when` holds is run. */
export const COMMANDS: readonly Command[] = [
  { id: 'go.next', title: 'command.next', group: 'go', keys: ['KeyD', 'Mod+ArrowRight'], when: hasProject, run: () => step(1) },
  { id: 'go.previous', title: 'command.previous', group: 'go', keys: ['KeyA', 'Mod+ArrowLeft'], when: hasProject, run: () => step(-1) },
  { id: 'go.nextNotDone', title: 'command.nextNotDone', group: 'go', keys: ['Shift+KeyD'], when: hasProject, run: () => stepToNotDone(1) },
  { id: 'go.previousNotDone', title: 'command.previousNotDone', group: 'go', keys: ['Shift+KeyA'], when: hasProject, run: () => stepToNotDone(-1) },
  { id: 'go.doneAndNext', title: 'command.doneAndNext', group: 'go', keys: ['Mod+Enter'], when: () => hasImage() && writable(), run: doneAndNext },
  { id: 'go.toggleDone', title: 'command.toggleDone', group: 'go', keys: [], when: () => hasImage() && writable(), run: toggleDone },
  { id: 'go.filter', title: 'command.filter', group: 'go', keys: ['char:/'], when: hasProject, run: () => document.getElementById('image-filter')?.focus() },

  tool('select', 'KeyV'),
  tool('smart-point', 'KeyQ'),
  tool('smart-box', 'KeyW'),
  tool('everything', 'KeyG'),
  tool('rectangle', 'KeyR'),
  tool('hand', 'KeyH'),
  tool('zoom', 'KeyZ'),
  { id: 'tool.repeat', title: 'command.tool.repeat', group: 'tools', keys: ['KeyN'], when: writable, run: () => takeUp(useUi.getState().lastDrawingTool) },
  { id: 'tool.pan', title: 'command.tool.pan', group: 'tools', keys: ['Space'], keyOnly: true, when: hasPicture, run: () => onCanvas((c) => c.setPanning(true)), release: () => onCanvas((c) => c.setPanning(false)) },

  ...[1, 10].flatMap((steps) => {
    const shift = steps === 1 ? '' : 'Shift+';
    return [crosshairKey(`${shift}ArrowLeft`, -steps, 0), crosshairKey(`${shift}ArrowRight`, steps, 0), crosshairKey(`${shift}ArrowUp`, 0, -steps), crosshairKey(`${shift}ArrowDown`, 0, steps)];
  }),
  { id: 'draw.foreground', title: 'command.foreground', group: 'drawing', keys: ['char:.'], when: () => points() && crosshair() !== null, run: () => placePoint(1) },
  { id: 'draw.background', title: 'command.background', group: 'drawing', keys: ['char:,'], when: () => points() && crosshair() !== null, run: () => placePoint(0) },
  { id: 'draw.accept', title: 'command.accept', group: 'drawing', keys: ['Enter', 'NumpadEnter'], when: () => (canAccept() || highlighted() !== null) && writable(), run: acceptShown },
  { id: 'draw.cancel', title: 'command.cancel', group: 'drawing', keys: ['Escape'], when: () => hasDraft() || hasSelection() || inEverything() || reviewing(), run: cancel },
  { id: 'draw.removePoint', title: 'command.removePoint', group: 'drawing', keys: ['Backspace'], when: hasDraft, run: removeLastPoint },
  { id: 'draw.nextCandidate', title: 'command.nextCandidate', group: 'drawing', keys: ['Tab'], when: () => hasDraft() || overlaid(), run: () => cycle(1) },
  { id: 'draw.previousCandidate', title: 'command.previousCandidate', group: 'drawing', keys: ['Shift+Tab'], when: () => hasDraft() || overlaid(), run: () => cycle(-1) },
  { id: 'everything.find', title: 'command.findEverything', group: 'drawing', keys: ['Shift+KeyG'], when: searchable, run: findAll },
  { id: 'everything.acceptAll', title: 'command.acceptAll', group: 'drawing', keys: ['Shift+Enter'], when: () => overlaid() && writable(), run: () => takeCandidates(useAutomatic.getState().shown.map(({ id }) => id)) },
  { id: 'everything.hide', title: 'command.hideCandidate', group: 'drawing', keys: ['Delete'], when: () => highlighted() !== null && !hasSelection(), run: hideHighlighted },

  ...REVIEW_COMMANDS,
  ...Array.from({ length: 9 }, (_, i) => classKey(i + 1)),
  { id: 'object.pickClass', title: 'command.pickClass', group: 'objects', keys: ['Backquote'], when: () => hasProject() && writable(), run: () => showClassPicker(canAccept() ? 'accept' : hasSelection() ? 'relabel' : 'activate') },
  { id: 'object.delete', title: 'command.delete', group: 'objects', keys: ['Delete', 'Backspace'], when: () => hasSelection() && writable(), run: () => removeInstances(selected()) },
  { id: 'object.duplicate', title: 'command.duplicate', group: 'objects', keys: ['Mod+KeyD'], when: () => hasSelection() && writable(), run: duplicateSelected },
  { id: 'object.selectAll', title: 'command.selectAll', group: 'objects', keys: ['Mod+KeyA'], when: hasInstances, run: () => select(allIds()) },
  { id: 'object.toggleHidden', title: 'command.toggleHidden', group: 'objects', keys: ['KeyT'], when: hasInstances, run: () => toggleHidden(allIds()) },
  { id: 'object.showOnly', title: 'command.showOnly', group: 'objects', keys: ['Shift+KeyT'], when: hasSelection, run: () => showOnly(selected()) },

  { id: 'view.fit', title: 'command.fit', group: 'view', keys: ['Mod+Digit0'], when: hasPicture, run: () => onCanvas((c) => c.fit()) },
  { id: 'view.actualSize', title: 'command.actualSize', group: 'view', keys: ['Mod+Digit1'], when: hasPicture, run: () => onCanvas((c) => c.zoomTo(1)) },
  { id: 'view.zoomIn', title: 'command.zoomIn', group: 'view', keys: ['Mod+char:+', 'Mod+char:=', 'Mod+NumpadAdd'], when: hasPicture, run: () => onCanvas((c) => c.zoomBy(ZOOM_STEP)) },
  { id: 'view.zoomOut', title: 'command.zoomOut', group: 'view', keys: ['Mod+char:-', 'Mod+NumpadSubtract'], when: hasPicture, run: () => onCanvas((c) => c.zoomBy(1 / ZOOM_STEP)) },
  { id: 'view.fitSelection', title: 'command.fitSelection', group: 'view', keys: ['KeyF'], when: () => hasPicture() && hasSelection(), run: fitSelection },

  datasetTab('statistics'),
  datasetTab('check'),
  ...CHECK_COMMANDS,
  datasetTab('splits'),
  datasetTab('snapshots'),

  { id: 'program.undo', title: 'command.undo', group: 'program', keys: ['Mod+KeyZ'], when: () => writable() && (undoes() === 'prompt' || useProject.getState().info?.undo.undo !== null), run: undo },
  { id: 'program.redo', title: 'command.redo', group: 'program', keys: ['Mod+Shift+KeyZ', 'Ctrl+KeyY'], when: () => writable() && (redoes() === 'prompt' ? canPutBack() : useProject.getState().info?.undo.redo !== null), run: redo },
  { id: 'program.open', title: 'command.open', group: 'program', keys: ['Mod+KeyO'], whileTyping: true, run: () => showDialog({ kind: 'open' }) },
  { id: 'program.sample', title: 'command.sample', group: 'program', keys: [], run: async () => void (await openSample(t('welcome.sampleName'))) },
  { id: 'program.addFolder', title: 'command.addFolder', group: 'program', keys: [], when: () => hasProject() && writable(), run: () => showDialog({ kind: 'add-folder' }) },
  { id: 'program.findNew', title: 'command.findNew', group: 'program', keys: [], when: () => hasProject() && writable(), run: findNewImages },
  { id: 'program.importDataset', title: 'command.importDataset', group: 'program', keys: [], when: () => hasProject() && writable(), run: () => showDialog({ kind: 'import-dataset' }) },
  { id: 'program.export', title: 'command.export', group: 'program', keys: ['Mod+KeyE'], whileTyping: true, when: hasProject, run: () => showDialog({ kind: 'export' }) },
  { id: 'program.save', title: 'command.save', group: 'program', keys: ['Mod+KeyS'], whileTyping: true, when: hasProject, run: saveNow },
  { id: 'program.close', title: 'command.close', group: 'program', keys: [], when: hasProject, run: closeProject },
  { id: 'program.palette', title: 'command.palette', group: 'program', keys: ['Mod+KeyK', 'Mod+Shift+KeyP'], whileTyping: true, run: () => showDialog({ kind: 'palette' }) },
  { id: 'program.models', title: 'command.models', group: 'program', keys: [], run: () => showDialog({ kind: 'models' }) },
  { id: 'program.importModel', title: 'command.importModel', group: 'program', keys: [], run: () => showDialog({ kind: 'import-model', paths: [] }) },
  { id: 'program.settings', title: 'command.settings', group: 'program', keys: ['Mod+char:,'], whileTyping: true, run: () => showDialog({ kind: 'settings' }) },
  { id: 'program.help', title: 'command.help', group: 'program', keys: ['char:?'], run: () => showDialog({ kind: 'help' }) },
  // After all else that Esc undoes.
  { id: 'program.skipCoach', title: 'coach.dismiss', group: 'program', keys: ['Escape'], keyOnly: true, when: () => useCoach.getState().step !== null, run: dismissCoach },
  { id: 'program.diagnostics', title: 'command.diagnostics', group: 'program', keys: [], run: () => showDialog({ kind: 'diagnostics' }) },
  { id: 'program.licences', title: 'command.licences', group: 'program', keys: [], run: () => showDialog({ kind: 'about', tab: 'licences' }) },
  { id: 'program.about', title: 'command.about', group: 'program', keys: [], run: () => showDialog({ kind: 'about', tab: 'versions' }) },
];

function fitSelection(): void {
  const { instances, selection } = useImage.getState();
  const boxes = instances.filter((i) => selection.has(i.id)).map((i) => i.box);
  if (boxes.length === 0) return;
  const x = Math.min(...boxes.map((b) => b.x));
  const y = Math.min(...boxes.map((b) => b.y));
  const right = Math.max(...boxes.map((b) => b.x + b.width));
  const bottom = Math.max(...boxes.map((b) => b.y + b.height));
  onCanvas((c) => c.fitBox({ x, y, width: right - x, height: bottom - y }));
}

const BY_ID: ReadonlyMap<string, Command> = new Map(COMMANDS.map((c) => [c.id, c]));

/** @throws when there is no such command: ids are written in the source, never by a person. */
export function command(id: string): Command {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`no command ${id}`);
  return found;
}

export const isEnabled = (c: Command): boolean => c.when?.() ?? true;

/** Runs a command if it means anything now; its failure is shown, not lost. */
export function runCommand(c: Command): void {
  if (!isEnabled(c)) return;
  Promise.resolve(c.run()).catch(notifyError);
}

import type { ProjectHandle, ProjectInfo } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { refreshRecent, refreshSam } from './app-store.ts';
import { call } from './backend.ts';
import { countAnew, forgetKept } from './edits.ts';
import { afterDraft, settleDraft } from './leave-draft.ts';
import { resetImage, showImage, useImage } from './image-store.ts';
import { loadIds, resetList, useList } from './list-store.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';
import { cancelPrompt } from './prompt-store.ts';
import { rememberedImage, rememberImage, rememberProject } from './remembered.ts';
import { setTool } from './ui-store.ts';

/** Shows another image, once the draft on this one is settled. */
export function goTo(image: ImageId): void {
  if (useImage.getState().current === image) return;
  const project = projectHandle();
  afterDraft(() => projectHandle() === project && turnTo(image));
}

function turnTo(image: ImageId): void {
  cancelPrompt();
  const { info } = useProject.getState();
  if (info !== null) rememberImage(info.path, image);
  void showImage(image);
}

/** Grows with each project asked for: an older one whose answer comes late is let go. */
let newest = 0;
let pending = 0;
/** Projects that main holds open for this page. */
const held = new Set<ProjectHandle>();

/** @param title what is being opened, for the waiting page. @returns whether it is on show now. */
async function show(title: string, open: () => Promise<ProjectInfo>): Promise<boolean> {
  if (!(await settleDraft())) return false;
  newest += 1;
  pending += 1;
  const sequence = newest;
  const overtaken = (): boolean => sequence !== newest;
  useProject.setState({ opening: title });
  try {
    const info = await open();
    held.add(info.project);
    if (overtaken()) return false;
    const { info: last } = useProject.getState();
    clear();
    // The same project again (its connection was lost): what could not be saved yet still can.
    if (last !== null && last.path !== info.path) forgetKept();
    if (info.readOnly !== null) setTool('select');
    useProject.setState({ info, activeClass: info.classes[0]?.id ?? null });
    rememberProject(info.path);
    refreshSam().catch(notifyError);
    await loadIds();
    if (overtaken()) return false;
    await showFirst(info);
    return true;
  } catch (error) {
    if (!overtaken()) notifyError(error);
    return false;
  } finally {
    pending -= 1;
    if (!overtaken()) useProject.setState({ opening: null });
    if (pending === 0) await letGo();
    refreshRecent().catch(notifyError);
  }
}

/** Closes what is not on show. Only while nothing is being opened: the same project may be coming again. */
async function letGo(): Promise<void> {
  const others = [...held].filter((project) => project !== projectHandle());
  for (const project of others) held.delete(project);
  // One that main has let go of itself is closed already.
  await Promise.all(others.map((project) => call('project.close', { project }).catch(() => undefined)));
}

/** The image the project was left at, else the first. A project still without images waits for them in events.ts. */
export async function showFirst(info: ProjectInfo): Promise<void> {
  const { ids } = useList.getState();
  if (ids === null || useImage.getState().current !== null || projectHandle() !== info.project) return;
  const left = rememberedImage(info.path);
  const first = left !== null && ids.includes(left) ? left : ids[0];
  if (first !== undefined) goTo(first);
}

export const openPath = (path: string, title: string): Promise<boolean> => show(title, () => call('project.open', { path }));
export const openSample = (title: string): Promise<boolean> => show(title, () => call('project.openSample', {}));

export async function closeProject(): Promise<void> {
  if (!(await settleDraft())) return;
  const project = projectHandle();
  clear();
  forgetKept();
  rememberProject(null);
  if (project !== null) held.delete(project);
  if (project !== null) await call('project.close', { project }).catch(notifyError);
  await refreshRecent().catch(notifyError);
}

function clear(): void {
  countAnew();
  cancelPrompt();
  resetImage();
  resetList();
  useProject.setState({ info: null, activeClass: null });
}

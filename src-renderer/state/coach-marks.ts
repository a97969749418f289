import { create } from 'zustand';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { changeSettings, useApp } from './app-store.ts';
import { useImage } from './image-store.ts';
import { useList } from './list-store.ts';
import { isReadOnly, useProject } from './project-store.ts';
import { usePrompt } from './prompt-store.ts';
import { useUi } from './ui-store.ts';

/** The three things to know at first, in order: click an object, accept its outline, where classes and Done are. */
export const COACH_STEPS = ['click', 'accept', 'classes'] as const;
export type CoachStep = (typeof COACH_STEPS)[number];

interface CoachState {
  /** The image that the marks are about, while they show. */
  readonly image: ImageId | null;
  readonly step: CoachStep | null;
}

const OVER: CoachState = { image: null, step: null };
export const useCoach = create<CoachState>(() => OVER);

export const dismissCoach = (): void => useCoach.setState(OVER);

/** Whether the first picture of the first start is on the screen, and something can be done with it. */
function isFirstPicture(): boolean {
  const { current, painted } = useImage.getState();
  return useApp.getState().settings?.coachMarksSeen === false && current !== null && painted === current && !isReadOnly() && useApp.getState().sam?.state !== 'failed';
}

function begin(): void {
  if (!isFirstPicture()) return;
  useCoach.setState({ image: useImage.getState().current, step: usePrompt.getState().session === null ? 'click' : 'accept' });
  // At once: they are seen once, even when the program ends meanwhile.
  changeSettings({ coachMarksSeen: true });
}

/** Follows what the person does: each mark goes as its thing is done, all of them with the image. */
export function followCoachMarks(): void {
  useApp.subscribe(begin);
  useImage.subscribe((now, before) => {
    begin();
    const { image, step } = useCoach.getState();
    if (step === null) return;
    if (now.current !== image) dismissCoach();
    else if (step !== 'classes' && now.instances.length > before.instances.length && before.open?.row.id === image) useCoach.setState({ step: 'classes' });
  });
  usePrompt.subscribe(({ session }) => {
    const { step } = useCoach.getState();
    if (step === 'click' && session !== null) useCoach.setState({ step: 'accept' });
    else if (step === 'accept' && session === null) useCoach.setState({ step: 'click' });
  });
  useProject.subscribe((now, before) => {
    if (useCoach.getState().step === 'classes' && now.activeClass !== before.activeClass && before.info !== null) dismissCoach();
  });
  useList.subscribe(({ rows }) => {
    const { image } = useCoach.getState();
    if (image !== null && rows.get(image)?.status === 'done') dismissCoach();
  });
  useUi.subscribe(({ tool }, before) => {
    // Another tool than the marks speak of: who takes it up knows where to go.
    if (tool !== before.tool && tool !== 'smart-point' && tool !== 'smart-box') dismissCoach();
  });
}

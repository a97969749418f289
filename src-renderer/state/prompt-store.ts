import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Prediction } from '../../src-shared/contract/types.ts';
import type { Box, ClassId, ImageId, Instance } from '../../src-shared/domain/schema.ts';
import type { ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import { call } from './backend.ts';
import { applyEdit, keepOrWrite, openProject, useEdits } from './edits.ts';
import { useImage } from './image-store.ts';
import { decodeLogits } from './logits.ts';
import { mark } from './marks.ts';
import { allows, currentLimits, within } from './model-limits.ts';
import { notifyError } from './notices-store.ts';
import { isReadOnly, projectHandle } from './project-store.ts';
import { useUi } from './ui-store.ts';
import { addPoint, choose, currentStep, forgetAnswers, promptOf, receiveAnswer, removeLast, shownStep, startWithBox } from './prompt-session.ts';
import type { PromptSession, SessionPrediction } from './prompt-session.ts';

interface PromptState {
  readonly session: PromptSession | null;
  /** A newer prompt is on its way than the one whose answer is on show. */
  readonly busy: boolean;
  readonly accepting: boolean;
  /** Facts about the answer last received, for the marks. */
  readonly timings: Prediction['timings'] | null;
}

const START: PromptState = { session: null, busy: false, accepting: false, timings: null };
export const usePrompt = create<PromptState>(() => START);

/** Grows with each prompt; an answer to an older one is never drawn. */
let newest = 0;

/** CSS pixels that a hand moves within a double click. */
const DOUBLE_CLICK_SLACK = 4;

/** The second press of a double click says nothing new, and as a second point it would take the three candidates away. */
function repeatsLast(point: ImagePoint, label: 0 | 1): boolean {
  const { session } = usePrompt.getState();
  const { viewport } = useUi.getState();
  const last = session === null ? undefined : currentStep(session).points.at(-1);
  if (last === undefined || last.label !== label || viewport === null) return false;
  return Math.hypot(point.x - last.x, point.y - last.y) * viewport.zoom <= DOUBLE_CLICK_SLACK;
}

export function promptPoint(point: ImagePoint, label: 0 | 1): void {
  const image = useImage.getState().current;
  if (image === null || isReadOnly() || usePrompt.getState().accepting || repeatsLast(point, label)) return;
  const { session } = usePrompt.getState();
  const next = addPoint(session, image, { x: point.x, y: point.y, label });
  if (!allows(currentStep(next))) return;
  usePrompt.setState({ session: next });
  void ask();
}

export function promptBox(box: Box): void {
  const image = useImage.getState().current;
  if (image === null || isReadOnly() || usePrompt.getState().accepting) return;
  const session = startWithBox(image, box);
  if (!allows(currentStep(session))) return;
  usePrompt.setState({ session });
  void ask();
}

/** Asks once more for the prompt on the canvas. */
export function retryPrompt(): void {
  void ask();
}

async function ask(): Promise<void> {
  newest += 1;
  const sequence = newest;
  const project = projectHandle();
  const { session } = usePrompt.getState();
  const wanted = session === null ? null : promptOf(session);
  const prompt = wanted === null ? null : within(currentLimits(), wanted);
  if (project === null || session === null || prompt === null) {
    usePrompt.setState({ busy: false });
    return;
  }
  const asked = currentStep(session);
  usePrompt.setState({ busy: true });
  mark('prompt-sent', { sequence });
  try {
    const answer = await call('sam.predict', { project, image: session.image, prompt });
    if (sequence !== newest) return;
    usePrompt.setState(({ session: now }) => ({ busy: false, timings: answer.timings, session: now === null ? null : receiveAnswer(now, asked, decode(answer)) }));
  } catch (error) {
    if (sequence !== newest) return;
    if (toProblem(error).code === 'no-prediction' && prompt.previous !== null) {
      // The engine was restarted and has forgotten the mask to feed back: ask by the clicks alone.
      usePrompt.setState(({ session: now }) => ({ session: now === null ? null : forgetAnswers(now) }));
      await ask();
      return;
    }
    usePrompt.setState({ busy: false });
    notifyError(error);
  }
}

function decode(answer: Prediction): SessionPrediction {
  const candidates = answer.candidates.map((c) => ({ index: c.index, predictedIou: c.predictedIou, stability: c.stability, logits: decodeLogits(c.logits) }));
  return { prediction: answer.prediction, frame: answer.frame, candidates };
}

let lastPainted = 0;

/** Called when a candidate has reached the screen; marked once for each prompt, not for looking at its other candidates. */
export function candidatePainted(): void {
  const { timings, busy } = usePrompt.getState();
  if (timings === null || busy || lastPainted === newest) return;
  lastPainted = newest;
  mark('candidate-painted', { sequence: newest, decoder: timings.decoder, total: timings.total });
}

export function cancelPrompt(): void {
  newest += 1;
  usePrompt.setState(START);
}

export function removeLastPoint(): void {
  const { session, accepting } = usePrompt.getState();
  if (session === null || accepting) return;
  const before = removeLast(session);
  if (before === null) {
    cancelPrompt();
    return;
  }
  newest += 1;
  usePrompt.setState({ session: before, busy: false });
  if (currentStep(before).answer === null) void ask();
}

export function showCandidate(to: number): void {
  usePrompt.setState(({ session }) => ({ session: session === null ? null : choose(session, to) }));
}

export function cycleCandidate(by: 1 | -1): void {
  const { session } = usePrompt.getState();
  const shown = session === null ? null : shownStep(session);
  if (shown !== null) showCandidate(shown.chosen + by);
}

/** True when there is a candidate that Enter would accept. */
export function canAccept(): boolean {
  const { session, busy, accepting } = usePrompt.getState();
  return session !== null && !busy && !accepting && currentStep(session).answer !== null;
}

/**
 * Stores the chosen candidate. The draft stays on show until the instance itself is there, so that nothing flickers;
 * when the disk refuses, it is kept like any edit.
 */
export async function acceptCandidate(label: string, classId: ClassId | null): Promise<void> {
  const { session } = usePrompt.getState();
  if (session === null || !canAccept()) return;
  const { answer, chosen } = currentStep(session);
  const candidate = answer?.candidates[chosen];
  if (answer === null || candidate === undefined) return;
  usePrompt.setState({ accepting: true });
  const image = session.image;
  const stored = await keepOrWrite(label, async () => {
    try {
      const result = await call('sam.accept', { project: openProject(), image, prediction: answer.prediction, candidate: candidate.index, class: classId, label });
      showAccepted(image, result.instance);
      applyEdit(result.edit);
      if (draftIs(answer)) cancelPrompt();
      return true;
    } catch (error) {
      if (toProblem(error).code !== 'no-prediction') throw error;
      if (draftIs(answer)) askAgain();
      return false;
    }
  });
  // Refused, the draft can be tried again; kept because of the disk, it must not be accepted twice.
  if (stored === null && useEdits.getState().kept.length === 0) usePrompt.setState({ accepting: false });
}

function draftIs(answer: SessionPrediction): boolean {
  const { session } = usePrompt.getState();
  return session !== null && currentStep(session).answer === answer;
}

function showAccepted(image: ImageId, instance: Instance): void {
  if (useImage.getState().current !== image) return;
  useImage.setState(({ instances }) => ({ instances: [...instances.filter((i) => i.id !== instance.id), instance], selection: new Set() }));
}

/** The engine was restarted between the answer and Enter: the mask is predicted anew, and a person looks at it again. */
function askAgain(): void {
  usePrompt.setState(({ session }) => ({ accepting: false, session: session === null ? null : forgetAnswers(session) }));
  void ask();
}

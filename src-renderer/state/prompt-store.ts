import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Prediction } from '../../src-shared/contract/types.ts';
import type { Box, ClassId, ImageId } from '../../src-shared/domain/schema.ts';
import type { ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import { call } from './backend.ts';
import { applyEdit, keepOrWrite, openProject, useEdits } from './edits.ts';
import { select, useImage } from './image-store.ts';
import { decodeLogits } from './logits.ts';
import { mark } from './marks.ts';
import { allows, currentLimits, within } from './model-limits.ts';
import { notifyError } from './notices-store.ts';
import { isReadOnly, projectHandle } from './project-store.ts';
import { useUi } from './ui-store.ts';
import { addPoint, changeBox, choose, currentStep, forgetAnswers, promptOf, putBack, receiveAnswer, removeLast, shownStep, startWithBox } from './prompt-session.ts';
import type { PromptSession, PromptStep, SessionPrediction } from './prompt-session.ts';

interface PromptState {
  readonly session: PromptSession | null;
  /** Clicks and boxes that undo took off the canvas of an image, the last one last. */
  readonly takenBack: TakenBack | null;
  /** A newer prompt is on its way than the one whose answer is on show. */
  readonly busy: boolean;
  readonly accepting: boolean;
  /** Facts about the answer last received, for the marks. */
  readonly timings: Prediction['timings'] | null;
}

interface TakenBack {
  readonly image: ImageId;
  readonly steps: readonly PromptStep[];
}

const START: PromptState = { session: null, takenBack: null, busy: false, accepting: false, timings: null };
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
  begin(addPoint(session, image, { x: point.x, y: point.y, label }));
}

export function promptBox(box: Box): void {
  const image = useImage.getState().current;
  if (image === null || isReadOnly() || usePrompt.getState().accepting) return;
  begin(startWithBox(usePrompt.getState().session, image, box));
}

/** The box of the prompt on the canvas was moved or resized. */
export function adjustBox(box: Box): void {
  const { session, accepting } = usePrompt.getState();
  if (session === null || isReadOnly() || accepting) return;
  begin(changeBox(session, box));
}

function begin(session: PromptSession): void {
  if (!allows(currentStep(session))) return;
  usePrompt.setState({ session, takenBack: null });
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

/** Takes the last click or box back. Undo, which never reaches behind a prompt under way. */
export function removeLastPoint(): void {
  const { session, accepting, takenBack } = usePrompt.getState();
  if (session === null || accepting) return;
  const taken: TakenBack = { image: session.image, steps: [...(takenBack?.steps ?? []), currentStep(session)] };
  const before = removeLast(session);
  newest += 1;
  usePrompt.setState(before === null ? { ...START, takenBack: taken } : { session: before, busy: false, takenBack: taken });
  if (before !== null && currentStep(before).answer === null) void ask();
}

/** Whether there is something to put on the canvas again. */
export function canPutBack(): boolean {
  const { takenBack } = usePrompt.getState();
  return takenBack !== null && takenBack.image === useImage.getState().current;
}

/** Puts the click or box that was taken back last on the canvas again. */
export function putBackPoint(): void {
  const { session, accepting, takenBack } = usePrompt.getState();
  const last = takenBack?.steps.at(-1);
  if (takenBack === null || last === undefined || accepting || !canPutBack()) return;
  const steps = takenBack.steps.slice(0, -1);
  newest += 1;
  usePrompt.setState({ session: putBack(session, takenBack.image, last), busy: false, takenBack: steps.length === 0 ? null : { ...takenBack, steps } });
  if (last.answer === null) void ask();
}

/** What was taken back is gone for good: a saved edit was undone or redone since. */
export function forgetTakenBack(): void {
  if (usePrompt.getState().takenBack !== null) usePrompt.setState({ takenBack: null });
}

/** Answers of another model or engine: what was clicked stays, what was found does not. An answer on its way is not drawn. */
export function forgetPromptAnswers(): void {
  const { session } = usePrompt.getState();
  newest += 1;
  if (session !== null) usePrompt.setState({ ...START, session: forgetAnswers(session), busy: true });
}

/** Puts these clicks and this box on the canvas and asks for their mask. */
export function askAnew(session: PromptSession | null): void {
  if (session === null) return;
  usePrompt.setState({ ...START, session: forgetAnswers(session) });
  void ask();
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
 *
 * @returns true: stored; false: the engine had forgotten it, and it was asked for anew; null: refused, or kept.
 */
export async function acceptCandidate(label: string, classId: ClassId | null): Promise<boolean | null> {
  const { session } = usePrompt.getState();
  if (session === null || !canAccept()) return null;
  const { answer, chosen } = currentStep(session);
  const candidate = answer?.candidates[chosen];
  if (answer === null || candidate === undefined) return null;
  usePrompt.setState({ accepting: true });
  const image = session.image;
  const accept = async (prediction: string): Promise<true> => {
    const project = openProject();
    const result = await call('sam.accept', { project, image, prediction, candidate: candidate.index, class: classId, label });
    if (applyEdit(project, result.edit) && useImage.getState().current === image) select([]);
    if (draftIs(answer)) cancelPrompt();
    return true;
  };
  const prompt = promptOf(session);
  const stored = await keepOrWrite(label, async () => {
    try {
      return await accept(answer.prediction);
    } catch (error) {
      if (toProblem(error).code !== 'no-prediction') throw error;
      if (draftIs(answer)) {
        askAgain();
        return false;
      }
      // It waited for the disk, and the person has gone on: nobody is there to look at the mask again.
      if (prompt === null) throw error;
      return accept((await call('sam.predict', { project: openProject(), image, prompt: { ...prompt, previous: null } })).prediction);
    }
  });
  // Refused, the draft can be tried again; kept because of the disk, it must not be accepted twice.
  if (stored === null && useEdits.getState().kept.length === 0) usePrompt.setState({ accepting: false });
  return stored;
}

function draftIs(answer: SessionPrediction): boolean {
  const { session } = usePrompt.getState();
  return session !== null && currentStep(session).answer === answer;
}

/** The engine was restarted between the answer and Enter: the mask is predicted anew, and a person looks at it again. */
function askAgain(): void {
  askAnew(usePrompt.getState().session);
}

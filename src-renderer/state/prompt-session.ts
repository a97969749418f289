import type { SamPrompt } from '../../src-shared/contract/types.ts';
import type { Box, ImageId, PromptPoint } from '../../src-shared/domain/schema.ts';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';

/** A candidate as the page keeps it: its logits as numbers. */
export interface SessionCandidate {
  readonly index: number;
  readonly predictedIou: number;
  readonly stability: number;
  /** lowRes² logits, row-major; above 0 is inside. */
  readonly logits: Float32Array;
}

export interface SessionPrediction {
  readonly prediction: string;
  readonly frame: LogitsFrame;
  /** Best first. */
  readonly candidates: readonly SessionCandidate[];
}

/** The prompt after one more click: taking the click back returns to the step before, with its answer. */
export interface PromptStep {
  readonly points: readonly PromptPoint[];
  readonly box: Box | null;
  readonly previous: SamPrompt['previous'];
  readonly answer: SessionPrediction | null;
  /** Index into answer.candidates. */
  readonly chosen: number;
}

/** A prompt under way on one image. Functions below make the next value from this one. */
export interface PromptSession {
  readonly image: ImageId;
  readonly steps: readonly [PromptStep, ...PromptStep[]];
}

export function currentStep(session: PromptSession): PromptStep {
  return session.steps[session.steps.length - 1] ?? session.steps[0];
}

/** What the chooser shows: the newest answer, while a newer prompt is still on its way. */
export function shownStep(session: PromptSession): PromptStep | null {
  return session.steps.findLast((s) => s.answer !== null) ?? null;
}

function step(points: readonly PromptPoint[], box: Box | null, previous: SamPrompt['previous']): PromptStep {
  return { points, box, previous, answer: null, chosen: 0 };
}

/** A box of its own: a new object, or another try at the same one. Taking it back returns to what was there before. */
export function startWithBox(session: PromptSession | null, image: ImageId, box: Box): PromptSession {
  return continued(session, image, step([], box, null));
}

/** The box moved or resized. The points stay; the mask is asked for anew, because the one before belongs to the old box. */
export function changeBox(session: PromptSession, box: Box): PromptSession {
  return continued(session, session.image, step(currentStep(session).points, box, null));
}

function continued(session: PromptSession | null, image: ImageId, next: PromptStep): PromptSession {
  return session === null || session.image !== image ? { image, steps: [next] } : { image, steps: [...session.steps, next] };
}

/**
 * One more click. The chosen candidate of the answer before is fed back as the mask prompt, as the reference's
 * interactive use does (SamPredictor's example notebook, "Specifying a specific object with additional points").
 */
export function addPoint(session: PromptSession | null, image: ImageId, point: PromptPoint): PromptSession {
  if (session === null || session.image !== image) return continued(null, image, step([point], null, null));
  const last = currentStep(session);
  const candidate = last.answer?.candidates[last.chosen];
  const previous = last.answer === null || candidate === undefined ? null : { prediction: last.answer.prediction, candidate: candidate.index };
  return continued(session, image, step([...last.points, point], last.box, previous));
}

/** Takes the last click or box back; null when nothing is left. */
export function removeLast(session: PromptSession): PromptSession | null {
  const [first, ...rest] = session.steps.slice(0, -1);
  return first === undefined ? null : { image: session.image, steps: [first, ...rest] };
}

/** What was taken back, on the canvas again. */
export const putBack = (session: PromptSession | null, image: ImageId, taken: PromptStep): PromptSession => continued(session, image, taken);

/** The prompt to send, or null while there is nothing to be found: background clicks alone name no object. */
export function promptOf(session: PromptSession): SamPrompt | null {
  const { points, box, previous } = currentStep(session);
  if (box === null && points.every((p) => p.label === 0)) return null;
  // Only a lone foreground click is ambiguous; for it SAM's three masks are meant, for more the single one is better.
  const multimask = box === null && points.length === 1;
  return { points: [...points], box, previous, multimask };
}

/** Puts an answer to the step it was asked for. Other steps, and a session that has gone, are left alone. */
export function receiveAnswer(session: PromptSession, asked: PromptStep, answer: SessionPrediction): PromptSession {
  return mapSteps(session, (s) => (s === asked ? { ...s, answer, chosen: 0 } : s));
}

/** Shows another candidate of the newest answer. `to` may run past either end and wraps around. */
export function choose(session: PromptSession, to: number): PromptSession {
  const shown = shownStep(session);
  const count = shown?.answer?.candidates.length ?? 0;
  if (count === 0) return session;
  return mapSteps(session, (s) => (s === shown ? { ...s, chosen: ((to % count) + count) % count } : s));
}

/** All answers dropped: main no longer knows them (its engine was restarted). The clicks stay. */
export function forgetAnswers(session: PromptSession): PromptSession {
  return mapSteps(session, (s) => ({ ...s, answer: null, previous: null, chosen: 0 }));
}

function mapSteps(session: PromptSession, map: (s: PromptStep) => PromptStep): PromptSession {
  const [first, ...rest] = session.steps;
  return { image: session.image, steps: [map(first), ...rest.map(map)] };
}

import { describe, expect, it } from 'vitest';
import type { PromptPoint } from '../../src-shared/domain/schema.ts';
import { addPoint, choose, currentStep, forgetAnswers, promptOf, receiveAnswer, removeLast, shownStep, startWithBox } from './prompt-session.ts';
import type { PromptSession, SessionPrediction } from './prompt-session.ts';

const IMAGE = 7;
const foreground = (x: number, y: number): PromptPoint => ({ x, y, label: 1 });
const background = (x: number, y: number): PromptPoint => ({ x, y, label: 0 });
const frame = { lowRes: 256, frame: 1024, inputWidth: 1024, inputHeight: 768, imageWidth: 2048, imageHeight: 1536 };
const answer = (prediction: string, indices: number[]): SessionPrediction => ({
  prediction,
  frame,
  candidates: indices.map((index) => ({ index, predictedIou: 0.9, stability: 0.9, logits: new Float32Array() })),
});
const answered = (session: PromptSession, a: SessionPrediction): PromptSession => receiveAnswer(session, currentStep(session), a);

describe('a prompt session', () => {
  it('asks for three masks on one foreground click, and for one on anything less ambiguous', () => {
    const one = addPoint(null, IMAGE, foreground(10, 20));
    expect(promptOf(one)).toEqual({ points: [foreground(10, 20)], box: null, previous: null, multimask: true });
    expect(promptOf(addPoint(one, IMAGE, foreground(30, 40)))?.multimask).toBe(false);
    expect(promptOf(startWithBox(null, IMAGE, { x: 1, y: 2, width: 3, height: 4 }))?.multimask).toBe(false);
  });
  it('asks for nothing while there are background clicks only, and counts them once there is a foreground one', () => {
    const session = addPoint(null, IMAGE, background(1, 1));
    expect(promptOf(session)).toBeNull();
    const both = addPoint(session, IMAGE, foreground(5, 5));
    expect(promptOf(both)).toMatchObject({ points: [background(1, 1), foreground(5, 5)], multimask: false });
  });
  it('feeds the chosen candidate back with the next click, by its index in the decoder’s output', () => {
    const chosen = choose(answered(addPoint(null, IMAGE, foreground(1, 1)), answer('p1', [2, 1, 3])), 1);
    expect(promptOf(addPoint(chosen, IMAGE, background(9, 9)))?.previous).toEqual({ prediction: 'p1', candidate: 1 });
  });
  it('feeds nothing back when the answer had not come yet', () => {
    const quick = addPoint(addPoint(null, IMAGE, foreground(1, 1)), IMAGE, foreground(2, 2));
    expect(promptOf(quick)?.previous).toBeNull();
  });
  it('returns with Backspace to the answer and the choice of before', () => {
    const first = choose(answered(addPoint(null, IMAGE, foreground(1, 1)), answer('p1', [1, 2, 3])), 2);
    const second = answered(addPoint(first, IMAGE, background(2, 2)), answer('p2', [0]));
    const back = removeLast(second);
    expect(back && currentStep(back)).toMatchObject({ points: [foreground(1, 1)], chosen: 2, answer: { prediction: 'p1' } });
    expect(back && removeLast(back)).toBeNull();
  });
  it('never puts an answer to another prompt than the one it was asked for', () => {
    const first = addPoint(null, IMAGE, foreground(1, 1));
    const asked = currentStep(first);
    const later = addPoint(first, IMAGE, foreground(2, 2));
    const received = receiveAnswer(later, asked, answer('p1', [1]));
    expect(currentStep(received).answer).toBeNull();
    expect(receiveAnswer(startWithBox(null, IMAGE, { x: 0, y: 0, width: 1, height: 1 }), asked, answer('p1', [1])).steps.every((s) => s.answer === null)).toBe(true);
  });
  it('goes on showing the last answer while a newer prompt is on its way', () => {
    const first = answered(addPoint(null, IMAGE, foreground(1, 1)), answer('p1', [1, 2, 3]));
    expect(shownStep(addPoint(first, IMAGE, foreground(2, 2)))?.answer?.prediction).toBe('p1');
  });
  it('cycles through the candidates in both directions', () => {
    const session = answered(addPoint(null, IMAGE, foreground(1, 1)), answer('p1', [1, 2, 3]));
    expect(currentStep(choose(session, 3)).chosen).toBe(0);
    expect(currentStep(choose(session, -1)).chosen).toBe(2);
  });
  it('begins anew on another image', () => {
    const session = addPoint(addPoint(null, IMAGE, foreground(1, 1)), IMAGE + 1, foreground(2, 2));
    expect(session).toMatchObject({ image: IMAGE + 1, steps: [{ points: [foreground(2, 2)] }] });
  });
  it('keeps the clicks but no masks after a restart of the engine', () => {
    const session = addPoint(answered(addPoint(null, IMAGE, foreground(1, 1)), answer('p1', [1])), IMAGE, foreground(2, 2));
    const forgotten = forgetAnswers(session);
    expect(promptOf(forgotten)).toMatchObject({ points: [foreground(1, 1), foreground(2, 2)], previous: null });
    expect(shownStep(forgotten)).toBeNull();
  });
});

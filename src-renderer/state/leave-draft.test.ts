import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { CallName, Params, Result } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { startI18n } from '../i18n/i18n.ts';
import { useEdits } from './edits.ts';
import { useImage } from './image-store.ts';
import { answerDraft, chooseClassOfDraft, drawBox } from './leave-draft.ts';
import { doneAndNext } from './navigation.ts';
import { useList } from './list-store.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { canAccept, promptPoint, usePrompt } from './prompt-store.ts';
import { closeProject, goTo } from './session.ts';
import { edited, IMAGE, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';
import { closeDialog, showClassPicker, useUi } from './ui-store.ts';

const OTHER = 7;

beforeAll(startI18n);

const prediction: Result<'sam.predict'> = {
  prediction: 'p', frame: { lowRes: 2, frame: 8, inputWidth: 8, inputHeight: 8, imageWidth: 16, imageHeight: 16 },
  candidates: [{ index: 0, predictedIou: 0.9, stability: 0.9, logits: new Uint8Array(Float16Array.from([1, -1, 1, -1]).buffer) }], timings: { decoder: 5, total: 8, encoded: false },
};
const box = { x: 0, y: 0, width: 1, height: 1 };
const accepted = { instance: { id: 11, image: IMAGE, class: 3, shape: { kind: 'box', box }, area: 1, box, z: 1, provenance: { source: 'model', touched: false, sam: null } }, edit: edited('Add apple') };

/** A page with a candidate on the canvas of IMAGE. */
async function withCandidate(answers: Partial<Record<CallName, () => unknown>> = {}): Promise<Called[]> {
  const called = openPage((name) => {
    const answer = answers[name];
    if (answer !== undefined) return answer();
    if (name === 'sam.predict') return prediction;
    return name === 'sam.accept' ? accepted : name === 'project.edit' ? edited('Mark done') : name === 'app.recent' ? [] : {};
  });
  useUi.setState({ dialog: null, classPicker: null });
  useList.setState({ rows: new Map([[IMAGE, { id: IMAGE, name: 'pear.jpg', status: 'todo' } as never]]), ids: Uint32Array.of(IMAGE, OTHER) });
  promptPoint(imagePoint(1, 1), 1);
  await vi.waitFor(() => expect(usePrompt.getState().busy).toBe(false));
  return called;
}
const shown = (): number | null => useImage.getState().current;
const acceptedAs = (called: Called[]): unknown[] => called.filter(({ name }) => name === 'sam.accept').map(({ params }) => (params as Params<'sam.accept'>).class);
const said = (): string[] => useNotices.getState().notices.map((n) => n.message);
const boxNow = (): unknown => usePrompt.getState().session?.steps.at(-1)?.box;
const dialog = (): string | undefined => useUi.getState().dialog?.kind;

describe('leaving an image with a candidate on it', () => {
  it('accepts it with the current class, says so, and goes on', async () => {
    const called = await withCandidate();
    goTo(OTHER);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([3]);
    expect(said()).toEqual(['The mask on pear.jpg was accepted as apple. Undo takes it back.']);
  });

  it('waits for a candidate that is on its way', async () => {
    const answer = Promise.withResolvers<unknown>();
    const called = await withCandidate({ 'sam.predict': () => (usePrompt.getState().session?.steps.length === 1 ? prediction : answer.promise) });
    promptPoint(imagePoint(9, 9), 1);
    goTo(OTHER);
    expect(shown()).toBe(IMAGE);
    answer.resolve(prediction);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([3]);
  });

  it('by marking it done: the mask comes first', async () => {
    const called = await withCandidate();
    await doneAndNext();
    expect(called.map(({ name }) => name).filter((name) => name === 'sam.accept' || name === 'project.edit')).toEqual(['sam.accept', 'project.edit']);
    expect(shown()).toBe(OTHER);
  });

  it('by closing the project', async () => {
    const called = await withCandidate();
    await closeProject();
    expect(acceptedAs(called)).toEqual([3]);
    expect(useProject.getState().info).toBeNull();
  });

  it('stays when it is refused, which is said', async () => {
    const called = await withCandidate({ 'sam.accept': () => { throw new MaskwrightError('bad-request', 'It cannot be stored.'); } });
    goTo(OTHER);
    await vi.waitFor(() => expect(said()).toContain('It cannot be stored.'));
    expect(acceptedAs(called)).toEqual([3]);
    expect([shown(), canAccept()]).toEqual([IMAGE, true]);
  });

  it('asks the model again when its engine was restarted, and goes on with what it finds', async () => {
    let times = 0;
    const called = await withCandidate({ 'sam.accept': () => { times += 1; if (times === 1) throw new MaskwrightError('no-prediction', 'The engine was restarted.'); return accepted; } });
    goTo(OTHER);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([3, 3]);
  });

  it('goes on when the disk is full: the mask is kept with the other edits', async () => {
    await withCandidate({ 'sam.accept': () => { throw new MaskwrightError('disk-full', 'The disk is full.'); } });
    goTo(OTHER);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(useEdits.getState().kept.map(({ label }) => label)).toEqual(['Add apple']);
  });

  it('says so when there is no mask to keep', async () => {
    await withCandidate({ 'sam.predict': () => { throw new MaskwrightError('engine-failed', 'It failed.'); } });
    goTo(OTHER);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(said()).toContain('The points on pear.jpg gave no mask and were dropped.');
  });
});

/** A page whose person leaves a mask without a class. */
async function leaving(): Promise<Called[]> {
  const called = await withCandidate();
  useProject.setState({ activeClass: null });
  goTo(OTHER);
  await vi.waitFor(() => expect(dialog()).toBe('draft'));
  return called;
}

describe('a box drawn with a candidate on the canvas', () => {
  const here = { x: 0, y: 0, width: 5, height: 5 };
  const there = { x: 10, y: 10, width: 5, height: 5 };

  it('is another try at the same object when it meets its box or holds its point', async () => {
    const called = await withCandidate();
    drawBox(here);
    await vi.waitFor(() => expect(canAccept()).toBe(true));
    drawBox({ x: 4, y: 4, width: 9, height: 9 });
    expect(boxNow()).toEqual({ x: 4, y: 4, width: 9, height: 9 });
    expect(acceptedAs(called)).toEqual([]);
  });
  it('begins the next object elsewhere: the candidate is accepted first', async () => {
    const called = await withCandidate();
    drawBox(there);
    await vi.waitFor(() => expect(boxNow()).toEqual(there));
    expect(acceptedAs(called)).toEqual([3]);
    expect(usePrompt.getState().session?.steps).toHaveLength(1);
  });
});

describe('without a class the person is asked', () => {
  it('and can choose one', async () => {
    const called = await leaving();
    chooseClassOfDraft();
    expect([dialog(), useUi.getState().classPicker]).toEqual([undefined, 'settle']);
    answerDraft(3);
    showClassPicker(null);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([3]);
  });
  it('or discard the mask', async () => {
    const called = await leaving();
    answerDraft('discard');
    closeDialog();
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([]);
  });
  it.each([['closing the dialog', closeDialog], ['closing the picker', () => { chooseClassOfDraft(); showClassPicker(null); }]])('or stay, by %s, and leave later', async (_, close) => {
    const called = await leaving();
    close();
    await vi.waitFor(() => expect(dialog()).toBeUndefined());
    expect([shown(), canAccept(), acceptedAs(called)]).toEqual([IMAGE, true, []]);
    await new Promise(setImmediate);
    useProject.setState({ activeClass: 3 });
    goTo(OTHER);
    await vi.waitFor(() => expect(shown()).toBe(OTHER));
    expect(acceptedAs(called)).toEqual([3]);
  });
});

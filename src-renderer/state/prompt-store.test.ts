import { describe, expect, it } from 'vitest';
import type { Params, Result } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { retryKept } from './edits.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { shownStep } from './prompt-session.ts';
import { useUi } from './ui-store.ts';
import { acceptCandidate, canAccept, cancelPrompt, promptPoint, removeLastPoint, usePrompt } from './prompt-store.ts';
import { edited, IMAGE, info, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const answer = (prediction: string, count = 1): Result<'sam.predict'> => ({
  prediction,
  frame: { lowRes: 2, frame: 8, inputWidth: 8, inputHeight: 8, imageWidth: 16, imageHeight: 16 },
  candidates: Array.from({ length: count }, (_, i) => ({ index: count === 1 ? 0 : i + 1, predictedIou: 0.9 - i / 10, stability: 0.9, logits: new Uint8Array(Float16Array.from([1, -1, 1, -1]).buffer) })),
  timings: { decoder: 5, total: 8, encoded: false },
});

/** A program whose predictions are answered when the test says so. */
function slowProgram(): { called: Called[]; reply: (nth: number, prediction: string) => Promise<void>; fail: (nth: number, error: MaskwrightError) => Promise<void> } {
  const waiting: PromiseWithResolvers<unknown>[] = [];
  const called = openPage((name) => {
    if (name !== 'sam.predict') return {};
    const deferred = Promise.withResolvers<unknown>();
    waiting.push(deferred);
    return deferred.promise;
  });
  return {
    called,
    reply: async (nth, prediction) => {
      waiting[nth]?.resolve(answer(prediction));
      await settled();
    },
    fail: async (nth, error) => {
      waiting[nth]?.reject(error);
      await settled();
    },
  };
}

/** Until every promise that can go on has. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const shown = (): string | undefined => {
  const { session } = usePrompt.getState();
  return session === null ? undefined : shownStep(session)?.answer?.prediction;
};
const click = (x: number, y: number): void => promptPoint(imagePoint(x, y), 1);

describe('prompts', () => {
  it('never draw an older answer over a newer prompt’s, whichever comes first', async () => {
    const program = slowProgram();
    click(1, 1);
    click(2, 2);
    await program.reply(1, 'newer');
    await program.reply(0, 'older');
    expect(shown()).toBe('newer');
    expect(usePrompt.getState().busy).toBe(false);
  });
  it('take a double click for one point', async () => {
    const program = slowProgram();
    useUi.setState({ viewport: { zoom: 0.25, centre: imagePoint(0, 0) } });
    click(100, 100);
    click(104, 100);
    const asked = (): number => program.called.filter((c) => c.name === 'sam.predict').length;
    expect(asked()).toBe(1);
    click(140, 100);
    promptPoint(imagePoint(140, 100), 0);
    expect(asked()).toBe(3);
    useUi.setState({ viewport: null });
  });
  it('stay cancelled when their answer comes late', async () => {
    const program = slowProgram();
    click(1, 1);
    cancelPrompt();
    await program.reply(0, 'late');
    expect(usePrompt.getState().session).toBeNull();
  });
  it('that were overtaken are no error to a person', async () => {
    const program = slowProgram();
    click(1, 1);
    await program.fail(0, new MaskwrightError('superseded', 'A newer click came.'));
    expect(useNotices.getState().notices).toEqual([]);
  });
  it('can be accepted only when what is on show answers the last click', async () => {
    const program = slowProgram();
    click(1, 1);
    expect(canAccept()).toBe(false);
    await program.reply(0, 'first');
    expect(canAccept()).toBe(true);
    click(2, 2);
    expect(canAccept()).toBe(false);
    removeLastPoint();
    expect(canAccept()).toBe(true);
    expect(program.called.filter((c) => c.name === 'sam.predict')).toHaveLength(2);
  });
  it('ask by the clicks alone when the engine has forgotten the mask to refine', async () => {
    const program = slowProgram();
    click(1, 1);
    await program.reply(0, 'forgotten');
    click(2, 2);
    await program.fail(1, new MaskwrightError('no-prediction', 'The engine was restarted.'));
    const asked = program.called.filter((c) => c.name === 'sam.predict').map((c) => (c.params as Params<'sam.predict'>).prompt.previous);
    expect(asked).toEqual([null, { prediction: 'forgotten', candidate: 0 }, null]);
    await program.reply(2, 'anew');
    expect(shown()).toBe('anew');
    expect(useNotices.getState().notices).toEqual([]);
  });
  it('do nothing in a project that cannot be written', () => {
    const program = slowProgram();
    useProject.setState({ info: { ...info, readOnly: { code: 'project-locked', message: 'Open elsewhere.', item: null } } });
    click(1, 1);
    expect(usePrompt.getState().session).toBeNull();
    expect(program.called).toEqual([]);
  });
});

describe('accepting', () => {
  const instance = {
    id: 11, image: IMAGE, class: 3, shape: { kind: 'box' as const, box: { x: 0, y: 0, width: 1, height: 1 } }, area: 1, box: { x: 0, y: 0, width: 1, height: 1 }, z: 1,
    provenance: { source: 'model' as const, touched: false, sam: null },
  };
  it('keeps the candidate when the disk is full, and takes it once, however often Enter is pressed', async () => {
    let full = true;
    const called = openPage((name) => {
      if (name === 'sam.predict') return answer('p');
      if (name !== 'sam.accept') return {};
      if (full) throw new MaskwrightError('disk-full', 'The disk is full.');
      return { instance, edit: edited('Add instance') };
    });
    click(1, 1);
    await settled();
    await acceptCandidate('Add apple', 3);
    await acceptCandidate('Add apple', 3);
    expect(shown()).toBe('p');
    full = false;
    await retryKept();
    expect(called.filter((c) => c.name === 'sam.accept').map((c) => (c.params as Params<'sam.accept'>).label)).toEqual(['Add apple', 'Add apple']);
    expect(usePrompt.getState().session).toBeNull();
  });
  it('predicts anew, to be looked at again, when the engine was restarted meanwhile', async () => {
    let predictions = 0;
    openPage((name) => {
      if (name === 'sam.predict') {
        predictions += 1;
        return answer(`p${predictions}`);
      }
      if (name === 'sam.accept') throw new MaskwrightError('no-prediction', 'The engine was restarted.');
      return {};
    });
    click(1, 1);
    await settled();
    await acceptCandidate('Add apple', 3);
    await settled();
    expect(shown()).toBe('p2');
    expect(canAccept()).toBe(true);
  });
});

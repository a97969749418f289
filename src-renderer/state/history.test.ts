import { beforeAll, describe, expect, it } from 'vitest';
import type { EditResult } from '../../src-shared/contract/types.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { startI18n } from '../i18n/i18n.ts';
import { redo, undo } from './history.ts';
import { useImage } from './image-store.ts';
import { useNotices } from './notices-store.ts';
import { currentStep } from './prompt-session.ts';
import { promptBox, promptPoint, usePrompt } from './prompt-store.ts';
import { edited, IMAGE, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const OTHER = 7;

beforeAll(startI18n);

/** A page on IMAGE, whose every undo and redo touches what `touched` says. */
function pageWhereUndoTouches(touched: Partial<EditResult>): Called[] {
  return openPage((name) => {
    if (name === 'sam.predict') return new Promise(() => undefined);
    return name === 'project.undo' || name === 'project.redo' ? { ...edited('Mark pear.jpg done'), ...touched } : {};
  });
}
const shown = (): number | null => useImage.getState().current;
const said = (): string[] => useNotices.getState().notices.filter((n) => n.level === 'info').map((n) => n.message);

it.each([['undo', undo], ['redo', redo]])('%s of an edit on another image goes there, and needs no words', async (_, step) => {
  pageWhereUndoTouches({ images: [OTHER] });
  await step();
  expect(shown()).toBe(OTHER);
  expect(said()).toEqual([]);
});

it('on the image on show, or on none, it stays and says nothing', async () => {
  for (const images of [[IMAGE], []]) {
    pageWhereUndoTouches({ images });
    await undo();
    expect(shown()).toBe(IMAGE);
    expect(said()).toEqual([]);
  }
});

it('on several images it stays and names what was undone or redone', async () => {
  for (const touched of [{ images: [OTHER, IMAGE] }, { images: [OTHER], manyImages: true }]) {
    pageWhereUndoTouches(touched);
    await undo();
    await redo();
    expect(shown()).toBe(IMAGE);
    expect(said()).toEqual(['Undone: Mark pear.jpg done', 'Redone: Mark pear.jpg done']);
  }
});

/** How many points are on the canvas; null: no prompt. */
const points = (): number | null => {
  const { session } = usePrompt.getState();
  return session === null ? null : currentStep(session).points.length;
};

describe('with a prompt on the canvas', () => {
  const box = { x: 0, y: 0, width: 5, height: 5 };

  it('undo takes its clicks back one by one, redo puts them there again, and the saved edits behind it stay', async () => {
    const called = pageWhereUndoTouches({ images: [OTHER] });
    const saved = (): string[] => called.map(({ name }) => name).filter((name) => name.startsWith('project.'));
    promptBox(box);
    promptPoint(imagePoint(2, 2), 1);
    await redo();
    await undo();
    expect(points()).toBe(0);
    await undo();
    expect(points()).toBeNull();
    await redo();
    expect(points()).toBe(0);
    await redo();
    expect(points()).toBe(1);
    expect(saved()).toEqual([]);
    await undo();
    await undo();
    await undo();
    expect(saved()).toEqual(['project.undo']);
    // The saved edit was undone last, so it is what comes again first; the clicks before it are gone.
    await redo();
    expect(saved()).toEqual(['project.undo', 'project.redo']);
    expect(points()).toBeNull();
  });

  it('a new click is the end of what could have come again', async () => {
    pageWhereUndoTouches({});
    promptPoint(imagePoint(1, 1), 1);
    promptPoint(imagePoint(9, 9), 1);
    await undo();
    promptPoint(imagePoint(5, 5), 1);
    await redo();
    expect(points()).toBe(2);
  });
});

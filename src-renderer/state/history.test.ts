import { beforeAll, expect, it } from 'vitest';
import type { EditResult } from '../../src-shared/contract/types.ts';
import { startI18n } from '../i18n/i18n.ts';
import { redo, undo } from './history.ts';
import { useImage } from './image-store.ts';
import { useNotices } from './notices-store.ts';
import { usePrompt } from './prompt-store.ts';
import { startWithBox } from './prompt-session.ts';
import { edited, IMAGE, openPage } from './test-contract.ts';

const OTHER = 7;

beforeAll(startI18n);

/** A page on IMAGE, whose every undo and redo touches what `touched` says. */
function pageWhereUndoTouches(touched: Partial<EditResult>): void {
  openPage((name) => (name === 'project.undo' || name === 'project.redo' ? { ...edited('Mark pear.jpg done'), ...touched } : {}));
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

it('does not throw a draft away by going elsewhere', async () => {
  pageWhereUndoTouches({ images: [OTHER] });
  usePrompt.setState({ session: startWithBox(IMAGE, { x: 0, y: 0, width: 5, height: 5 }) });
  await undo();
  expect(shown()).toBe(IMAGE);
  expect(usePrompt.getState().session).not.toBeNull();
  expect(said()).toEqual(['Undone: Mark pear.jpg done']);
});

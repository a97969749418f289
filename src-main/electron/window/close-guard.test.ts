import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Job } from '../../../src-shared/contract/types.ts';
import { guardClosing } from './close-guard.ts';

const { app, boxes } = await vi.hoisted(async () => ({ app: Object.assign(new (await import('node:events')).EventEmitter(), { quit: () => undefined as void }), boxes: [] as number[] }));
vi.mock('electron', () => ({ app, dialog: { showMessageBox: async () => ({ response: boxes.shift() }), showMessageBoxSync: () => boxes.shift() } }));

/** A window as far as closing goes; `done` has what became of it. */
class Window extends EventEmitter {
  readonly webContents = new EventEmitter();
  readonly done: string[] = [];
  visible = true;
  fullScreen = false;
  isVisible = (): boolean => this.visible;
  isFullScreen = (): boolean => this.fullScreen;
  setFullScreen = (on: boolean): void => void this.done.push(on ? 'fullscreen' : 'leave fullscreen');
  hide = (): void => {
    this.visible = false;
    this.done.push('hidden');
  };
  show = (): void => {
    this.visible = true;
    this.done.push('shown');
  };
  close = (): void => {
    let prevented = false;
    this.emit('close', { preventDefault: () => (prevented = true) });
    if (!prevented) this.done.push('closed');
  };
}

let window: Window;
let jobs: Pick<Job, 'title'>[];
beforeEach(() => {
  app.removeAllListeners();
  // Electron closes the windows when it is to quit.
  app.quit = () => {
    app.emit('before-quit');
    window.close();
  };
  boxes.splice(0);
  window = new Window();
  jobs = [];
});
const guards = (platform: NodeJS.Platform): void => void guardClosing(window as unknown as BrowserWindow, () => jobs as Job[], platform);

test('a window that is closed is closed, but on a Mac, where it is hidden and the program stays', () => {
  guards('linux');
  window.close();
  expect(window.done).toEqual(['closed']);
  window = new Window();
  guards('darwin');
  window.close();
  expect(window.done).toEqual(['hidden']);
});

test('on a Mac work goes on behind a hidden window, and quitting closes it', () => {
  guards('darwin');
  jobs.push({ title: 'Exporting' });
  window.close();
  expect(window.done).toEqual(['hidden']);
  jobs.splice(0);
  app.quit();
  expect(window.done).toEqual(['hidden', 'closed']);
});

test('on a Mac full screen is left before the window is hidden', () => {
  guards('darwin');
  window.fullScreen = true;
  window.close();
  expect(window.done).toEqual(['leave fullscreen']);
  window.emit('leave-full-screen');
  expect(window.done).toEqual(['leave fullscreen', 'hidden']);
});

test('who quits during work is asked, in sight; keeping to it, the window is hidden again when it is closed', async () => {
  guards('darwin');
  jobs.push({ title: 'Exporting' });
  window.close();
  boxes.push(1);
  app.quit();
  await new Promise(setImmediate);
  expect(window.done).toEqual(['hidden', 'shown']);
  window.close();
  boxes.push(0);
  app.quit();
  await new Promise(setImmediate);
  expect(window.done).toEqual(['hidden', 'shown', 'hidden', 'shown', 'closed']);
});

test('a page that has something to ask before it is closed is shown', () => {
  guards('darwin');
  window.close();
  boxes.push(1);
  app.emit('before-quit');
  window.webContents.emit('will-prevent-unload', { preventDefault: () => undefined });
  expect(window.visible).toBe(true);
});

import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { beforeEach, expect, test } from 'vitest';
import { OpenedFiles } from './opened-files.ts';

/** A window that keeps what it is asked for. */
class Window extends EventEmitter {
  readonly asked: string[] = [];
  visible = false;
  minimized = false;
  isDestroyed = (): boolean => false;
  isVisible = (): boolean => this.visible;
  isMinimized = (): boolean => this.minimized;
  show = (): void => void this.asked.push('show');
  focus = (): void => void this.asked.push('focus');
  restore = (): void => void this.asked.push('restore');
}

let window: Window;
let told: unknown[];
let files: OpenedFiles;
beforeEach(() => {
  window = new Window();
  told = [];
  files = new OpenedFiles('/first');
});
const withWindow = (): void => files.show(window as unknown as BrowserWindow, (name, data) => told.push([name, data]));

test('until there is a window, what was opened last is what it begins with', () => {
  files.opened(null);
  expect(files.first).toBe('/first');
  files.opened('/second.mwproj');
  expect(files.first).toBe('/second.mwproj');
});

test('then the open window gets it and comes to the front, also from the dock or taskbar', () => {
  withWindow();
  window.emit('ready-to-show');
  window.visible = true;
  files.opened('/a.mwproj');
  expect([told, window.asked]).toEqual([[['shell.open', { path: '/a.mwproj' }]], ['focus']]);
  window.minimized = true;
  files.opened(null);
  expect([told.length, window.asked]).toEqual([1, ['focus', 'restore', 'focus']]);
});

test('a window that was hidden comes back; one that has nothing to show yet is left to its own time', () => {
  withWindow();
  files.opened(null);
  expect(window.asked).toEqual(['focus']);
  window.emit('ready-to-show');
  files.opened(null);
  expect(window.asked).toEqual(['focus', 'show', 'focus']);
});

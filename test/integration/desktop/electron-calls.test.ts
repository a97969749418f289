import type { App, BrowserWindow, Dialog, IpcMain, NativeTheme, PowerSaveBlocker, Screen, Session, Shell, WebContents } from 'electron';
import { expect, test } from 'vitest';
import type * as standIn from '../../electron/stand-in/electron.ts';
import { usesOfElectron } from '../../electron/uses.ts';

/**
 * What the shell uses of Electron, as the compiler reads it, against what electron.d.ts says of it. That the names are there is the
 * compiler's own business; for which systems they are, it passes over.
 */

/** Why it does no harm to use these on the other systems, or what keeps them from being used there. */
const FOR_SOME_SYSTEMS: Readonly<Record<string, string>> = {
  'App.addRecentDocument (darwin,win32)': 'Linux has no such list: nothing happens',
  'App.on activate (darwin)': 'is not emitted elsewhere',
  'App.on open-file (darwin)': 'is not emitted elsewhere: files come on the command line there',
  'App.setAppUserModelId (win32)': 'called on Windows only',
  'BaseWindowConstructorOptions.autoHideMenuBar (linux,win32)': 'a Mac has no menu bar in its windows',
  'BrowserWindow.setRepresentedFilename (darwin)': 'elsewhere a title bar shows no file: nothing happens',
  'MenuItemConstructorOptions.registerAccelerator (linux,win32)': 'a Mac registers them all: commands are told that they were chosen by key',
};

const used = usesOfElectron();

test('the shell is read: calls, options and events of Electron are found', () => {
  expect([...used]).toEqual(expect.arrayContaining(['App.requestSingleInstanceLock', 'WebPreferences.sandbox', 'MessageBoxOptions.cancelId', 'WebContents.on will-navigate', 'BrowserWindow.on ready-to-show', 'Menu.setApplicationMenu']));
});

test('what Electron has for some systems only is used knowingly', () => {
  const marked = [...used].filter((name) => name.endsWith(')'));
  expect(marked.toSorted(), 'Look at what it does on the other systems, and say it in FOR_SOME_SYSTEMS.').toEqual(Object.keys(FOR_SOME_SYSTEMS).toSorted());
});

/** Names that the stand-in has and Electron has not, beside those that drive it. Fails to compile where there are any. */
type Invented<Ours, Electrons, Driving = never> = Exclude<keyof Ours, keyof Electrons | Driving>;
type None<T extends never> = T;
export type StandInNames = [
  None<Invented<typeof standIn.app, App>>,
  None<Invented<typeof standIn.dialog, Dialog>>,
  None<Invented<typeof standIn.ipcMain, IpcMain>>,
  None<Invented<typeof standIn.nativeTheme, NativeTheme>>,
  None<Invented<typeof standIn.powerSaveBlocker, PowerSaveBlocker>>,
  None<Invented<typeof standIn.screen, Screen>>,
  None<Invented<typeof standIn.session.defaultSession, Session, 'decide'>>,
  None<Invented<typeof standIn.shell, Shell>>,
  None<Invented<standIn.BrowserWindow, BrowserWindow>>,
  None<Invented<standIn.BrowserWindow['webContents'], WebContents, 'load' | 'closePage' | 'resize'>>,
];

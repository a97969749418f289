import { t } from 'i18next';
import type { MenuEntry, MenuGroup } from '../../src-shared/contract/shell.ts';
import { useAutomatic } from '../state/automatic-store.ts';
import { useCheck } from '../state/check-store.ts';
import { useImage } from '../state/image-store.ts';
import { notifyError } from '../state/notices-store.ts';
import { useProject } from '../state/project-store.ts';
import { usePrompt } from '../state/prompt-store.ts';
import { useReplay } from '../state/replay-store.ts';
import { callShell, hasShell, onShell } from '../state/shell.ts';
import { useUi } from '../state/ui-store.ts';
import { accelerator, takesText } from './keys.ts';
import { menus } from './menus.ts';
import { dispatchable } from './modal.ts';
import { command, COMMANDS, isEnabled, runCommand } from './registry.ts';
import type { Command } from './types.ts';

const FULL_SCREEN: readonly MenuEntry[] = [{ kind: 'separator' }, { kind: 'role', role: 'togglefullscreen' }];
const CHANGES_AFTER_MS = 150;
const ROLES: Readonly<Record<string, MenuGroup['role']>> = { 'menu.file': 'file', 'menu.help': 'help' };

type TextRole = Extract<MenuEntry, { readonly kind: 'role' }>['role'];
const SYSTEM: Readonly<Record<string, TextRole>> = { 'role:cut': 'cut', 'role:copy': 'copy', 'role:paste': 'paste' };
/** What these commands are in a text field. On a Mac the text hears of these keys from the menu alone. */
const IN_TEXT: Readonly<Record<string, TextRole>> = { 'program.undo': 'undo', 'program.redo': 'redo', 'object.delete': 'delete', 'object.selectAll': 'selectAll' };

const worksWhileTyping = (it: Command): boolean => it.whileTyping === true;

function line(word: string, inText: boolean): MenuEntry {
  if (word === '-') return { kind: 'separator' };
  const role = SYSTEM[word] ?? (inText ? IN_TEXT[word] : undefined);
  if (role !== undefined) return { kind: 'role', role };
  const it = command(word);
  return { kind: 'command', id: it.id, label: t(it.title), accelerator: inText && !worksWhileTyping(it) ? null : accelerator(it.keys), enabled: isEnabled(it) };
}

/** The bar as it should be now. @param inText a text field has the focus: its keys are its own */
export const menuBar = (inText: boolean): MenuGroup[] =>
  menus().flat().map(({ title, lines }) => ({ role: ROLES[title] ?? null, label: t(title), entries: [...lines.map((word) => line(word, inText)), ...(title === 'group.view' ? FULL_SCREEN : [])] }));

/** The command that was chosen in the menu; none where its key was meant for a text field. */
export function chosen(id: string, byKey: boolean, inText: boolean): Command | null {
  const found = COMMANDS.find((it) => it.id === id) ?? null;
  return found !== null && byKey && inText && !worksWhileTyping(found) ? null : found;
}

const typing = (): boolean => takesText(document.activeElement);

/** Keeps the native menu of a desktop window as the registry is, and runs what is chosen there. */
export function showNativeMenu(): void {
  if (!hasShell()) return;
  onShell('shell.command', ({ id, byKey }) => {
    const found = chosen(id, byKey, typing());
    // As with keys: behind a dialog the window's commands mean nothing.
    if (found !== null && dispatchable(document.activeElement)) runCommand(found);
  });
  let shown = '';
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = (): void => {
    timer = null;
    const groups = menuBar(typing());
    const now = JSON.stringify(groups);
    if (now === shown) return;
    shown = now;
    callShell('shell.menu', { groups }).catch(notifyError);
  };
  const later = (): void => {
    timer ??= setTimeout(show, CHANGES_AFTER_MS);
  };
  // What the commands' conditions look at.
  for (const store of [useUi, useProject, useImage, usePrompt, useAutomatic, useReplay, useCheck]) store.subscribe(later);
  for (const change of ['focusin', 'focusout']) document.addEventListener(change, later);
  later();
}

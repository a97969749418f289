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
import { accelerator } from './keys.ts';
import { menus } from './menus.ts';
import { dispatchable } from './modal.ts';
import { command, COMMANDS, isEnabled, runCommand } from './registry.ts';
import type { Command } from './types.ts';

const FULL_SCREEN: readonly MenuEntry[] = [{ kind: 'separator' }, { kind: 'role', role: 'togglefullscreen' }];
const CHANGES_AFTER_MS = 150;

function line(word: string): MenuEntry {
  if (word === '-') return { kind: 'separator' };
  if (word === 'role:cut' || word === 'role:copy' || word === 'role:paste') return { kind: 'role', role: word.slice('role:'.length) as 'cut' | 'copy' | 'paste' };
  return entry(command(word));
}

const entry = (it: Command): MenuEntry => ({ kind: 'command', id: it.id, label: t(it.title), accelerator: accelerator(it.keys), enabled: isEnabled(it) });
/** The bar as it should be now. */
export const menuBar = (): MenuGroup[] =>
  menus().flat().map(({ title, lines }) => ({ label: t(title), entries: [...lines.map(line), ...(title === 'group.view' ? FULL_SCREEN : [])] }));

/** Keeps the native menu of a desktop window as the registry is, and runs what is chosen there. */
export function showNativeMenu(): void {
  if (!hasShell()) return;
  onShell('shell.command', ({ id }) => {
    const found = COMMANDS.find((it) => it.id === id);
    // As with keys: behind a dialog the window's commands mean nothing.
    if (found !== undefined && dispatchable(document.activeElement)) runCommand(found);
  });
  let shown = '';
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = (): void => {
    timer = null;
    const groups = menuBar();
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
  later();
}

import { t } from 'i18next';
import type { MenuEntry, MenuGroup } from '../../src-shared/contract/shell.ts';
import { useAutomatic } from '../state/automatic-store.ts';
import { useImage } from '../state/image-store.ts';
import { notifyError } from '../state/notices-store.ts';
import { useProject } from '../state/project-store.ts';
import { usePrompt } from '../state/prompt-store.ts';
import { callShell, hasShell, onShell } from '../state/shell.ts';
import { useUi } from '../state/ui-store.ts';
import { accelerator } from './keys.ts';
import { dispatchable } from './modal.ts';
import { command, COMMANDS, isEnabled, runCommand } from './registry.ts';
import type { Command, CommandGroup } from './types.ts';

/** The menus of the bar: ids of commands, a line for a separator, or roles of the system. */
const FILE = ['program.open', 'program.sample', '-', 'program.addFolder', 'program.findNew', 'program.importDataset', 'program.export', '-', 'program.save', 'program.close', '-', 'program.models', 'program.importModel', 'program.settings'];
const EDIT = ['program.undo', 'program.redo', '-', 'role:cut', 'role:copy', 'role:paste', '-', 'object.delete', 'object.duplicate', 'object.selectAll'];
const HELP = ['program.palette', 'program.help', '-', 'program.diagnostics', 'program.licences', '-', 'program.about'];
const GROUPS: readonly CommandGroup[] = ['go', 'tools', 'drawing', 'objects', 'dataset'];
const CHANGES_AFTER_MS = 150;

function line(word: string): MenuEntry {
  if (word === '-') return { kind: 'separator' };
  if (word === 'role:cut' || word === 'role:copy' || word === 'role:paste') return { kind: 'role', role: word.slice('role:'.length) as 'cut' | 'copy' | 'paste' };
  return entry(command(word));
}

const entry = (it: Command): MenuEntry => ({ kind: 'command', id: it.id, label: t(it.title), accelerator: accelerator(it.keys), enabled: isEnabled(it) });
const group = (name: CommandGroup): MenuGroup => ({ label: t(`group.${name}`), entries: COMMANDS.filter((it) => it.group === name && it.keyOnly !== true && !EDIT.includes(it.id)).map(entry) });

/** The bar as it should be now. */
export function menuBar(): MenuGroup[] {
  return [
    { label: t('menu.file'), entries: FILE.map(line) },
    { label: t('menu.edit'), entries: EDIT.map(line) },
    ...GROUPS.map(group),
    { label: t('group.view'), entries: [...group('view').entries, { kind: 'separator' }, { kind: 'role', role: 'togglefullscreen' }] },
    { label: t('menu.help'), entries: HELP.map(line) },
  ];
}

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
  for (const store of [useUi, useProject, useImage, usePrompt, useAutomatic]) store.subscribe(later);
  later();
}

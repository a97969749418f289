import { COMMANDS, isEnabled } from './registry.ts';
import type { Command, CommandGroup } from './types.ts';

/** A menu of the window, and of a desktop's menu bar. */
export interface MenuOfCommands {
  /** Key of its title in the language file. */
  readonly title: string;
  /** Ids of commands, a line for a separator, or roles of the system, which only a desktop's bar has. */
  readonly lines: readonly string[];
}

const FILE = ['program.open', 'program.sample', '-', 'program.addFolder', 'program.findNew', 'program.importDataset', 'program.export', '-', 'program.save', 'program.close', '-', 'program.models', 'program.importModel', 'program.settings'];
const EDIT = ['program.undo', 'program.redo', '-', 'role:cut', 'role:copy', 'role:paste', '-', 'object.delete', 'object.duplicate', 'object.selectAll'];
const HELP = ['program.palette', 'program.help', '-', 'program.diagnostics', 'program.licences', '-', 'program.about'];

/** What means something in a mode only is left out of menus while that is off, instead of standing there gray. */
const isListed = (it: Command): boolean => it.keyOnly !== true && (it.modeOnly !== true || isEnabled(it));
const group = (name: CommandGroup): MenuOfCommands => ({ title: `group.${name}`, lines: COMMANDS.filter((it) => it.group === name && !EDIT.includes(it.id) && isListed(it)).map(({ id }) => id) });

/** The menus as they should be now, in three parts: the project, the work on it, the program. */
export const menus = (): readonly (readonly MenuOfCommands[])[] => [
  [{ title: 'menu.file', lines: FILE }, { title: 'menu.edit', lines: EDIT }],
  (['go', 'tools', 'drawing', 'objects', 'dataset', 'view'] as const).map(group),
  [{ title: 'menu.help', lines: HELP }],
];

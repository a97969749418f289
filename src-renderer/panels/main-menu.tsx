import { Menu } from '@base-ui/react/menu';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { returnFocus } from '../components/modal.tsx';
import { CommandKey } from '../components/keys.tsx';
import { Logo } from '../components/logo.tsx';
import { command, COMMANDS, isEnabled, runCommand } from '../commands/registry.ts';
import type { Command, CommandGroup } from '../commands/types.ts';

/** Submenus for all groups but the program's own commands, which lie open below them. */
const SUBMENUS: readonly CommandGroup[] = ['go', 'tools', 'drawing', 'objects', 'view', 'dataset'];
const PROGRAM: readonly (readonly string[])[] = [
  ['program.undo', 'program.redo'],
  ['program.open', 'program.sample', 'program.addFolder', 'program.findNew', 'program.importDataset', 'program.export', 'program.save', 'program.close'],
  ['program.models', 'program.importModel'],
  ['program.palette', 'program.settings'],
  ['program.help', 'program.diagnostics', 'program.licences', 'program.about'],
];

function Item({ it }: { readonly it: Command }): ReactElement {
  const { t } = useTranslation();
  return (
    <Menu.Item className="menu-item" disabled={!isEnabled(it)} onClick={() => runCommand(it)}>
      {t(it.title)}
      <CommandKey id={it.id} />
    </Menu.Item>
  );
}

/** The program's menu: all that the registry holds. */
export function MainMenu(): ReactElement {
  const { t } = useTranslation();
  return (
    <Menu.Root>
      <Menu.Trigger className="brand" aria-label={t('menu.name')}>
        <Logo size={18} />Maskwright<ChevronDown size={14} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" align="start" sideOffset={4}>
          <Menu.Popup className="popup menu" finalFocus={returnFocus}>
            {SUBMENUS.map((group) => (
              <Menu.SubmenuRoot key={group}>
                <Menu.SubmenuTrigger className="menu-item">{t(`group.${group}`)}<ChevronRight size={14} /></Menu.SubmenuTrigger>
                <Menu.Portal>
                  <Menu.Positioner className="positioner" alignOffset={-5}>
                    <Menu.Popup className="popup menu">
                      {COMMANDS.filter((c) => c.group === group && c.keyOnly !== true).map((c) => <Item key={c.id} it={c} />)}
                    </Menu.Popup>
                  </Menu.Positioner>
                </Menu.Portal>
              </Menu.SubmenuRoot>
            ))}
            {PROGRAM.map((ids) => (
              <Menu.Group key={ids[0]}>
                <div className="menu-separator" />
                {ids.map((id) => <Item key={id} it={command(id)} />)}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

import { Menu } from '@base-ui/react/menu';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { useBelowDialogs } from '../components/below-dialogs.ts';
import { returnFocus } from '../components/modal.tsx';
import { CommandKey } from '../components/keys.tsx';
import { Logo } from '../components/logo.tsx';
import { menus } from '../commands/menus.ts';
import type { MenuOfCommands } from '../commands/menus.ts';
import { command, isEnabled, runCommand } from '../commands/registry.ts';
import type { Command } from '../commands/types.ts';

function Item({ it }: { readonly it: Command }): ReactElement {
  const { t } = useTranslation();
  return (
    <Menu.Item className="menu-item" disabled={!isEnabled(it)} onClick={() => runCommand(it)}>
      {t(it.title)}
      <CommandKey id={it.id} />
    </Menu.Item>
  );
}

function Submenu({ menu }: { readonly menu: MenuOfCommands }): ReactElement {
  const { t } = useTranslation();
  const lines = menu.lines.filter((line) => !line.startsWith('role:'));
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className="menu-item">{t(menu.title)}<ChevronRight size={14} /></Menu.SubmenuTrigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" alignOffset={-5}>
          <Menu.Popup className="popup menu">
            {lines.map((line, i) => (line !== '-' ? <Item key={line} it={command(line)} /> : lines[i - 1] !== '-' && <div key={i} className="menu-separator" />))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.SubmenuRoot>
  );
}

/** The program's menu, ordered as a desktop's menu bar. */
export function MainMenu(): ReactElement {
  const { t } = useTranslation();
  return (
    <Menu.Root {...useBelowDialogs()}>
      <Menu.Trigger className="brand" aria-label={t('menu.name')}>
        <Logo size={18} />Maskwright<ChevronDown size={14} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" align="start" sideOffset={4}>
          <Menu.Popup className="popup menu" finalFocus={returnFocus}>
            {menus().map((part, i) => (
              <Menu.Group key={part[0]?.title}>
                {i > 0 && <div className="menu-separator" />}
                {part.map((menu) => <Submenu key={menu.title} menu={menu} />)}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

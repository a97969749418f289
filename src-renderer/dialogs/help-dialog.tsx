import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { COMMANDS } from '../commands/registry.ts';
import type { Command, CommandGroup } from '../commands/types.ts';
import { Key } from '../components/keys.tsx';
import { Modal } from '../components/modal.tsx';

const GROUPS: readonly CommandGroup[] = ['go', 'tools', 'drawing', 'objects', 'view', 'program'];
/** What is done with the mouse, or in one place only, has no command, but belongs to the sheet. */
const GESTURES: { readonly [G in CommandGroup]?: readonly string[] } = {
  go: ['list', 'toCanvas'],
  drawing: ['foreground', 'background', 'resize', 'move', 'stroke', 'box', 'putAway', 'wheel', 'extend'],
};

/** The number pad's keys, and the = that shares its key with +, go without saying. */
const isTold = (chord: string): boolean => !chord.includes('Num') && chord !== 'Mod+char:=';

/** The commands of a group that have keys, those of one title (the four arrows) in one row. */
function rows(group: CommandGroup): Command[][] {
  const told = COMMANDS.filter((c) => c.group === group && c.keys.length > 0 && !/^object\.class[2-9]$/.test(c.id));
  return [...Map.groupBy(told, (c) => c.title).values()];
}

/** All keys, from the registry. */
export function HelpDialog(): ReactElement {
  const { t } = useTranslation();
  return (
    <Modal title={t('help.title')} size="wide">
      <div className="help-columns">
        {GROUPS.map((group) => (
          <section key={group} className="help-group">
            <h3>{t(`group.${group}`)}</h3>
            {rows(group).map((same) => {
              const classKeys = same[0]?.id === 'object.class1';
              return (
                <div key={same[0]?.id} className="help-row">
                  <span>{t(classKeys ? 'command.classKeys' : (same[0]?.title ?? ''))}</span>
                  <span>{classKeys ? <><Key chord="Digit1" />–<Key chord="Digit9" /></> : same.flatMap((c) => c.keys).filter(isTold).map((k) => <Key key={k} chord={k} />)}</span>
                </div>
              );
            })}
            {GESTURES[group]?.map((g) => (
              <div key={g} className="help-row"><span>{t(`gesture.${g}`)}</span><span><kbd className="kbd">{t(`gesture.${g}Key`)}</kbd></span></div>
            ))}
          </section>
        ))}
      </div>
    </Modal>
  );
}

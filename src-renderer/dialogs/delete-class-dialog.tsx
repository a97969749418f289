import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../components/format.ts';
import { Modal } from '../components/modal.tsx';
import { RadioCards } from '../components/radio-cards.tsx';
import type { RadioChoice } from '../components/radio-cards.tsx';
import { removeClass } from '../state/objects.ts';
import type { FateOfInstances } from '../state/objects.ts';
import { classById, useProject } from '../state/project-store.ts';
import { closeDialog } from '../state/ui-store.ts';

type Action = FateOfInstances['action'];

/** Deleting a class asks what becomes of its instances. */
export function DeleteClassDialog({ id }: { readonly id: number }): ReactElement | null {
  const { t } = useTranslation();
  const classes = useProject((s) => s.info?.classes);
  const [action, setAction] = useState<Action>('unlabel');
  const others = classes?.filter((c) => c.id !== id) ?? [];
  const [to, setTo] = useState(others[0]?.id ?? null);
  const it = classById(id);
  if (it === null) return null;
  const count = it.instances;
  const choices: RadioChoice<Action>[] = [
    { value: 'unlabel', title: t('deleteClass.unlabel'), detail: t('deleteClass.unlabelDetail') },
    { value: 'move', title: t('deleteClass.move'), detail: t('deleteClass.moveDetail'), disabled: others.length === 0 },
    { value: 'delete', title: t('deleteClass.delete'), detail: t('deleteClass.deleteDetail') },
  ];
  const remove = (): void => {
    closeDialog();
    void removeClass(id, action === 'move' && to !== null ? { action, to } : { action: action === 'delete' ? 'delete' : 'unlabel' });
  };
  return (
    <Modal
      title={t('deleteClass.title', { name: it.name })}
      footer={
        <>
          <span className="grow faint">{t('deleteClass.undoable')}</span>
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          <button type="button" className="button danger" onClick={remove}>{t('deleteClass.confirm')}</button>
        </>
      }
    >
      {count === 0 ? <p>{t('deleteClass.noInstances')}</p> : (
        <>
          <p>{t('deleteClass.instances', { count, n: formatCount(count) })}</p>
          <RadioCards label={t('deleteClass.fate')} value={action} onChange={setAction} choices={choices} />
          {action === 'move' && (
            <label className="label">
              {t('deleteClass.to')}
              <select className="field" value={to ?? ''} onChange={(e) => setTo(Number(e.target.value))}>{others.map((c) => <option key={c.id} value={c.id}>{c.name}</option>)}</select>
            </label>
          )}
        </>
      )}
    </Modal>
  );
}

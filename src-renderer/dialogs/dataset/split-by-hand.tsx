import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { SplitName } from '../../../src-shared/domain/commands.ts';
import type { ProjectInfo } from '../../../src-shared/contract/types.ts';
import { formatCount } from '../../components/format.ts';
import { call } from '../../state/backend.ts';
import { applyEdit } from '../../state/edits.ts';
import { useImage } from '../../state/image-store.ts';
import { useList } from '../../state/list-store.ts';
import { useSplitForm } from '../../state/split-form.ts';
import { splitNames, useSplits } from '../../state/splits-store.ts';

type Which = 'current' | 'listed' | 'all';

/** Gives a split to the image on show, to those that the list shows, or to all, or takes it away. */
export function SplitByHand({ info, onDone }: { readonly info: ProjectInfo; readonly onDone: () => void }): ReactElement {
  const { t } = useTranslation();
  const counts = useSplits((s) => s.counts);
  const parts = useSplitForm((s) => s.parts);
  const { filter, ids } = useList();
  const current = useImage((s) => s.current);
  const shown = useList((s) => (current === null ? undefined : s.rows.get(current)));
  const [which, setWhich] = useState<Which>('current');
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const names = [...new Set([...parts.map((part) => part.name.trim()).filter((part) => part !== ''), ...splitNames(counts)])];
  const give = async (split: string | null): Promise<void> => {
    if (which === 'current' && current === null) return;
    const images = which === 'current' ? { ids: [current ?? 0] } : { filter: which === 'listed' ? filter : { name: '', status: 'all' as const } };
    setBusy(true);
    setProblem(null);
    try {
      applyEdit(info.project, await call('splits.set', { project: info.project, images, split, label: t(split === null ? 'splits.undoClear' : 'splits.undoSet', { name: split }) }));
    } catch (error) {
      setProblem(toProblem(error).message);
    } finally {
      setBusy(false);
      onDone();
    }
  };
  const blocked = busy || info.readOnly !== null || (which === 'current' && current === null) || (which === 'listed' && ids?.length === 0);
  return (
    <fieldset className="split-by-hand">
      <legend>{t('splits.byHand')}</legend>
      <select className="field" aria-label={t('splits.which')} value={which} onChange={(e) => setWhich(e.target.value as Which)}>
        <option value="current">{t('splits.current', { name: shown?.name ?? '–', split: shown?.split ?? t('splits.none') })}</option>
        <option value="listed">{t('splits.listed', { count: ids?.length ?? 0, n: formatCount(ids?.length ?? 0) })}</option>
        <option value="all">{t('splits.all', { count: info.images.total, n: formatCount(info.images.total) })}</option>
      </select>
      <div className="with-button">
        <input type="text" className="field" list="split-names" aria-label={t('splits.name')} placeholder={t('splits.name')} spellCheck={false} maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
        <datalist id="split-names">{names.map((one) => <option key={one} value={one} />)}</datalist>
        <button type="button" className="button" disabled={blocked || !SplitName.safeParse(name).success} onClick={() => void give(name.trim())}>{t('splits.set')}</button>
        <button type="button" className="button" disabled={blocked} onClick={() => void give(null)}>{t('splits.clear')}</button>
      </div>
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </fieldset>
  );
}

import { ArrowLeftRight, Check, Download, Pencil, RotateCcw, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SnapshotRow } from '../../../src-shared/contract/snapshots.ts';
import { formatAgo, formatCount, formatMoment } from '../../components/format.ts';
import { useProject } from '../../state/project-store.ts';
import { changeSnapshot, compareSnapshots, deleteSnapshot, restoreSnapshot } from '../../state/snapshots-store.ts';
import { showDialog } from '../../state/ui-store.ts';

/** What is asked once more before it is done. */
type Asking = { readonly about: 'delete' | 'restore' | 'edit'; readonly snapshot: number } | null;

export function SnapshotList({ rows }: { readonly rows: readonly SnapshotRow[] }): ReactElement {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asking>(null);
  return (
    <ul className="snapshot-list" aria-label={t('dataset.snapshots')}>
      {rows.map((row) => <Row key={row.snapshot} row={row} asking={asking?.snapshot === row.snapshot ? asking.about : null} ask={(about) => setAsking(about === null ? null : { about, snapshot: row.snapshot })} />)}
    </ul>
  );
}

function Row({ row, asking, ask }: { readonly row: SnapshotRow; readonly asking: 'delete' | 'restore' | 'edit' | null; readonly ask: (about: 'delete' | 'restore' | 'edit' | null) => void }): ReactElement {
  const { t } = useTranslation();
  const writable = useProject((s) => s.info?.readOnly === null);
  const { snapshot, name, note, at, images, instances } = row;
  if (asking === 'edit') return <li className="snapshot-row"><Edit row={row} onEnd={() => ask(null)} /></li>;
  const run = (): void => {
    if (asking === 'delete') deleteSnapshot(snapshot);
    else restoreSnapshot(row);
    ask(null);
  };
  return (
    <li className="snapshot-row">
      <div className="grow">
        <p className="ellipsis"><b>{name}</b><time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>{formatAgo(at)}</time></p>
        <small className="numeric ellipsis">{t('export.count', { count: images })} · {t('images.instances', { count: instances, n: formatCount(instances) })}{note !== '' && ` · ${note}`}</small>
      </div>
      {asking !== null
        ? (
          <span className="snapshot-ask" role="alertdialog" aria-label={t(`snapshots.${asking}Ask`, { name })}>
            <span>{t(`snapshots.${asking}Ask`, { name })}</span>
            <button type="button" className="button small" autoFocus onClick={() => ask(null)}>{t('dialog.cancel')}</button>
            <button type="button" className={asking === 'delete' ? 'button small danger' : 'button small primary'} onClick={run}>{t(`snapshots.${asking}`)}</button>
          </span>
        )
        : (
          <>
            <button type="button" className="button small" onClick={() => void compareSnapshots(snapshot, null)}><ArrowLeftRight size={13} />{t('snapshots.compare')}</button>
            <button type="button" className="button small" onClick={() => showDialog({ kind: 'export', snapshot: row })}><Download size={13} />{t('snapshots.export')}</button>
            {writable && (
              <>
                <button type="button" className="button small" onClick={() => ask('restore')}><RotateCcw size={13} />{t('snapshots.restore')}</button>
                <button type="button" className="icon-button" aria-label={t('snapshots.editOf', { name })} title={t('snapshots.edit')} onClick={() => ask('edit')}><Pencil size={14} /></button>
                <button type="button" className="icon-button" aria-label={t('snapshots.deleteOf', { name })} title={t('snapshots.delete')} onClick={() => ask('delete')}><Trash2 size={14} /></button>
              </>
            )}
          </>
        )}
    </li>
  );
}

function Edit({ row, onEnd }: { readonly row: SnapshotRow; readonly onEnd: () => void }): ReactElement {
  const { t } = useTranslation();
  const [name, setName] = useState(row.name);
  const [note, setNote] = useState(row.note);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await changeSnapshot(row.snapshot, { name, note });
      onEnd();
    } catch (error) {
      setProblem(toProblem(error).message);
    }
  };
  const escape = (event: { readonly key: string; stopPropagation(): void }): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onEnd();
  };
  return (
    <form className="snapshot-edit" onSubmit={(event) => void submit(event)} onKeyDown={escape}>
      <input type="text" className="field" autoFocus aria-label={t('snapshots.name')} value={name} maxLength={200} spellCheck={false} aria-invalid={problem !== null} onChange={(e) => { setName(e.target.value); setProblem(null); }} />
      <input type="text" className="field grow" aria-label={t('snapshots.note')} value={note} maxLength={10_000} onChange={(e) => setNote(e.target.value)} />
      <button type="submit" className="icon-button" aria-label={t('snapshots.save')} title={t('snapshots.save')} disabled={name.trim() === ''}><Check size={15} /></button>
      <button type="button" className="icon-button" aria-label={t('dialog.cancel')} title={t('dialog.cancel')} onClick={onEnd}><X size={15} /></button>
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </form>
  );
}

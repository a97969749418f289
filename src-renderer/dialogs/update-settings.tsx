import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { UpdateState } from '../../src-shared/contract/shell.ts';
import { formatBytes } from '../components/model-words.ts';
import { ProgressBar } from '../components/progress.tsx';
import { useApp } from '../state/app-store.ts';
import { askForUpdate, cancelUpdate, downloadUpdate, switchUpdates, useUpdates } from '../state/updates-store.ts';

/** Nothing where the program cannot update itself. */
export function UpdateSettings(): ReactElement | null {
  const { t } = useTranslation();
  const on = useApp((s) => s.settings?.updates ?? false);
  const state = useUpdates((s) => s.state);
  if (state === null) return null;
  return (
    <section className="updates" aria-label={t('updates.title')}>
      <label className="check"><input type="checkbox" checked={on} onChange={(e) => switchUpdates(e.target.checked)} /><span>{t('updates.switch')}<small>{t('updates.switchDetail')}</small></span></label>
      {on && <Progress state={state} />}
    </section>
  );
}

function Progress({ state }: { readonly state: UpdateState }): ReactElement {
  const { t } = useTranslation();
  const version = useApp((s) => s.info?.version ?? '');
  const ask = <button type="button" className="button" onClick={askForUpdate}>{t('updates.ask')}</button>;
  switch (state.is) {
    case 'unasked':
      return <div className="with-button"><span className="grow" />{ask}</div>;
    case 'asking':
      return <p role="status">{t('updates.asking')}</p>;
    case 'newest':
      return <div className="with-button"><span className="grow" role="status">{t('updates.newest', { version })}</span>{ask}</div>;
    case 'failed':
      return <div className="with-button"><span className="grow" role="alert">{state.problem.message}</span>{ask}</div>;
    case 'offered':
      return <Offer offer={state.offer}><button type="button" className="button primary" onClick={downloadUpdate}>{t('updates.download', { size: formatBytes(state.offer.bytes) })}</button></Offer>;
    case 'downloading':
      return (
        <Offer offer={state.offer}>
          <ProgressBar label={t('updates.downloading')} done={state.done} total={state.offer.bytes} />
          <button type="button" className="button" onClick={cancelUpdate}>{t('updates.cancel')}</button>
        </Offer>
      );
    case 'ready':
      return <Offer offer={state.offer}><span role="status">{t('updates.ready')}</span></Offer>;
  }
}

/** Release notes come from a server: they are shown as the text they are. */
function Offer({ offer, children }: { readonly offer: { readonly version: string; readonly notes: string }; readonly children: ReactElement | ReactElement[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <p>{t('updates.there', { version: offer.version })}</p>
      {offer.notes !== '' && <pre className="release-notes" aria-label={t('updates.notes', { version: offer.version })} tabIndex={0}>{offer.notes}</pre>}
      <div className="with-button"><span className="grow" />{children}</div>
    </>
  );
}

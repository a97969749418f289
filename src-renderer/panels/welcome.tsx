import { FolderOpen, Sparkles, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command, runCommand } from '../commands/registry.ts';
import { formatAgo } from '../components/format.ts';
import { Key } from '../components/keys.tsx';
import { Logo } from '../components/logo.tsx';
import { ConnectionBanner } from './banners.tsx';
import { forgetRecent, useApp } from '../state/app-store.ts';
import { notifyError } from '../state/notices-store.ts';
import { openPath } from '../state/session.ts';

/** The page without a project: the ways to begin. */
export function Welcome(): ReactElement {
  const { t } = useTranslation();
  const recent = useApp((s) => s.recent);
  const version = useApp((s) => s.info?.version);
  return (
    <main className="welcome">
      <div className="welcome-banner"><ConnectionBanner /></div>
      <div className="welcome-inner">
        <header>
          <h1><Logo size={34} />Maskwright</h1>
          <p className="welcome-lead">{t('welcome.lead')}</p>
        </header>
        <div className="welcome-ways">
          <button type="button" className="way" onClick={() => runCommand(command('program.open'))}><FolderOpen /><b>{t('welcome.open')}</b><span>{t('welcome.openDetail')}</span></button>
          <button type="button" className="way" onClick={() => runCommand(command('program.sample'))}><Sparkles /><b>{t('welcome.sample')}</b><span>{t('welcome.sampleDetail')}</span></button>
        </div>
        {recent.length > 0 && (
          <section aria-labelledby="recent-title">
            <h2 id="recent-title">{t('welcome.recent')}</h2>
            <ul>
              {recent.map((r) => (
                <li key={r.path} className="recent">
                  <button type="button" className="recent-row" disabled={r.missing} onClick={() => void openPath(r.path, r.name)}>
                    <b>{r.name}</b>
                    <span className="ellipsis" title={r.path}><bdi>{r.path}</bdi></span>
                    <time dateTime={new Date(r.openedAt).toISOString()}>{r.missing ? t('welcome.missing') : formatAgo(r.openedAt)}</time>
                  </button>
                  <button type="button" className="icon-button" aria-label={t('welcome.forget', { name: r.name })} title={t('welcome.forgetDetail')} onClick={() => forgetRecent(r.path).catch(notifyError)}><X size={14} /></button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <footer className="welcome-foot"><span>{t('welcome.privacy')}</span><span><Key chord="Mod+KeyK" /> {t('welcome.palette')}&ensp;{version}</span></footer>
      </div>
    </main>
  );
}

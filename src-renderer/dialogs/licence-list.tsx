import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Licences } from '../../src-shared/contract/help.ts';
import type { Licence } from '../../src-shared/contract/help.ts';
import { formatCount } from '../components/format.ts';

/** Made beside the page as it is built (scripts/licences.mjs). */
async function readLicences(): Promise<Licence[]> {
  const answer = await fetch('licences.json');
  return Licences.parse(await answer.json());
}

/** All parts of the program that are others' work, and ours, each with its licence; opened, its text. */
export function LicenceList(): ReactElement {
  const { t } = useTranslation();
  const [licences, setLicences] = useState<readonly Licence[] | 'unreadable' | null>(null);
  const [search, setSearch] = useState('');
  useEffect(() => {
    readLicences().then(setLicences, () => setLicences('unreadable'));
  }, []);
  if (licences === 'unreadable') return <p className="inline-error" role="alert">{t('about.unreadable')}</p>;
  const wanted = search.trim().toLowerCase();
  const found = (licences ?? []).filter(({ name, licence, note }) => [name, licence, note ?? ''].some((words) => words.toLowerCase().includes(wanted)));
  return (
    <>
      <div className="search">
        <Search size={14} />
        <input className="field" type="search" aria-label={t('about.search')} placeholder={t('about.search')} value={search} onChange={(e) => setSearch(e.target.value)} />
      </div>
      <p role="status">{licences === null ? '' : found.length === 0 ? t('about.none') : t('about.count', { count: found.length, n: formatCount(found.length) })}</p>
      <div className="licences">
        {found.map(({ name, version, licence, note, text }) => (
          <details key={`${name} ${version}`}>
            <summary aria-label={t('about.part', { name, licence })}><b>{name}</b> <span className="numeric">{version}</span><i>{licence}</i></summary>
            {note !== null && <p>{note}</p>}
            <pre className="selectable">{text}</pre>
          </details>
        ))}
      </div>
    </>
  );
}

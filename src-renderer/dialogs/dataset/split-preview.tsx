import { TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { SplitReport } from '../../../src-shared/contract/splits.ts';
import { formatCount, formatShare } from '../../components/format.ts';

/** What dividing would come to: the parts, what is kept together, and how each class is divided. */
export function SplitPreview({ report }: { readonly report: SplitReport }): ReactElement {
  const { t } = useTranslation();
  const { images, changed, locked } = report;
  return (
    <>
      <div className="facts numeric">
        <div><b>{formatCount(images)}</b><span>{t('splits.images', { count: images })}</span></div>
        <div><b>{formatCount(changed)}</b><span>{t('splits.change', { count: changed })}</span></div>
        <div><b>{formatCount(locked)}</b><span>{t('splits.keep', { count: locked })}</span></div>
      </div>
      <Parts report={report} />
      <Warnings report={report} />
      {report.classes.length > 0 && <Classes report={report} />}
    </>
  );
}

function Parts({ report: { parts } }: { readonly report: SplitReport }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="split-table numeric">
      <thead><tr><th scope="col">{t('splits.part')}</th><th scope="col">{t('splits.before')}</th><th scope="col">{t('splits.after')}</th><th scope="col">{t('splits.instances')}</th><th scope="col">{t('splits.reached')}</th><th scope="col">{t('splits.wanted')}</th></tr></thead>
      <tbody>
        {parts.map(({ name, before, images, instances, wanted, reached }, i) => (
          <tr key={name}>
            <th scope="row"><i className="split-swatch" {...(wanted === null ? {} : { 'data-part': i })} aria-hidden /><span className="ellipsis">{name}</span></th>
            <td>{formatCount(before)}</td>
            <td>{formatCount(images)}</td>
            <td>{formatCount(instances)}</td>
            <td>{reached === null ? '–' : formatShare(reached)}</td>
            <td>{wanted === null ? '–' : formatShare(wanted)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Warnings({ report: { groups, unseen } }: { readonly report: SplitReport }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      {groups !== null && <p className="note">{groups.count === 0 ? t('splits.noGroups') : t('splits.groups', { count: groups.count, n: formatCount(groups.count), images: formatCount(groups.images), largest: formatCount(groups.largest) })}</p>}
      {groups !== null && groups.unmatched !== null && groups.unmatched > 0 && <p className="note warning"><TriangleAlert size={16} />{t('splits.unmatched', { count: groups.unmatched, n: formatCount(groups.unmatched) })}</p>}
      {groups !== null && groups.straddling > 0 && (
        <div className="note warning">
          <TriangleAlert size={16} />
          <div>
            {t('splits.straddling', { count: groups.straddling, n: formatCount(groups.straddling) })}
            <ul className="split-examples">{groups.examples.map(({ path, splits }) => <li key={path}><b className="ellipsis">{path}</b> {splits.join(', ')}</li>)}</ul>
          </div>
        </div>
      )}
      {unseen !== null && unseen > 0 && <p className="note warning"><TriangleAlert size={16} />{t('splits.unseen', { count: unseen, n: formatCount(unseen) })}</p>}
    </>
  );
}

/** Whether a class is divided clearly otherwise than wanted: by more than one image can make. */
const isFar = ({ images, deviation }: SplitReport['classes'][number]): boolean => deviation >= 0.1 && deviation * images.reduce((sum, n) => sum + n, 0) > 1;

function Classes({ report: { parts, classes, classCount } }: { readonly report: SplitReport }): ReactElement {
  const { t } = useTranslation();
  const planned = parts.filter(({ wanted }) => wanted !== null);
  return (
    <section className="split-classes" aria-label={t('splits.classes')}>
      <table className="split-table numeric">
        <thead><tr><th scope="col">{t('splits.class')}</th><th scope="col" aria-label={t('splits.balance')} />{planned.map(({ name }) => <th key={name} scope="col" className="ellipsis">{name}</th>)}<th scope="col" title={t('splits.deviationDetail')}>{t('splits.deviation')}</th></tr></thead>
        <tbody>
          {classes.map((row) => (
            <tr key={row.class}>
              <th scope="row"><span className="ellipsis" title={row.name}>{row.name}</span></th>
              <td><div className="split-bar thin" aria-hidden>{row.images.map((n, i) => <i key={planned[i]?.name ?? i} data-part={i} style={{ flexGrow: n }} />)}</div></td>
              {row.images.map((n, i) => <td key={planned[i]?.name ?? i} title={t('splits.instancesOf', { count: row.instances[i] ?? 0, n: formatCount(row.instances[i] ?? 0) })}>{formatCount(n)}</td>)}
              <td className={isFar(row) ? 'far' : ''}>{formatShare(row.deviation)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {classCount > classes.length && <p className="faint">{t('splits.moreClasses', { n: formatCount(classCount - classes.length) })}</p>}
    </section>
  );
}

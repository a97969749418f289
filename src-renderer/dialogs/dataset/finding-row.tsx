import { Tag } from 'lucide-react';
import { useState } from 'react';
import type { CSSProperties, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../../src-shared/contract/contract.ts';
import type { FindingRow } from '../../../src-shared/contract/check.ts';
import { findingWords } from '../../components/finding-words.ts';
import { UNLABELLED } from '../../panels/scene.ts';
import { className, classById, useProject } from '../../state/project-store.ts';

/** A finding with its picture, on which the place is marked; null while it has not come. */
export function FindingRowView({ row, onGo }: { readonly row: FindingRow | null; readonly onGo: () => void }): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  if (row === null) return <div className="finding" aria-hidden />;
  const about = (
    <>
      {row.image === null ? <span className="thumbnail"><Tag size={16} /></span> : <Place row={row} />}
      <span className="finding-words">
        <b className="ellipsis">{findingWords(row)}</b>
        <small className="ellipsis">{row.path ?? ''}{row.other !== null && ` ↔ ${row.other.path}`}</small>
      </span>
      <span className="finding-classes">{row.classes.map((id, i) => <span key={row.instances[i] ?? i} className="ellipsis"><i className="swatch" style={{ background: classById(id)?.colour ?? UNLABELLED }} />{className(id)}</span>)}</span>
    </>
  );
  if (row.image === null) return <div className="finding">{about}</div>;
  return <button type="button" className="finding" data-row title={t('check.go')} onClick={onGo}>{about}</button>;
}

/** The whole picture, small, with the finding's box on it. */
function Place({ row }: { readonly row: FindingRow }): ReactElement {
  const project = useProject((s) => s.info?.project);
  const [failed, setFailed] = useState(false);
  const { image, version, box, width, height } = row;
  if (project === undefined || image === null || version === null) return <span className="thumbnail" />;
  return (
    <span className="thumbnail finding-picture">
      {!failed && <span style={shapeOf(width, height)}>
        <img src={imageAddress.thumbnail(project, image, version)} alt="" loading="lazy" onError={() => setFailed(true)} />
        {box !== null && width !== null && height !== null && <i style={placeOf(box, width, height)} />}
      </span>}
    </span>
  );
}

/** As large as the frame of 56 × 42 lets it be. */
function shapeOf(width: number | null, height: number | null): CSSProperties {
  const scale = Math.min(56 / (width ?? 4), 42 / (height ?? 3));
  return { width: (width ?? 4) * scale, height: (height ?? 3) * scale };
}

const percent = (value: number, of: number): string => `${(100 * value) / of}%`;

/** At least a few pixels of the screen, so that it can be seen. */
function placeOf({ x, y, width: w, height: h }: NonNullable<FindingRow['box']>, width: number, height: number): CSSProperties {
  return { left: percent(Math.max(0, x), width), top: percent(Math.max(0, y), height), width: percent(w, width), height: percent(h, height) };
}

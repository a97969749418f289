import { FolderOpen } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { LabelNumbers, DATASET_EXTENSIONS, TEXT_ENCODINGS, isArchive } from '../../src-shared/contract/datasets.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { FormatField, useFormatChoices } from '../components/format-field.tsx';
import { Modal } from '../components/modal.tsx';
import { fileName, parentPath } from '../components/paths.ts';
import { call } from '../state/backend.ts';
import { useFormats } from '../state/formats.ts';
import { useProject } from '../state/project-store.ts';
import { closeDialog } from '../state/ui-store.ts';
import { FolderBrowser, useFolder } from './folder-browser.tsx';
import { StartedJob, useStartedJob } from './started-job.tsx';

const isDatasetFile = (path: string): boolean => DATASET_EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension));
const LISTED = ['dataset', 'image'] as const;

/** Chooses a file or a folder that holds a data set, unless it was dropped (`path`), and imports it into the open project. */
export function ImportDatasetDialog({ path }: { readonly path: string | null }): ReactElement | null {
  const info = useProject((s) => s.info);
  return info === null ? null : <ImportDataset project={info.project} start={parentPath(path ?? info.path)} given={path} />;
}

function ImportDataset({ project, start, given }: { readonly project: string; readonly start: string; readonly given: string | null }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(start);
  const all = useFormats();
  const formats = useMemo(() => (all ?? []).filter(({ readable }) => readable), [all]);
  const [file, setFile] = useState(given);
  const [format, setFormat] = useState('');
  const [pictures, setPictures] = useState('');
  const [unpackTo, setUnpackTo] = useState('');
  const [encoding, setEncoding] = useState('');
  const [predictions, setPredictions] = useState(false);
  const [stored, setStored] = useState(false);
  const [labels, setLabels] = useState<LabelNumbers>('auto');
  /** Fields in which a text stands that names nothing yet. */
  const [typing, setTyping] = useState<Readonly<Record<string, boolean>>>({});
  const [browsing, setBrowsing] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const started = useStartedJob();
  const folder = view.listing?.path ?? null;
  // A file counts only as long as its folder is on show.
  const chosen = file !== null && parentPath(file) === folder ? file : null;
  const known = useFormatChoices(formats);
  const choices = useMemo(() => [{ id: '', name: t('importDataset.automatic'), about: t('importDataset.automaticAbout') }, ...known], [known, t]);

  const labelChoices = useMemo(() => LabelNumbers.options.map((id) => ({ id, name: t(`importDataset.labelsAs.${id}`), about: '' })), [t]);
  const encodings = useMemo(() => [{ id: '', name: t('importDataset.utf8'), about: '' }, ...TEXT_ENCODINGS.map((id) => ({ id, name: id, about: '' }))], [t]);

  const take = async (): Promise<void> => {
    setProblem(null);
    try {
      const path = chosen ?? (await view.meant());
      if (path === null) return;
      await started.follow(call('project.import', { project, path, format: format === '' ? null : format, pictures: pictures.trim() === '' ? [] : [pictures.trim()], unpackTo: chosen !== null && isArchive(chosen) && unpackTo.trim() !== '' ? unpackTo.trim() : null, options: { encoding: encoding === '' ? null : encoding, predictions, labels, orientation: stored ? 'stored' : 'upright' } }));
    } catch (error) {
      setProblem(toProblem(error).message);
    }
  };

  if (browsing) return <ChoosePictures start={pictures.trim() === '' ? folder : pictures} onChoose={(path) => { setPictures(path); setBrowsing(false); }} onBack={() => setBrowsing(false)} />;
  if (started.id !== null) return <StartedJob title={t('importDataset.title')} job={started.job} onBack={started.forget} />;
  return (
    <Modal
      title={t('importDataset.title')} size="wide"
      footer={
        <>
          <span className="grow faint ellipsis">{chosen === null ? folder !== null && t('importDataset.folder', { name: fileName(folder) }) : t('importDataset.file', { name: fileName(chosen) })}</span>
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          <button type="button" className="button primary" disabled={folder === null || Object.values(typing).includes(true)} onClick={() => void take()}>{t('importDataset.start')}</button>
        </>
      }
    >
      <p>{t('importDataset.detail')}</p>
      <FolderBrowser view={view} files={LISTED} chosen={chosen === null ? [] : [chosen]} pick={{ kind: 'dataset', names: isDatasetFile, take: (path) => pickFile(path) }} />
      <FormatField label={t('format.name')} value={format} onChange={setFormat} choices={choices} onTyping={(is) => setTyping({ ...typing, format: is })} />
      {chosen !== null && isArchive(chosen) && (
        <label className="label">
          {t('importDataset.unpackTo')}
          <input type="text" className="field" value={unpackTo} spellCheck={false} placeholder={chosen.replace(/\.zip$/i, '')} onChange={(e) => setUnpackTo(e.target.value)} />
          <small>{t('importDataset.unpackToAbout')}</small>
        </label>
      )}
      <label className="label">
        {t('importDataset.pictures')}
        <span className="with-button">
          <input type="text" className="field" value={pictures} spellCheck={false} onChange={(e) => setPictures(e.target.value)} />
          <button type="button" className="button" onClick={() => setBrowsing(true)}><FolderOpen size={14} />{t('export.browse')}</button>
        </span>
      </label>
      <FormatField label={t('importDataset.encoding')} value={encoding} onChange={setEncoding} choices={encodings} onTyping={(is) => setTyping({ ...typing, encoding: is })} />
      <label className="check">
        <input type="checkbox" checked={stored} onChange={(e) => setStored(e.target.checked)} /><span>{t('importDataset.stored')}</span>
      </label>
      {(format === '' || format === 'label-studio') && (
        <label className="check">
          <input type="checkbox" checked={predictions} onChange={(e) => setPredictions(e.target.checked)} /><span>{t('importDataset.predictions')}</span>
        </label>
      )}
      {(format === '' || format === 'masks') && <FormatField label={t('importDataset.labels')} value={labels} onChange={(id) => setLabels(LabelNumbers.parse(id))} choices={labelChoices} onTyping={(is) => setTyping({ ...typing, labels: is })} />}
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </Modal>
  );

  /** One that was typed lies in another folder, which is then shown; clicking the chosen one leaves it out again. */
  function pickFile(path: string): void {
    setProblem(null);
    setFile(path === chosen ? null : path);
    if (parentPath(path) !== folder) view.go(parentPath(path));
  }
}

function ChoosePictures({ start, onChoose, onBack }: { readonly start: string | null; readonly onChoose: (path: string) => void; readonly onBack: () => void }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(start);
  const take = async (): Promise<void> => {
    const folder = await view.meant();
    if (folder !== null) onChoose(folder);
  };
  return (
    <Modal
      title={t('importDataset.picturesTitle')} size="wide" onClose={onBack}
      footer={
        <>
          <button type="button" className="button" onClick={onBack}>{t('export.back')}</button>
          <button type="button" className="button primary" disabled={view.listing === null} onClick={() => void take()}>{t('importDataset.choosePictures')}</button>
        </>
      }
    >
      <FolderBrowser view={view} files={['image']} />
    </Modal>
  );
}

import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { formOf } from '../../src-shared/contract/datasets.ts';
import type { ExportImages, ExportOptions, FormatRow } from '../../src-shared/contract/datasets.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { SnapshotRow } from '../../src-shared/contract/snapshots.ts';
import type { ProjectInfo } from '../../src-shared/contract/types.ts';
import { FormatField, useFormatChoices } from '../components/format-field.tsx';
import { Modal } from '../components/modal.tsx';
import { joinPath, parentPath } from '../components/paths.ts';
import { RadioCards } from '../components/radio-cards.tsx';
import { call } from '../state/backend.ts';
import { callShell, hasShell } from '../state/shell.ts';
import { useFormats } from '../state/formats.ts';
import { useProject } from '../state/project-store.ts';
import { rememberedFormat, rememberFormat } from '../state/remembered.ts';
import { closeDialog } from '../state/ui-store.ts';
import { ExportPreflightView, usePreflight } from './export-preflight.tsx';
import { ExportTarget } from './export-target.tsx';
import { FormatOptions } from './format-options.tsx';
import { StartedJob, useStartedJob } from './started-job.tsx';

/** @param snapshot null for the project as it is now */
export function ExportDialog({ snapshot }: { readonly snapshot: SnapshotRow | null }): ReactElement | null {
  const info = useProject((s) => s.info);
  const formats = useFormats()?.filter(({ writable }) => writable);
  const [first] = formats ?? [];
  return info === null || formats === undefined || first === undefined ? null : <Export info={info} snapshot={snapshot} formats={formats} first={formats.find(({ id }) => id === (rememberedFormat(info.path) ?? 'coco')) ?? first} />;
}

/** What a person may do about something existing: write over it, or change the name. */
const isTaken = (problem: Problem): boolean => problem.code === 'name-taken' || problem.code === 'conflict';

function Export({ info, snapshot: of, formats, first }: { readonly info: ProjectInfo; readonly snapshot: SnapshotRow | null; readonly formats: readonly FormatRow[]; readonly first: FormatRow }): ReactElement {
  const { t } = useTranslation();
  const [format, setFormat] = useState(first);
  const [images, setImages] = useState<ExportImages>('all');
  const [options, setOptions] = useState<ExportOptions>({});
  const [folder, setFolder] = useState(() => parentPath(info.path));
  // Null while the name follows the format.
  const [typed, setTyped] = useState<string | null>(null);
  const [typing, setTyping] = useState(false);
  const [browsing, setBrowsing] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const started = useStartedJob();
  const snapshot = of?.snapshot ?? null;
  const title = of === null ? t('export.title') : t('snapshots.exportTitle', { name: of.name });
  const [manifest, setManifest] = useState(true);
  const choices = useFormatChoices(formats);
  const preflight = usePreflight({ project: info.project, format: format.id, images, options, snapshot });
  const form = formOf(format, options);
  const out = typed ?? joinPath(folder, `${`${info.name}${of === null ? '' : `-${of.name}`}`.replaceAll(/[/\\:*?"<>|]/g, '_')}-${format.id}${form === 'file' ? (format.extension ?? '') : ''}`);

  const change = (work: () => void): void => {
    setProblem(null);
    work();
  };
  const choose = (id: string): void => {
    const next = formats.find((row) => row.id === id) ?? format;
    change(() => {
      setFormat(next);
      setOptions({});
      if (typed !== null) setFolder(parentPath(typed));
      setTyped(null);
    });
  };
  const write = async (overwrite: boolean): Promise<void> => {
    setProblem(null);
    try {
      await started.follow(call('export.start', { project: info.project, format: format.id, out, images, options, overwrite, snapshot, manifest }));
      rememberFormat(info.path, format.id);
    } catch (error) {
      setProblem(toProblem(error));
    }
  };

  /** In a desktop window the system's own dialog; it has asked already whether something there may be replaced, and is asked about here again. */
  const browse = async (): Promise<void> => {
    if (!hasShell()) return setBrowsing(true);
    const filters = form === 'file' && format.extension !== null ? [{ name: format.name, extensions: [format.extension.slice(1)] }] : [];
    try {
      const { path } = await callShell('shell.choose', { kind: 'save', title: t('export.chooseTitle'), at: out, filters });
      if (path !== null) change(() => setTyped(path));
    } catch (error) {
      setProblem(toProblem(error));
    }
  };

  if (browsing) return <ExportTarget out={out} form={form} onChoose={(path) => change(() => { setTyped(path); setBrowsing(false); })} onBack={() => setBrowsing(false)} />;
  if (started.id !== null) return <StartedJob title={title} job={started.job} onBack={started.forget} />;
  const nothing = preflight.result !== null && preflight.result.images === 0;
  return (
    <Modal
      title={title}
      footer={
        <>
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          {problem !== null && isTaken(problem)
            ? <button type="button" className="button danger" disabled={typing} onClick={() => void write(true)}>{t('export.replace')}</button>
            : <button type="button" className="button primary" disabled={out.trim() === '' || typing || nothing || preflight.result === null} onClick={() => void write(false)}>{t('export.write')}</button>}
        </>
      }
    >
      <FormatField label={t('format.name')} value={format.id} onChange={choose} choices={choices} onTyping={setTyping} />
      <FormatOptions format={format} values={options} onChange={(values) => change(() => setOptions(values))} />
      <RadioCards
        label={t('export.images')} value={images} onChange={setImages}
        choices={[{ value: 'all', title: t('export.all'), detail: t('export.count', { count: of?.images ?? info.images.total }) }, { value: 'done', title: t('export.done'), detail: t('export.count', { count: of?.done ?? info.images.done }) }]}
      />
      <label className="label">
        {t(form === 'file' ? 'export.file' : 'export.folder')}
        <span className="with-button">
          <input type="text" className="field" value={out} spellCheck={false} aria-invalid={problem !== null} onChange={(e) => change(() => setTyped(e.target.value))} />
          <button type="button" className="button" onClick={() => void browse()}><FolderOpen size={14} />{t('export.browse')}</button>
        </span>
      </label>
      <label className="check"><input type="checkbox" checked={manifest} onChange={(e) => change(() => setManifest(e.target.checked))} /><span>{t('snapshots.manifest')}<small>{t('snapshots.manifestDetail')}</small></span></label>
      {problem !== null && <p className="inline-error" role="alert">{problem.message}</p>}
      <ExportPreflightView preflight={preflight} format={format} />
    </Modal>
  );
}

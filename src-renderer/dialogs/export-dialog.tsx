import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { CocoOptions, ProjectInfo } from '../../src-shared/contract/types.ts';
import { Modal } from '../components/modal.tsx';
import { fileName, joinPath, parentPath } from '../components/paths.ts';
import { RadioCards } from '../components/radio-cards.tsx';
import { call } from '../state/backend.ts';
import { receiveJob, useJobs } from '../state/jobs-store.ts';
import { useProject } from '../state/project-store.ts';
import { closeDialog } from '../state/ui-store.ts';
import { ExportPreflightView, usePreflight } from './export-preflight.tsx';
import { FolderBrowser, useFolder } from './folder-browser.tsx';
import { JobReport } from './job-report.tsx';

export function ExportDialog(): ReactElement | null {
  const info = useProject((s) => s.info);
  return info === null ? null : <Export info={info} />;
}

const startPath = (info: ProjectInfo): string => joinPath(parentPath(info.path), `${info.name.replaceAll(/[/\\:*?"<>|]/g, '_')}-coco.json`);

/** What a person may do about an existing file: write over it, or change the name. */
const isTaken = (problem: Problem): boolean => problem.code === 'name-taken' || problem.code === 'conflict';

function Export({ info }: { readonly info: ProjectInfo }): ReactElement {
  const { t } = useTranslation();
  const [options, setOptions] = useState<CocoOptions>({ segmentation: 'rle', images: 'all' });
  const [out, setOut] = useState(() => startPath(info));
  const [browsing, setBrowsing] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [jobId, setJobId] = useState<string | null>(null);
  const job = useJobs((s) => (jobId === null ? undefined : s.jobs.get(jobId)));
  const preflight = usePreflight(info.project, options);

  const write = async (overwrite: boolean): Promise<void> => {
    setProblem(null);
    try {
      const { job: id } = await call('export.coco', { project: info.project, out, options, overwrite });
      setJobId(id);
      const known = (await call('jobs.list', {})).find((j) => j.job === id);
      if (known !== undefined && useJobs.getState().jobs.get(id) === undefined) receiveJob(known);
    } catch (error) {
      setProblem(toProblem(error));
    }
  };

  if (browsing) return <ChooseTarget out={out} onChoose={(path) => { setOut(path); setProblem(null); setBrowsing(false); }} onBack={() => setBrowsing(false)} />;
  if (jobId !== null) {
    const ended = job !== undefined && job.state !== 'running';
    return (
      <Modal
        title={t('export.title')}
        footer={<><span className="grow" />{ended && job.state !== 'done' && <button type="button" className="button" onClick={() => setJobId(null)}>{t('export.back')}</button>}<button type="button" className="button primary" onClick={closeDialog}>{t(ended ? 'dialog.close' : 'export.background')}</button></>}
      >
        {job === undefined ? <p>{t('export.starting')}</p> : <JobReport job={job} />}
      </Modal>
    );
  }
  const nothing = preflight.result !== null && preflight.result.images === 0;
  return (
    <Modal
      title={t('export.title')}
      footer={
        <>
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          {problem !== null && isTaken(problem)
            ? <button type="button" className="button danger" onClick={() => void write(true)}>{t('export.replace')}</button>
            : <button type="button" className="button primary" disabled={out.trim() === '' || nothing || preflight.result === null} onClick={() => void write(false)}>{t('export.write')}</button>}
        </>
      }
    >
      <RadioCards
        label={t('export.segmentation')} value={options.segmentation} onChange={(segmentation) => setOptions({ ...options, segmentation })}
        choices={[{ value: 'rle', title: t('export.rle'), detail: t('export.rleDetail') }, { value: 'polygons', title: t('export.polygons'), detail: t('export.polygonsDetail') }]}
      />
      <RadioCards
        label={t('export.images')} value={options.images} onChange={(images) => setOptions({ ...options, images })}
        choices={[{ value: 'all', title: t('export.all'), detail: t('export.count', { count: info.images.total }) }, { value: 'done', title: t('export.done'), detail: t('export.count', { count: info.images.done }) }]}
      />
      <label className="label">
        {t('export.file')}
        <span className="with-button">
          <input
            type="text" className="field" value={out} spellCheck={false} aria-invalid={problem !== null}
            onChange={(e) => {
              setOut(e.target.value);
              setProblem(null);
            }}
          />
          <button type="button" className="button" onClick={() => setBrowsing(true)}><FolderOpen size={14} />{t('export.browse')}</button>
        </span>
      </label>
      {problem !== null && <p className="inline-error" role="alert">{problem.message}</p>}
      <ExportPreflightView preflight={preflight} />
    </Modal>
  );
}

/** A folder by browsing, and the file's name. */
function ChooseTarget({ out, onChoose, onBack }: { readonly out: string; readonly onChoose: (path: string) => void; readonly onBack: () => void }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(parentPath(out));
  const [name, setName] = useState(fileName(out));
  const take = async (): Promise<void> => {
    const folder = await view.meant();
    if (folder !== null) onChoose(joinPath(folder, name.trim()));
  };
  return (
    <Modal
      title={t('export.chooseTitle')} size="wide" onClose={onBack}
      footer={
        <>
          <button type="button" className="button" onClick={onBack}>{t('export.back')}</button>
          <button type="button" className="button primary" disabled={view.listing === null || name.trim() === ''} onClick={() => void take()}>{t('export.choose')}</button>
        </>
      }
    >
      <FolderBrowser view={view} files={[]} />
      <label className="label">{t('export.name')}<input type="text" className="field" value={name} spellCheck={false} onChange={(e) => setName(e.target.value)} /></label>
    </Modal>
  );
}

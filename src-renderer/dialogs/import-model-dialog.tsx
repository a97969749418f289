import { Box, X } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Precision } from '../../src-shared/contract/models.ts';
import { Modal } from '../components/modal.tsx';
import { fileName, parentPath } from '../components/paths.ts';
import { PrecisionCards, PRECISIONS } from '../components/precision-cards.tsx';
import { isModelFile, modelFiles, chooseModelFile } from '../state/model-files.ts';
import { install } from '../state/models-store.ts';
import { closeDialog, showDialog } from '../state/ui-store.ts';
import { CheckpointChoices, useCheckpoint } from './checkpoint-choices.tsx';
import { FolderBrowser, useFolder } from './folder-browser.tsx';

/** The folder the last model came from: the next one often lies there too. */
let lastFolder: string | null = null;

/** Chooses a checkpoint, or the two graphs of an ONNX export, and how its weights are stored. */
export function ImportModelDialog({ given }: { readonly given: readonly string[] }): ReactElement {
  const { t } = useTranslation();
  const dropped = given.length > 0;
  const [chosen, setChosen] = useState(given);
  const [browsing, setBrowsing] = useState(!dropped);
  const [precision, setPrecision] = useState<Precision>('fp32');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const files = modelFiles(chosen);
  const checkpoint = useCheckpoint(files === 'checkpoint' ? (chosen[0] ?? null) : null);
  const ready = files === 'graphs' || (files === 'checkpoint' && checkpoint.ready);
  const hint = files === 'checkpoint' && !ready ? (checkpoint.look === null && checkpoint.problem === null ? t('import.looking') : '') : ready ? '' : t(`import.${files}`);
  const leave = (): void => (dropped ? closeDialog() : showDialog({ kind: 'models' }));
  const choose = (path: string, beside: readonly string[]): void => {
    setProblem(null);
    setChosen(chooseModelFile(chosen, path, beside));
  };
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      // Graphs come as they are: only a checkpoint's weights can be stored in another way.
      await install({ kind: 'import', paths: chosen, precision: files === 'checkpoint' ? precision : 'fp32', ...checkpoint.choice });
      lastFolder = parentPath(chosen[0] ?? '');
      showDialog({ kind: 'models' });
    } catch (error) {
      setProblem(toProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <Modal
      title={t('import.title')} size="wide" onClose={leave}
      footer={
        <>
          <span className="grow faint ellipsis">{hint === '' ? chosen.map(fileName).join(' + ') : hint}</span>
          <button type="button" className="button" onClick={leave}>{t('dialog.cancel')}</button>
          <button type="button" className="button primary" disabled={!ready || busy} onClick={() => void start()}>{t('import.start')}</button>
        </>
      }
    >
      <p>{t('import.detail')}</p>
      {browsing ? <Chooser chosen={chosen} onChoose={choose} /> : <Chosen paths={chosen} onLeaveOut={(path) => choose(path, [])} onBrowse={() => setBrowsing(true)} />}
      {files === 'checkpoint' && <CheckpointChoices state={checkpoint} />}
      {files === 'checkpoint' && <PrecisionCards value={precision} choices={PRECISIONS} onChange={setPrecision} />}
      {(problem ?? checkpoint.problem) !== null && <p className="inline-error" role="alert">{problem ?? checkpoint.problem}</p>}
    </Modal>
  );
}

function Chooser({ chosen, onChoose }: { readonly chosen: readonly string[]; readonly onChoose: (path: string, beside: readonly string[]) => void }): ReactElement {
  const [start] = useState(() => (chosen[0] === undefined ? lastFolder : parentPath(chosen[0])));
  const view = useFolder(start);
  const beside = view.listing?.entries.map(({ path }) => path) ?? [];
  return <FolderBrowser view={view} files={['model']} chosen={chosen} pick={{ kind: 'model', names: isModelFile, take: (path) => onChoose(path, beside) }} />;
}

/** What was dropped. */
function Chosen({ paths, onLeaveOut, onBrowse }: { readonly paths: readonly string[]; readonly onLeaveOut: (path: string) => void; readonly onBrowse: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <ul className="model-list">
      {paths.map((path) => (
        <li key={path} className="model-row chosen-file">
          <Box size={15} />
          <span className="grow"><b className="ellipsis">{fileName(path)}</b><small className="ellipsis" title={path}>{parentPath(path)}</small></span>
          <button type="button" className="icon-button" aria-label={t('import.leaveOut', { name: fileName(path) })} onClick={() => onLeaveOut(path)}><X size={14} /></button>
        </li>
      ))}
      <li className="model-row chosen-file"><button type="button" className="button small" onClick={onBrowse}>{t('import.browse')}</button></li>
    </ul>
  );
}

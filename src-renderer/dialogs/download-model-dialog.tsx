import { Scale } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ModelRow, Precision } from '../../src-shared/contract/models.ts';
import { CopyText } from '../components/copy-text.tsx';
import { Modal } from '../components/modal.tsx';
import { familyName, formatBytes } from '../components/model-words.ts';
import { PrecisionCards } from '../components/precision-cards.tsx';
import { install, useModels } from '../state/models-store.ts';
import { showDialog } from '../state/ui-store.ts';

const back = (): void => showDialog({ kind: 'models' });

/** What a download brings and under which licence, before it begins. */
export function DownloadModelDialog({ id, precision }: { readonly id: string; readonly precision?: Precision }): ReactElement | null {
  const model = useModels((s) => s.models?.find((m) => m.id === id));
  return model === undefined ? null : <DownloadModel model={model} wanted={precision ?? model.precision} />;
}

function DownloadModel({ model, wanted }: { readonly model: ModelRow; readonly wanted: Precision }): ReactElement {
  const { t } = useTranslation();
  const [mirror, setMirror] = useState(0);
  const [precision, setPrecision] = useState(wanted);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const host = model.mirrors[mirror] ?? '';
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      await install({ kind: 'download', model: model.id, mirror, precision });
      back();
    } catch (error) {
      setProblem(toProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <Modal
      title={t('download.title', { name: model.name })} onClose={back}
      footer={
        <>
          <button type="button" className="button" onClick={back}>{t('download.back')}</button>
          <span className="grow" />
          <button type="button" className="button primary" disabled={busy} onClick={() => void start()}>{t('download.start', { size: formatBytes(model.bytes) })}</button>
        </>
      }
    >
      {model.summary !== null && <p>{model.summary}</p>}
      <p>{t('download.detail', { family: familyName(model.family), size: formatBytes(model.bytes), host })}</p>
      <section className="licence" aria-label={t('download.licence')}>
        <Scale size={16} />
        <div>
          <b>{model.licence}</b>
          <p>{t('download.licenceDetail')}</p>
          {model.licenceUrl !== null && <CopyText text={model.licenceUrl} className="licence-url" />}
        </div>
      </section>
      {model.mirrors.length > 1 && (
        <label className="label">
          {t('download.mirror')}
          <select className="field" value={mirror} onChange={(e) => setMirror(Number(e.target.value))}>{model.mirrors.map((name, i) => <option key={`${i} ${name}`} value={i}>{name}</option>)}</select>
        </label>
      )}
      {model.precisions.length > 1 && <PrecisionCards value={precision} choices={model.precisions} onChange={setPrecision} />}
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </Modal>
  );
}

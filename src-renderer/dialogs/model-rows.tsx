import { Download, LoaderCircle, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelRow } from '../../src-shared/contract/models.ts';
import { agreementWords, familyName, formatBytes, speedWords } from '../components/model-words.ts';
import { Tip } from '../components/tip.tsx';
import { useApp } from '../state/app-store.ts';
import { useJobs } from '../state/jobs-store.ts';
import { chooseModel, isInstall, prepareModel, removeModel, useModels } from '../state/models-store.ts';
import { useProject } from '../state/project-store.ts';
import { showDialog } from '../state/ui-store.ts';

/** What a model's row in use says beside it: how far its engine is. */
function useModelState(model: ModelRow): { readonly used: boolean; readonly loading: boolean; readonly problem: string | null } {
  const info = useProject((s) => s.info);
  const choosing = useModels((s) => s.choosing);
  const sam = useApp((s) => s.sam);
  const used = choosing === null ? info?.model.id === model.id : choosing === model.id;
  const ours = sam?.wanted.id === model.id ? sam : null;
  return { used, loading: used && (ours === null || ours.state === 'starting'), problem: used && ours?.state === 'failed' ? (ours.problem?.message ?? null) : null };
}

/** A model on this machine: a press makes it the open project's. */
export function InstalledModel({ model }: { readonly model: ModelRow }): ReactElement {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<boolean | null>(null);
  const info = useProject((s) => s.info);
  const { used, loading, problem } = useModelState(model);
  const agreement = agreementWords(model);
  if (removing === true) return <ConfirmRemoval model={model} onBack={() => setRemoving(false)} />;
  return (
    <div className="model-row" {...(used ? { 'data-used': '' } : {})}>
      <button
        type="button" role="radio" aria-checked={used} className="model-main" data-row tabIndex={used ? 0 : -1} {...(used ? { 'data-autofocus': '' } : {})} disabled={info === null}
        onClick={() => (!used || info?.model.missing !== null) && void chooseModel(model.id)}
      >
        <i />
        <b>{model.name}</b>
        <span className="model-marks">
          {model.precision !== 'fp32' && <em>{t(`precision.${model.precision}Short`)}</em>}
          {model.builtIn && <em>{t('models.builtIn')}</em>}
        </span>
        <span className="model-size numeric">{formatBytes(model.bytes)}</span>
        {model.summary !== null && <small className="model-summary">{model.summary}</small>}
        <small className="numeric">{[familyName(model.family), model.licence, speedWords(model)].join(' · ')}</small>
        {agreement !== null && <small className="numeric">{agreement}</small>}
        {used && problem !== null && <small className="inline-error" role="alert">{problem}</small>}
      </button>
      <span className="model-side">
        {loading && <span className="model-loading" role="status"><LoaderCircle size={13} className="spin" />{t('models.loadingModel')}</span>}
        {model.preparation !== null && (
          <select className="field small" aria-label={t('preparation.for', { name: model.name })} value={model.preparation} onChange={(event) => void prepareModel(model.id, event.target.value === 'medsam' ? 'medsam' : 'sam')}>
            {(['sam', 'medsam'] as const).map((way) => <option key={way} value={way}>{t(`preparation.${way}`)}</option>)}
          </select>
        )}
        {!model.builtIn && <RemoveButton model={model} back={removing === false} onAsk={() => setRemoving(true)} />}
      </span>
    </div>
  );
}

interface AskButtonProps {
  readonly model: ModelRow;
  /** The question was answered with no: the keyboard is back where it was asked. */
  readonly back: boolean;
  onAsk(): void;
}

/** One that is used stays pressable, so that it can say why it does nothing. */
function RemoveButton({ model, back, onAsk }: AskButtonProps): ReactElement {
  const { t } = useTranslation();
  const inUse = model.usedBy > 0;
  const text = inUse ? t('models.removeInUse', { count: model.usedBy, name: model.name }) : t('models.remove', { name: model.name });
  return (
    <Tip text={text} side="left">
      <button type="button" ref={back ? focusOnMount : undefined} className="icon-button" aria-label={text} aria-disabled={inUse} onClick={() => !inUse && onAsk()}><Trash2 size={15} /></button>
    </Tip>
  );
}

function DiscardButton({ model, back, onAsk }: AskButtonProps): ReactElement {
  const { t } = useTranslation();
  const text = t('models.discard', { name: model.name });
  return <Tip text={text} side="left"><button type="button" ref={back ? focusOnMount : undefined} className="icon-button" aria-label={text} onClick={onAsk}><Trash2 size={15} /></button></Tip>;
}

/** Asks before a model goes, or what has arrived of a download that was not finished. */
function ConfirmRemoval({ model, onBack }: { readonly model: ModelRow; readonly onBack: () => void }): ReactElement {
  const { t } = useTranslation();
  const [title, question] = model.state === 'installed'
    ? [t('models.remove', { name: model.name }), t('models.removeAsk', { name: model.name, size: formatBytes(model.bytes) })]
    : [t('models.discard', { name: model.name }), t('models.discardAsk', { name: model.name, size: formatBytes(model.arrived) })];
  const [busy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    await removeModel(model.id);
    onBack();
  };
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    // It answers this question, and does not close the dialog as well.
    event.stopPropagation();
    onBack();
  };
  return (
    <div className="model-row asking" role="group" aria-label={title} onKeyDown={escape}>
      <span className="grow">{question}</span>
      <button type="button" className="button small" ref={focusOnMount} disabled={busy} onClick={onBack}>{t('dialog.cancel')}</button>
      <button type="button" className="button small danger" disabled={busy} onClick={() => void remove()}>{t(model.state === 'installed' ? 'models.removeYes' : 'models.discardYes')}</button>
    </div>
  );
}

const focusOnMount = (button: HTMLButtonElement | null): void => button?.focus();

/** A model that can be downloaded: a press shows its licence first. Tab reaches the first of them, arrows the others. */
export function AvailableModel({ model, first }: { readonly model: ModelRow; readonly first: boolean }): ReactElement {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<boolean | null>(null);
  const running = useJobs((s) => [...s.jobs.values()].some((j) => isInstall(j) && j.state === 'running' && j.subject === model.id));
  const left = running ? 0 : model.arrived;
  if (removing === true && left > 0) return <ConfirmRemoval model={model} onBack={() => setRemoving(false)} />;
  return (
    <div className="model-row">
      <button type="button" className="model-main" data-row tabIndex={first ? 0 : -1} disabled={running} onClick={() => showDialog({ kind: 'download-model', model: model.id })}>
        <Download size={15} />
        <b>{model.name}</b>
        <span className="model-marks">{model.precision !== 'fp32' && <em>{t(`precision.${model.precision}Short`)}</em>}</span>
        <span className="model-size numeric">{formatBytes(model.bytes)}</span>
        {model.summary !== null && <small className="model-summary">{model.summary}</small>}
        <small>{[familyName(model.family), model.licence, model.mirrors.join(', ')].join(' · ')}</small>
        {left > 0 && <small className="numeric">{t('models.arrived', { size: formatBytes(left) })}</small>}
      </button>
      <span className="model-side">
        {running ? <span className="model-loading">{t('models.downloading')}</span> : <span className="model-get" aria-hidden>{t('models.get')}</span>}
        {left > 0 && <DiscardButton model={model} back={removing === false} onAsk={() => setRemoving(true)} />}
      </span>
    </div>
  );
}

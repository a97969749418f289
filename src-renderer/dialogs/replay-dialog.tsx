import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ModelId } from '../../src-shared/contract/models.ts';
import type { ReplayScope } from '../../src-shared/contract/replay.ts';
import { formatCount } from '../components/format.ts';
import { Modal } from '../components/modal.tsx';
import { speedWords } from '../components/model-words.ts';
import { RadioCards } from '../components/radio-cards.tsx';
import type { RadioChoice } from '../components/radio-cards.tsx';
import { useImage } from '../state/image-store.ts';
import { refreshModels, useModels } from '../state/models-store.ts';
import { classById, useProject } from '../state/project-store.ts';
import { startReplay } from '../state/replay-store.ts';
import { closeDialog, showDialog } from '../state/ui-store.ts';

type Scope = 'selected' | 'image' | 'class' | 'all';

/** Chooses whose prompts are run again, and with which model. */
export function ReplayDialog(): ReactElement {
  const { t } = useTranslation();
  useEffect(refreshModels, []);
  const { current, instances, selection } = useImage();
  const total = useProject((s) => s.info?.instances ?? 0);
  const used = useProject((s) => s.info?.model.id);
  const active = classById(useProject((s) => s.activeClass));
  const [scope, setScope] = useState<Scope>(selection.size > 0 ? 'selected' : 'all');
  const installed = (useModels((s) => s.models) ?? []).filter((m) => m.state === 'installed');
  const [chosen, setChosen] = useState<ModelId | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  // Another model than the one that made most of what is there.
  const model = installed.find((m) => m.id === chosen) ?? installed.find((m) => m.id !== used) ?? null;

  const choices: RadioChoice<Scope>[] = [
    { value: 'selected', title: t('replay.selected'), detail: t('replay.instances', { count: selection.size, n: formatCount(selection.size) }), disabled: selection.size === 0 },
    { value: 'image', title: t('replay.image'), detail: t('replay.instances', { count: instances.length, n: formatCount(instances.length) }), disabled: instances.length === 0 },
    ...(active === null ? [] : [{ value: 'class' as const, title: t('replay.class', { name: active.name }), detail: t('replay.instances', { count: active.instances, n: formatCount(active.instances) }), disabled: active.instances === 0 }]),
    { value: 'all', title: t('replay.all'), detail: t('replay.instances', { count: total, n: formatCount(total) }), disabled: total === 0 },
  ];
  const scopeOf = (): ReplayScope => {
    if (scope === 'selected') return { instances: [...selection] };
    if (scope === 'image' && current !== null) return { images: [current] };
    return scope === 'class' && active !== null ? { class: active.id } : 'all';
  };
  const start = async (id: ModelId): Promise<void> => {
    setBusy(true);
    try {
      await startReplay(id, scopeOf());
      closeDialog();
    } catch (error) {
      setProblem(toProblem(error).message);
      setBusy(false);
    }
  };
  const nothing = choices.find(({ value }) => value === scope)?.disabled === true;
  return (
    <Modal
      title={t('replay.title')}
      footer={
        <>
          <span className="grow" />
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          <button type="button" className="button primary" disabled={model === null || busy || nothing} onClick={() => model !== null && void start(model.id)}>{t('replay.start')}</button>
        </>
      }
    >
      <p>{t('replay.detail')}</p>
      <div className="replay-scope"><RadioCards label={t('replay.scope')} value={scope} onChange={setScope} choices={choices} /></div>
      {installed.length < 2
        ? <p className="note">{t('replay.noOther')}<button type="button" className="button small" onClick={() => showDialog({ kind: 'models' })}>{t('command.models')}</button></p>
        : (
          <label className="label">
            {t('replay.model')}
            <select className="field" value={model?.id ?? ''} onChange={(e) => setChosen(e.target.value)}>
              {installed.map((m) => <option key={m.id} value={m.id}>{m.id === used ? t('replay.modelInUse', { name: m.name }) : m.name}</option>)}
            </select>
            {model !== null && <small className="faint">{speedWords(model)}</small>}
          </label>
        )}
      <p className="faint">{t('replay.kept')}</p>
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </Modal>
  );
}

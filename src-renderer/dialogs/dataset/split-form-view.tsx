import { Dices, Plus, X } from 'lucide-react';
import type { CSSProperties, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { MOST_SEED } from '../../../src-shared/contract/splits.ts';
import { NumberField } from '../../components/number-field.tsx';
import { Tip } from '../../components/tip.tsx';
import { addPart, anotherSeed, MOST_FORM_PARTS, removePart, useSplitForm, withPercent } from '../../state/split-form.ts';
import type { FormPart, SplitForm } from '../../state/split-form.ts';

const set = useSplitForm.setState;

export function SplitFormView({ form }: { readonly form: SplitForm }): ReactElement {
  const { t } = useTranslation();
  const { parts } = form;
  return (
    <>
      <fieldset>
        <legend>{t('splits.parts')}</legend>
        <div className="split-bar" aria-hidden>{parts.map(({ key, percent }, i) => <i key={key} data-part={i} style={{ flexGrow: percent }} />)}</div>
        {parts.map((part, index) => <PartRow key={part.key} part={part} index={index} parts={parts} />)}
        {parts.length < MOST_FORM_PARTS && (
          <button type="button" className="button small quiet" onClick={() => set({ parts: addPart(parts, t('splits.newPart', { n: parts.length + 1 })) })}><Plus size={13} />{t('splits.addPart')}</button>
        )}
      </fieldset>
      <fieldset>
        <legend>{t('splits.together')}</legend>
        <Check label={t('splits.folder')} detail={t('splits.folderDetail')} value={form.folder} onChange={(folder) => set({ folder })} />
        <Check label={t('splits.duplicates')} detail={t('splits.duplicatesDetail')} value={form.duplicates} onChange={(duplicates) => set({ duplicates })} />
        <Check label={t('splits.byName')} detail={t('splits.byNameDetail')} value={form.byName} onChange={(byName) => set({ byName })} />
        {form.byName && <input type="text" className="field" aria-label={t('splits.pattern')} placeholder="frame_{group}_*" spellCheck={false} maxLength={200} value={form.pattern} onChange={(e) => set({ pattern: e.target.value })} />}
      </fieldset>
      <fieldset>
        <legend>{t('splits.how')}</legend>
        <Check label={t('splits.stratify')} detail={t('splits.stratifyDetail')} value={form.stratify} onChange={(stratify) => set({ stratify })} />
        <Check label={t('splits.again')} detail={t('splits.againDetail')} value={form.again} onChange={(again) => set({ again })} />
        <div className="split-seed">
          <span>{t('splits.seed')}<small>{t('splits.seedDetail')}</small></span>
          <NumberField label={t('splits.seed')} value={form.seed} min={0} max={MOST_SEED} onChange={(seed) => set({ seed })} />
          <Tip text={t('splits.anotherSeed')}><button type="button" className="icon-button" aria-label={t('splits.anotherSeed')} onClick={() => set({ seed: anotherSeed(form.seed) })}><Dices size={15} /></button></Tip>
        </div>
      </fieldset>
    </>
  );
}

function PartRow({ part, index, parts }: { readonly part: FormPart; readonly index: number; readonly parts: readonly FormPart[] }): ReactElement {
  const { t } = useTranslation();
  const { name, percent } = part;
  const most = 101 - parts.length;
  const change = (value: number): void => set({ parts: withPercent(parts, index, value) });
  return (
    <div className="split-part">
      <i className="split-swatch" data-part={index} aria-hidden />
      <input type="text" className="field" aria-label={t('splits.partName', { n: index + 1 })} spellCheck={false} maxLength={100} value={name} onChange={(e) => set({ parts: parts.map((other, i) => (i === index ? { ...other, name: e.target.value } : other)) })} />
      <input type="range" aria-label={t('splits.share', { name })} min={1} max={most} step={1} value={percent} disabled={parts.length === 1} style={{ '--filled': `${(100 * (percent - 1)) / Math.max(1, most - 1)}%` } as CSSProperties} onChange={(e) => change(e.target.valueAsNumber)} />
      <span className="split-percent">
        <NumberField label={t('splits.percent', { name })} value={percent} min={1} max={most} disabled={parts.length === 1} onChange={change} />
        <span aria-hidden>%</span>
      </span>
      <button type="button" className="icon-button" aria-label={t('splits.removePart', { name })} disabled={parts.length === 1} onClick={() => set({ parts: removePart(parts, index) })}><X size={14} /></button>
    </div>
  );
}

function Check({ label, detail, value, onChange }: { readonly label: string; readonly detail: string; readonly value: boolean; readonly onChange: (value: boolean) => void }): ReactElement {
  return <label className="check"><input type="checkbox" checked={value} onChange={(e) => onChange(e.target.checked)} /><span>{label}<small>{detail}</small></span></label>;
}

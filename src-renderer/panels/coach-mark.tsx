import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { keepFocus } from '../components/keep-focus.ts';
import { Key } from '../components/keys.tsx';
import { COACH_STEPS, dismissCoach, useCoach } from '../state/coach-marks.ts';
import type { CoachStep } from '../state/coach-marks.ts';
import { useUi } from '../state/ui-store.ts';

const KEYS: Readonly<Record<CoachStep, readonly { readonly chord: string; readonly text: string }[]>> = {
  click: [],
  accept: [{ chord: 'Enter', text: 'coach.enter' }, { chord: 'Tab', text: 'coach.tab' }],
  classes: [{ chord: 'Mod+Enter', text: 'coach.done' }],
};

/** What to do next on the first picture of all; drawing goes on under it. */
export function CoachMark(): ReactElement | null {
  const { t } = useTranslation();
  const step = useCoach((s) => s.step);
  const box = useUi((s) => s.tool === 'smart-box');
  if (step === null) return null;
  const words = step === 'click' && box ? 'box' : step;
  return (
    <aside className="coach" data-step={step} aria-label={t('coach.name')} aria-live="polite" onMouseDown={keepFocus}>
      <div className="coach-head">
        <strong>{t(`coach.${words}`)}</strong>
        <span className="numeric">{t('coach.step', { n: COACH_STEPS.indexOf(step) + 1, of: COACH_STEPS.length })}</span>
        <button type="button" className="icon-button" aria-label={t('coach.dismiss')} title={t('coach.dismiss')} aria-keyshortcuts="Escape" onClick={dismissCoach}><X size={14} /></button>
      </div>
      <p>{t(`coach.${words}Detail`)}</p>
      {KEYS[step].length > 0 && <p className="coach-keys">{KEYS[step].map(({ chord, text }) => <span key={chord}><Key chord={chord} /> {t(text)}</span>)}</p>}
    </aside>
  );
}

import { Check, GripVertical, LoaderCircle } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../src-shared/contract/contract.ts';
import { CandidateThumbnail, commonView } from '../components/candidate-thumbnail.tsx';
import { Key } from '../components/keys.tsx';
import { formatScore } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { command, runCommand } from '../commands/registry.ts';
import { useApp } from '../state/app-store.ts';
import { useImage } from '../state/image-store.ts';
import { insideBox } from '../state/logits.ts';
import { limitsOf } from '../state/model-limits.ts';
import { classById, useProject } from '../state/project-store.ts';
import { currentStep, promptOf, shownStep } from '../state/prompt-session.ts';
import type { PromptSession } from '../state/prompt-session.ts';
import { retryPrompt, showCandidate, usePrompt } from '../state/prompt-store.ts';
import { UNLABELLED } from './scene.ts';
import { useBarPlace } from './use-bar-place.ts';
import type { BarPlacing } from './use-bar-place.ts';

/** The candidate chooser: what SAM offers for the prompt, with its own estimate of how good each is. */
export function CandidateBar(): ReactElement | null {
  const session = usePrompt((s) => s.session);
  return session === null ? null : <Bar session={session} />;
}

function Bar({ session }: { readonly session: PromptSession }): ReactElement {
  const { t } = useTranslation();
  const { busy, accepting } = usePrompt();
  const info = useProject((s) => s.info);
  const background = useApp((s) => limitsOf(s.sam)?.backgroundPoints !== false);
  const activeClass = useProject((s) => s.activeClass);
  const picture = useThumbnail(session.image);
  const shown = shownStep(session);
  const answer = shown?.answer ?? null;
  const view = useMemo(() => (answer === null ? null : commonView(answer.candidates.flatMap((c) => insideBox(c.logits, answer.frame) ?? []), answer.frame)), [answer]);
  const placing = useBarPlace(session);
  const placed = { ref: placing.bar, 'data-place': placing.moved === null ? placing.place : 'moved', 'data-upright': placing.place === 'left' || placing.place === 'right', ...(placing.moved === null ? {} : { style: placing.moved }) };
  const active = info === null ? null : classById(activeClass);
  const colour = active?.colour ?? UNLABELLED;
  if (answer === null || view === null || shown === null) {
    const lacksForeground = promptOf(session) === null;
    return (
      <div {...placed} className="candidates" role="status" onMouseDown={keepFocus}>
        <div className="candidate-waiting">
          {lacksForeground && t('candidates.needForeground')}
          {!lacksForeground && (busy
            ? <><LoaderCircle size={14} className="spin" />{t('candidates.waiting')}</>
            : <>{t('candidates.noAnswer')}<button type="button" className="button small" onClick={retryPrompt}>{t('candidates.again')}</button></>)}
          <Key chord="Escape" />
        </div>
      </div>
    );
  }
  return (
    <section {...placed} className="candidates" aria-label={t('candidates.name')} aria-busy={busy} {...(busy ? { 'data-busy': '' } : {})} onMouseDown={keepFocus}>
      <Grip placing={placing} />
      <div className="candidate-list" role="radiogroup" aria-label={t('candidates.name')}>
        {answer.candidates.map((c, i) => (
          <button
            key={c.index} type="button" role="radio" className="candidate" aria-checked={i === shown.chosen} tabIndex={i === shown.chosen ? 0 : -1}
            aria-label={t('candidates.one', { n: i + 1, iou: c.predictedIou.toFixed(2), stability: c.stability.toFixed(2) })}
            onClick={() => showCandidate(i)} onDoubleClick={() => runCommand(command('draw.accept'))}
            onKeyDown={(e) => {
              const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
              if (by === undefined) return;
              e.preventDefault();
              showCandidate(i + by);
              const all = e.currentTarget.parentElement?.children;
              const next = all?.[(i + by + all.length) % all.length];
              if (next instanceof HTMLElement) next.focus();
            }}
          >
            <CandidateThumbnail logits={c.logits} frame={answer.frame} view={view} picture={picture} colour={colour} />
            <span className="candidate-scores numeric"><b title={t('candidates.iou')}>{c.predictedIou.toFixed(2)}</b><span title={t('candidates.stability')}>{t('candidates.stab', { score: formatScore(c.stability) })}</span></span>
          </button>
        ))}
      </div>
      <div className="candidate-side">
        <button type="button" className="button primary" title={active?.name} disabled={busy || accepting || currentStep(session).answer === null} onClick={() => runCommand(command('draw.accept'))}>
          {accepting ? <LoaderCircle size={14} className="spin" /> : <Check size={14} />}
          <span className="candidate-accept">{active === null ? t('candidates.accept') : t('candidates.acceptAs', { name: active.name })}</span>
        </button>
        <p>
          {answer.candidates.length > 1 && <><Key chord="Tab" /> {t('candidates.next')}&ensp;</>}<Key chord="Enter" /> {t('candidates.acceptKey')}<br />
          {background ? <><kbd className="kbd">Alt</kbd> {t('candidates.background')}</> : t('candidates.noBackground')}&ensp;<Key chord="Escape" />
        </p>
      </div>
    </section>
  );
}

/** Moves the bar off what lies under it; a double click puts it back. */
function Grip({ placing: { grip } }: { readonly placing: BarPlacing }): ReactElement {
  const { t } = useTranslation();
  return <button type="button" className="candidate-grip" aria-label={t('candidates.move')} title={t('candidates.move')} {...grip}><GripVertical size={14} /></button>;
}

/** The image's thumbnail as a picture to draw under the masks; null until it is there. */
function useThumbnail(image: number): HTMLImageElement | null {
  const project = useProject((s) => s.info?.project);
  const [loaded, setLoaded] = useState<{ image: number; picture: HTMLImageElement } | null>(null);
  const version = useImage((s) => (s.open?.row.id === image ? s.open.row.version : null));
  useEffect(() => {
    if (project === undefined || version === null) return undefined;
    const picture = new Image();
    let wanted = true;
    picture.addEventListener('load', () => wanted && setLoaded({ image, picture }));
    picture.src = imageAddress.thumbnail(project, image, version);
    return () => {
      wanted = false;
    };
  }, [image, project, version]);
  return loaded !== null && loaded.image === image ? loaded.picture : null;
}

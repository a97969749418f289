import { Blocks, FileWarning, ImageOff, Images, LoaderCircle } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { command, runCommand } from '../commands/registry.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { CommandKey } from '../components/keys.tsx';
import { useApp } from '../state/app-store.ts';
import { runningSearch, useAutomatic } from '../state/automatic-store.ts';
import { useImage } from '../state/image-store.ts';
import { useJobs } from '../state/jobs-store.ts';
import { useList } from '../state/list-store.ts';
import { useProject } from '../state/project-store.ts';
import { useUi } from '../state/ui-store.ts';
import { CandidateBar } from './candidate-bar.tsx';
import { CanvasView } from './canvas-view.tsx';
import { FindingBar } from './finding-bar.tsx';
import { ClassPicker } from './class-picker.tsx';
import { CoachMark } from './coach-mark.tsx';

/** The canvas and what lies over it. */
export function Stage(): ReactElement {
  return (
    <main className="stage">
      <CanvasView />
      <StageMessage />
      <StageChips />
      <EverythingChip />
      <CandidateBar />
      <FindingBar />
      <ClassPicker />
      <CoachMark />
    </main>
  );
}

/** Where no picture can be: why, and what to do. */
function StageMessage(): ReactElement | null {
  const { t } = useTranslation();
  const { current, open, problem, painted } = useImage();
  const ids = useList((s) => s.ids);
  const total = useProject((s) => s.info?.images.total ?? 0);
  if (current === null) {
    if (ids === null) return null;
    if (total > 0) return null;
    return (
      <div className="stage-message">
        <Images size={32} strokeWidth={1.25} />
        <strong>{t('stage.noImages')}</strong>
        <span>{t('stage.noImagesDetail')}</span>
        <button type="button" className="button primary" onClick={() => runCommand(command('program.addFolder'))}>{t('command.addFolder')}</button>
      </div>
    );
  }
  const reason: Problem | null = problem ?? (open !== null && open.pyramid === null ? (open.row.problem ?? null) : null);
  if (reason !== null) {
    return (
      <div className="stage-message" role="alert">
        {reason.code === 'image-missing' ? <FileWarning size={32} strokeWidth={1.25} /> : <ImageOff size={32} strokeWidth={1.25} />}
        <strong>{t('stage.cannotShow', { name: open?.row.name ?? reason.item ?? '' })}</strong>
        <span>{reason.message}</span>
        <button type="button" className="button" onClick={() => runCommand(command('go.next'))}>{t('command.next')}</button>
      </div>
    );
  }
  if (painted === current) return null;
  return <div className="stage-message late" role="status"><LoaderCircle size={22} className="spin" /><span>{t('stage.opening')}</span></div>;
}

/** The first step of everything mode, where the eyes are: its panel lies beside the canvas. */
function EverythingChip(): ReactElement | null {
  const { t } = useTranslation();
  const waits = useAutomatic((s) => s.known && s.candidates === null && !s.starting);
  const tool = useUi((s) => s.tool);
  const shown = useImage((s) => s.painted !== null && s.painted === s.current);
  const runs = useJobs((s) => runningSearch(s.jobs.values(), useAutomatic.getState().image) !== null);
  const ready = useApp((s) => s.sam?.state === 'ready');
  if (tool !== 'everything' || !waits || !shown || runs || !ready) return null;
  return (
    <div className="stage-chips">
      <button type="button" className="chip" onMouseDown={keepFocus} onClick={() => runCommand(command('everything.find'))}><Blocks size={14} /><strong>{t('everything.chip')}</strong>{t('everything.chipDetail')}<CommandKey id="everything.find" /></button>
    </div>
  );
}

/** At the top: what the smart tools wait for. */
function StageChips(): ReactElement | null {
  const { t } = useTranslation();
  const tool = useUi((s) => s.tool);
  const sam = useApp((s) => s.sam);
  const current = useImage((s) => s.current);
  const shown = useImage((s) => s.painted !== null && s.painted === s.current);
  const preparing = useList((s) => current !== null && s.prepared.get(current) === 'preparing');
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const smart = tool === 'smart-point' || tool === 'smart-box';
  if (!smart || !shown || readOnly) return null;
  if (sam?.state === 'failed') return <div className="stage-chips"><div className="chip" role="status"><strong>{t('sam.failed')}</strong>{sam.problem?.message}</div></div>;
  if (!preparing) return null;
  return <div className="stage-chips"><div className="chip" role="status"><LoaderCircle size={14} className="spin" />{t('stage.preparing')}</div></div>;
}

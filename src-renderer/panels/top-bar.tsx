import { Check, GitCompareArrows, Redo2, Undo2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount } from '../components/format.ts';
import { useKeyWords } from '../components/keys.tsx';
import { Tip } from '../components/tip.tsx';
import { useImage } from '../state/image-store.ts';
import { useList } from '../state/list-store.ts';
import { useProject } from '../state/project-store.ts';
import { usePrompt } from '../state/prompt-store.ts';
import { useReplay } from '../state/replay-store.ts';
import { useUi } from '../state/ui-store.ts';
import { MainMenu } from './main-menu.tsx';
import { ProviderBadge } from './provider-badge.tsx';

export function TopBar(): ReactElement {
  const { t } = useTranslation();
  const info = useProject((s) => s.info);
  const current = useImage((s) => s.current);
  const row = useList((s) => (current === null ? undefined : s.rows.get(current)));
  const done = row?.status === 'done';
  const readOnly = info?.readOnly !== null;
  return (
    <header className="top-bar">
      <MainMenu />
      <div className="crumb" title={info?.path}>
        <span>{info?.name}</span>
        {row !== undefined && <><i>/</i><span title={row.path}>{row.path}</span></>}
      </div>
      <span className="grow" />
      <UndoButtons readOnly={readOnly} />
      <ReviewBadge />
      <ProviderBadge />
      <Tip text={t(done ? 'top.markNotDone' : 'command.doneAndNext')} {...(done ? {} : { commandId: 'go.doneAndNext' })}>
        <button type="button" className="button" aria-pressed={done} disabled={row === undefined || readOnly} onClick={() => runCommand(command(done ? 'go.toggleDone' : 'go.doneAndNext'))}>
          <Check size={14} />{t('top.done')}
        </button>
      </Tip>
      <Tip text={t('command.export')} commandId="program.export">
        <button type="button" className="button primary" onClick={() => runCommand(command('program.export'))}>{t('top.export')}</button>
      </Tip>
    </header>
  );
}

/** There while proposals wait. */
function ReviewBadge(): ReactElement | null {
  const { t } = useTranslation();
  const waiting = useReplay((s) => s.total);
  const reviewing = useUi((s) => s.tool === 'review');
  if (waiting === 0) return null;
  return (
    <Tip text={t('command.review')} commandId="replay.review">
      <button type="button" className="button review-badge" aria-pressed={reviewing} onClick={() => runCommand(command('replay.review'))}><GitCompareArrows size={14} />{t('review.left', { count: waiting, n: formatCount(waiting) })}</button>
    </Tip>
  );
}

/** Named after what they would do now: something of the draft while there is one, else a saved edit. */
function UndoButtons({ readOnly }: { readonly readOnly: boolean }): ReactElement {
  const { t } = useTranslation();
  const saved = useProject((s) => s.info?.undo);
  const drafting = usePrompt((s) => s.session !== null);
  const current = useImage((s) => s.current);
  const takenBack = usePrompt((s) => s.takenBack !== null && s.takenBack.image === current);
  return (
    <>
      <UndoButton id="program.undo" label={drafting ? t('draft.lastPoint') : (saved?.undo ?? null)} readOnly={readOnly} />
      <UndoButton id="program.redo" label={takenBack ? t('draft.lastPoint') : drafting ? null : (saved?.redo ?? null)} readOnly={readOnly} />
    </>
  );
}

function UndoButton({ id, label, readOnly }: { readonly id: 'program.undo' | 'program.redo'; readonly label: string | null; readonly readOnly: boolean }): ReactElement {
  const { t } = useTranslation();
  const { aria } = useKeyWords();
  const it = command(id);
  const Icon = id === 'program.undo' ? Undo2 : Redo2;
  const text = label === null ? t(it.title) : t(id === 'program.undo' ? 'top.undo' : 'top.redo', { label });
  return (
    <Tip text={text} commandId={id}>
      <button type="button" className="icon-button" aria-label={text} aria-keyshortcuts={it.keys.map(aria).join(' ')} disabled={label === null || readOnly} onClick={() => runCommand(it)}>
        <Icon size={16} />
      </button>
    </Tip>
  );
}

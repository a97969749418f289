import { Blocks, Hand, MousePointer2, Scan, Sparkles, Square, ZoomIn } from 'lucide-react';
import { Fragment } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ToolId } from '../canvas/types.ts';
import { command, runCommand } from '../commands/registry.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { useKeyWords } from '../components/keys.tsx';
import { Tip } from '../components/tip.tsx';
import { useApp } from '../state/app-store.ts';
import { limitsOf } from '../state/model-limits.ts';
import { useProject } from '../state/project-store.ts';
import { DRAWING_TOOLS, useUi } from '../state/ui-store.ts';

/** In groups, with a line between: pointing, drawing, looking. */
const GROUPS = [
  [['select', MousePointer2], ['smart-point', Sparkles], ['smart-box', Scan], ['everything', Blocks]],
  [['rectangle', Square]],
  [['hand', Hand], ['zoom', ZoomIn]],
] as const satisfies readonly (readonly (readonly [ToolId, typeof Hand])[])[];

const moveFocus = (event: KeyboardEvent<HTMLElement>): void => {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const tools = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const at = tools.indexOf(document.activeElement as HTMLButtonElement);
  tools[(at + by + tools.length) % tools.length]?.focus();
};

export function ToolRail(): ReactElement {
  const { t } = useTranslation();
  const keys = useKeyWords();
  const tool = useUi((s) => s.tool);
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const noBox = useApp((s) => limitsOf(s.sam)?.box === false);
  const model = useApp((s) => s.sam?.model?.name ?? '');
  return (
    <nav className="rail" aria-label={t('tools.name')}>
      <div role="radiogroup" aria-label={t('tools.name')} onKeyDown={moveFocus}>
        {GROUPS.map((group, i) => (
          <Fragment key={group[0][0]}>
            {i > 0 && <hr />}
            {group.map(([id, Icon]) => {
              const it = command(`tool.${id}`);
              const key = it.keys[0] ?? '';
              return (
                <Tip key={id} text={noBox && id === 'smart-box' ? t('limit.box', { model }) : t(it.title)} commandId={it.id} side="right">
                  <button
                    type="button" role="radio" className="tool" aria-label={t(it.title)} aria-checked={tool === id} aria-keyshortcuts={keys.aria(key)}
                    tabIndex={tool === id || (tool === 'review' && id === 'select') ? 0 : -1} disabled={readOnly && DRAWING_TOOLS.has(id)} {...(noBox && id === 'smart-box' ? { 'aria-disabled': true } : {})}
                    onMouseDown={keepFocus} onClick={() => runCommand(it)}
                  >
                    <Icon size={18} strokeWidth={1.75} /><em aria-hidden>{keys.label(key)}</em>
                  </button>
                </Tip>
              );
            })}
          </Fragment>
        ))}
      </div>
    </nav>
  );
}

import { CircleCheck, CircleX, Info, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { dismissNotice, useNotices } from '../state/notices-store.ts';
import type { Notice, NoticeLevel } from '../state/notices-store.ts';

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, error: CircleX } as const;
/** Reading time; an error stays until it is dismissed. */
const SHOWN_MS: Readonly<Record<NoticeLevel, number | null>> = { info: 5_000, success: 4_000, warning: 12_000, error: null };
/** Time to read and to decide. */
const WITH_ACTION_MS = 12_000;

export function Toasts(): ReactElement {
  const { t } = useTranslation();
  const notices = useNotices((s) => s.notices);
  // Beside the dialogs, so that what a message offers can be pressed while one is open.
  return createPortal(<section className="toasts" data-toasts aria-label={t('notice.name')} aria-live="polite">{notices.map((n) => <Toast key={n.id} it={n} />)}</section>, document.body);
}

function Toast({ it }: { readonly it: Notice }): ReactElement {
  const { t } = useTranslation();
  const [held, setHeld] = useState(false);
  const { action } = it;
  const reading = SHOWN_MS[it.level];
  const shown = reading === null || action === null ? reading : Math.max(reading, WITH_ACTION_MS);
  useEffect(() => {
    if (shown === null || held) return undefined;
    const timer = setTimeout(() => dismissNotice(it.id), shown);
    return () => clearTimeout(timer);
  }, [it.id, shown, held]);
  const Icon = ICONS[it.level];
  return (
    <div className={`toast ${it.level}`} role={it.level === 'error' ? 'alert' : 'status'} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      <Icon size={16} />
      <p>{it.message}{it.count > 1 && <span className="faint"> ×{it.count}</span>}</p>
      <button type="button" className="icon-button" aria-label={t('notice.dismiss')} onClick={() => dismissNotice(it.id)}><X size={14} /></button>
      {it.item !== null && !it.message.includes(it.item) && <small>{it.item}</small>}
      {action !== null && (
        <button
          type="button" className="button small"
          onClick={() => {
            dismissNotice(it.id);
            action.run();
          }}
        >
          {action.title}
        </button>
      )}
    </div>
  );
}

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useRef } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { closeDialog, useUi } from '../state/ui-store.ts';

interface ModalProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  /** Width class, one of dialogs.css. */
  readonly size?: 'narrow' | 'wide' | 'large';
  /** Called instead of closing the store's dialog, for one that lies over another. */
  readonly onClose?: () => void;
}

/** A dialog: focus is kept inside while it is open and goes back to where it was, or to the canvas, afterwards. */
export function Modal({ title, children, footer, size, onClose = closeDialog }: ModalProps): ReactElement {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open, { event }) => !open && !onToast(event) && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={size === undefined ? 'dialog' : `dialog ${size}`} initialFocus={() => firstControl(body.current)} finalFocus={returnFocus}>
          <div className="dialog-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t('dialog.close')}><X size={16} /></Dialog.Close>
          </div>
          <div ref={body} className="dialog-body">{children}</div>
          {footer !== undefined && <div className="dialog-foot">{footer}</div>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A press on a message is about that message, and leaves the dialog open. */
const onToast = ({ target }: Event): boolean => target instanceof Element && target.closest('[data-toasts]') !== null;

/** Where the keyboard begins: in the dialog's matter, not on the button that closes it. */
function firstControl(body: HTMLElement | null): HTMLElement | true {
  const marked = body?.querySelector<HTMLElement>('[data-autofocus]');
  const control = body?.querySelector<HTMLElement>('input, select, [aria-checked="true"], button:not(:disabled), [tabindex="0"]');
  return marked ?? control ?? true;
}

/** Opened by a key there is no trigger to return to: then drawing goes on. A dialog or class picker that follows keeps the focus. */
export function returnFocus(): boolean {
  const { dialog, classPicker } = useUi.getState();
  if (dialog !== null || classPicker !== null) return false;
  if (document.activeElement === null || document.activeElement === document.body) {
    focusCanvas();
    return false;
  }
  return true;
}

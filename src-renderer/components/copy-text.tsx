import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../state/clipboard.ts';

/** A text with a button that copies it, such as an address that no page may be opened for. */
export function CopyText({ text, className }: { readonly text: string; readonly className: string }): ReactElement {
  const { t } = useTranslation();
  const shown = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (await copyText(text)) setCopied(true);
    else if (shown.current !== null) getSelection()?.selectAllChildren(shown.current);
  };
  return (
    <span className="copy-text">
      <code ref={shown} className={className}>{text}</code>
      <button type="button" className="button small" onClick={() => void copy()}>{copied ? <Check size={13} /> : <Copy size={13} />}{t(copied ? 'copy.done' : 'copy.copy')}</button>
      <span className="visually-hidden" role="status">{copied ? t('copy.done') : ''}</span>
    </span>
  );
}

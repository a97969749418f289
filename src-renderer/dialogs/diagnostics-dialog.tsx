import { Check, Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { Modal } from '../components/modal.tsx';
import { call } from '../state/backend.ts';
import { copyText } from '../state/clipboard.ts';
import { projectHandle } from '../state/project-store.ts';

/** Shows what helps to find an error, exactly as it is then copied. */
export function DiagnosticsDialog(): ReactElement {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [copied, setCopied] = useState<'copied' | 'selected' | null>(null);
  useEffect(() => {
    call('app.diagnostics', { project: projectHandle() }).then((answer) => setText(answer.text), (error: unknown) => setProblem(toProblem(error).message));
  }, []);
  const copy = async (): Promise<void> => {
    const done = await copyText(text ?? '');
    if (!done) field.current?.select();
    setCopied(done ? 'copied' : 'selected');
  };
  const footer = <button type="button" className="button primary" disabled={text === null} onClick={() => void copy()}>{copied === 'copied' ? <Check size={14} /> : <Copy size={14} />}{t(copied === 'copied' ? 'diagnostics.copied' : 'diagnostics.copy')}</button>;
  return (
    <Modal title={t('diagnostics.title')} size="wide" footer={footer}>
      <p>{t('diagnostics.lead')}</p>
      {problem === null
        ? <textarea ref={field} className="diagnostics" readOnly data-autofocus="" spellCheck={false} aria-label={t('diagnostics.text')} placeholder={t('diagnostics.gathering')} value={text ?? ''} />
        : <p className="inline-error" role="alert">{problem}</p>}
      <p role="status">{copied === 'selected' ? t('diagnostics.selected') : ''}</p>
    </Modal>
  );
}

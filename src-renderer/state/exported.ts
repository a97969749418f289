import { t } from 'i18next';
import type { Job } from '../../src-shared/contract/types.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle } from './project-store.ts';
import { callShell, hasShell } from './shell.ts';
import { useUi } from './ui-store.ts';

/** Where an export was written; null for other jobs, and while it is not done. */
export const exportedTo = ({ kind, state, subject }: Job): string | null => (kind === 'export' && state === 'done' ? subject : null);

/** Shows a file or folder where the system shows files; only where hasShell(). */
export function showInFolder(path: string): void {
  callShell('shell.showInFolder', { path }).catch(notifyError);
}

/** Tells of an export that ended in the background, and where it is. Its own dialog says so itself. */
export function announceExported(job: Job): void {
  const path = exportedTo(job);
  const { dialog } = useUi.getState();
  if (path === null || job.project !== projectHandle() || dialog?.kind === 'export' || dialog?.kind === 'job') return;
  const action = hasShell() ? { title: t('exported.show'), run: () => showInFolder(path) } : null;
  notify({ level: 'success', message: job.message ?? t('job.done', { title: job.title }), item: path, action });
}

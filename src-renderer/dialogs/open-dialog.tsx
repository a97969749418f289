import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../components/format.ts';
import { Modal } from '../components/modal.tsx';
import { fileName } from '../components/paths.ts';
import { call } from '../state/backend.ts';
import { notifyError } from '../state/notices-store.ts';
import { projectHandle } from '../state/project-store.ts';
import { openPath } from '../state/session.ts';
import { closeDialog } from '../state/ui-store.ts';
import { FolderBrowser, useFolder } from './folder-browser.tsx';

const OPENABLE = ['project', 'image'] as const;

function open(path: string): void {
  closeDialog();
  void openPath(path, fileName(path));
}

function addFolder(path: string): void {
  const project = projectHandle();
  closeDialog();
  if (project !== null) call('project.addFolder', { project, path }).catch(notifyError);
}

/** Chooses a folder of images or a project file to open, or (`add`) a folder to add to the open project. */
export function OpenDialog({ add }: { readonly add: boolean }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(null);
  const { listing } = view;
  const count = listing?.imageCount ?? 0;
  const take = async (): Promise<void> => {
    const path = await view.meant();
    if (path !== null) (add ? addFolder : open)(path);
  };
  return (
    <Modal
      title={t(add ? 'open.addTitle' : 'open.title')} size="wide"
      footer={
        <>
          <span className="grow faint">{listing !== null && t('open.count', { count, n: formatCount(count) })}</span>
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          <button type="button" className="button primary" disabled={listing === null} onClick={() => void take()}>{t(add ? 'open.add' : 'open.open')}</button>
        </>
      }
    >
      <p>{t(add ? 'open.addDetail' : 'open.detail')}</p>
      <FolderBrowser view={view} files={OPENABLE} {...(add ? {} : { onOpenProject: open })} />
    </Modal>
  );
}

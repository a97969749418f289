import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { RootId } from '../../src-shared/domain/schema.ts';
import { Modal } from '../components/modal.tsx';
import { call } from '../state/backend.ts';
import { projectHandle } from '../state/project-store.ts';
import { closeDialog } from '../state/ui-store.ts';
import { FolderBrowser, useFolder } from './folder-browser.tsx';

/** Chooses where a folder of the project is now. @param path where it was */
export function RelocateDialog({ root, path }: { readonly root: RootId; readonly path: string }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(null);
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (): Promise<void> => {
    setProblem(null);
    const [project, folder] = [projectHandle(), await view.meant()];
    if (project === null || folder === null) return;
    try {
      await call('project.relocate', { project, root, path: folder });
      closeDialog();
    } catch (error) {
      setProblem(toProblem(error).message);
    }
  };
  return (
    <Modal
      title={t('relocate.title')} size="wide"
      footer={
        <>
          <span className="grow" />
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.cancel')}</button>
          <button type="button" className="button primary" disabled={view.listing === null} onClick={() => void take()}>{t('relocate.choose')}</button>
        </>
      }
    >
      <p>{t('relocate.detail', { path })}</p>
      <FolderBrowser view={view} files={['image']} />
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </Modal>
  );
}

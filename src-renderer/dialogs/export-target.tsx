import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Modal } from '../components/modal.tsx';
import { fileName, joinPath, parentPath } from '../components/paths.ts';
import { FolderBrowser, useFolder } from './folder-browser.tsx';

/** Where to: a folder by browsing, and the name of the file or folder to make there. */
export function ExportTarget({ out, form, onChoose, onBack }: { readonly out: string; readonly form: 'file' | 'folder'; readonly onChoose: (path: string) => void; readonly onBack: () => void }): ReactElement {
  const { t } = useTranslation();
  const view = useFolder(parentPath(out));
  const [name, setName] = useState(fileName(out));
  const take = async (): Promise<void> => {
    const folder = await view.meant();
    if (folder !== null) onChoose(joinPath(folder, name.trim()));
  };
  return (
    <Modal
      title={t('export.chooseTitle')} size="wide" onClose={onBack}
      footer={
        <>
          <button type="button" className="button" onClick={onBack}>{t('export.back')}</button>
          <button type="button" className="button primary" disabled={view.listing === null || name.trim() === ''} onClick={() => void take()}>{t('export.choose')}</button>
        </>
      }
    >
      <FolderBrowser view={view} files={[]} />
      <label className="label">{t(form === 'file' ? 'export.name' : 'export.folderName')}<input type="text" className="field" value={name} spellCheck={false} onChange={(e) => setName(e.target.value)} /></label>
    </Modal>
  );
}

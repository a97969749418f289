import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { DATASET_EXTENSIONS } from '../../src-shared/contract/datasets.ts';
import { MODEL_EXTENSIONS } from '../../src-shared/contract/models.ts';
import { notifyError } from '../state/notices-store.ts';
import { callShell } from '../state/shell.ts';

const EXTENSIONS = { project: ['.mwproj'], dataset: DATASET_EXTENSIONS, model: MODEL_EXTENSIONS } as const;

/** In a desktop window: the system's own dialogs, for a folder and for the files that count here. `at` is where they begin. */
export function SystemDialogs({ at, project, file, onChosen }: { readonly at: string | null; readonly project: boolean; readonly file?: 'dataset' | 'model'; readonly onChosen: (path: string) => void }): ReactElement {
  const { t } = useTranslation();
  const choose = async (title: string, kind: 'folder' | keyof typeof EXTENSIONS): Promise<void> => {
    const filters = kind === 'folder' ? [] : [{ name: t(`browse.${kind}`), extensions: EXTENSIONS[kind].map((extension) => extension.slice(1)) }];
    try {
      const { path } = await callShell('shell.choose', { kind: kind === 'folder' ? 'folder' : 'file', title, at, filters });
      if (path !== null) onChosen(path);
    } catch (error) {
      notifyError(error);
    }
  };
  const button = (title: string, kind: 'folder' | keyof typeof EXTENSIONS): ReactElement => <button type="button" className="button small" onClick={() => void choose(title, kind)}>{title}</button>;
  return (
    <div className="system-dialogs">
      {file !== 'model' && button(t('browse.systemFolder'), 'folder')}
      {project && button(t('browse.systemProject'), 'project')}
      {file !== undefined && button(t('browse.systemFile'), file)}
    </div>
  );
}

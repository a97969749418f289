import { t } from 'i18next';
import { isModelFile } from './model-files.ts';
import { notify } from './notices-store.ts';
import { openPath } from './session.ts';
import { showDialog } from './ui-store.ts';

/**
 * What is dropped anywhere on the window: model files are imported, a folder or a project is opened. The page itself must
 * never be navigated to one.
 */
export function takeDrops(): void {
  window.addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer?.types.includes('Files')) document.body.dataset.dropping = '';
  });
  window.addEventListener('dragleave', (event) => {
    // Between two elements of the page the drag goes on.
    if (event.relatedTarget === null) delete document.body.dataset.dropping;
  });
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    delete document.body.dataset.dropping;
    const dropped = [...(event.dataTransfer?.items ?? [])].flatMap((item): Dropped<File>[] => {
      const file = item.kind === 'file' ? item.getAsFile() : null;
      return file === null ? [] : [{ file, name: file.name, folder: item.webkitGetAsEntry()?.isDirectory === true }];
    });
    const { maskwright } = window;
    if (dropped.length > 0) filesDropped(dropped, maskwright === undefined ? null : (file) => maskwright.pathOf(file));
  });
}

export interface Dropped<F> {
  readonly file: F;
  readonly name: string;
  readonly folder: boolean;
}

const isProject = (name: string): boolean => name.toLowerCase().endsWith('.mwproj');

/** @param pathOf where a file lies on the disk, empty when on none; null where that cannot be known, which is in a browser. */
export function filesDropped<F>(dropped: readonly Dropped<F>[], pathOf: ((file: F) => string) | null): void {
  const models = dropped.filter(({ name, folder }) => !folder && isModelFile(name));
  const toOpen = dropped.find(({ name, folder }) => folder || isProject(name));
  const paths = (files: readonly Dropped<F>[]): string[] => (pathOf === null ? [] : files.map(({ file }) => pathOf(file)).filter((path) => path !== ''));
  if (models.length > 0) {
    const found = paths(models);
    if (found.length > 0) showDialog({ kind: 'import-model', paths: found });
    else notify({ level: 'info', message: t('drop.noPath'), action: { title: t('models.import'), run: () => showDialog({ kind: 'import-model', paths: [] }) } });
  } else if (toOpen !== undefined) {
    const [path] = paths([toOpen]);
    if (path !== undefined) void openPath(path, toOpen.name);
    else notify({ level: 'info', message: t('drop.noPathToOpen'), action: { title: t('command.open'), run: () => showDialog({ kind: 'open' }) } });
  } else notify({ level: 'info', message: t('drop.unknown') });
}

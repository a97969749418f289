import { t } from 'i18next';
import { isModelFile } from './model-files.ts';
import { notify } from './notices-store.ts';
import { showDialog } from './ui-store.ts';

/** Files dropped anywhere on the window: model files are imported. The page itself must never be navigated to one. */
export function takeDrops(): void {
  window.addEventListener('dragover', (event) => event.preventDefault());
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    const { maskwright } = window;
    if (files.length > 0) filesDropped(files, maskwright === undefined ? null : (file) => maskwright.pathOf(file));
  });
}

/** @param pathOf where a file lies on the disk, empty when on none; null where that cannot be known, which is in a browser. */
export function filesDropped<F extends { readonly name: string }>(files: readonly F[], pathOf: ((file: F) => string) | null): void {
  const models = files.filter(({ name }) => isModelFile(name));
  if (models.length === 0) {
    notify({ level: 'info', message: t('drop.unknown') });
    return;
  }
  const paths = pathOf === null ? [] : models.map(pathOf).filter((path) => path !== '');
  if (paths.length > 0) showDialog({ kind: 'import-model', paths });
  else notify({ level: 'info', message: t('drop.noPath'), action: { title: t('models.import'), run: () => showDialog({ kind: 'import-model', paths: [] }) } });
}

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
    if (files.length > 0) dropped(files);
  });
}

function dropped(files: readonly File[]): void {
  const models = files.filter((file) => isModelFile(file.name));
  if (models.length === 0) {
    notify({ level: 'info', message: t('drop.unknown') });
    return;
  }
  const { maskwright } = window;
  if (maskwright === undefined) {
    notify({ level: 'info', message: t('drop.noPath'), action: { title: t('models.import'), run: () => showDialog({ kind: 'import-model', paths: [] }) } });
    return;
  }
  showDialog({ kind: 'import-model', paths: models.map((file) => maskwright.pathOf(file)).filter((path) => path !== '') });
}

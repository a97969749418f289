import { t } from 'i18next';
import { DATASET_EXTENSIONS } from '../../src-shared/contract/datasets.ts';
import { IMAGE_EXTENSIONS } from '../../src-shared/domain/image-extensions.ts';
import { fileName, parentPath } from '../components/paths.ts';
import { call } from './backend.ts';
import { isModelFile } from './model-files.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle, useProject } from './project-store.ts';
import { openPath } from './session.ts';
import { showDialog } from './ui-store.ts';

/**
 * What is dropped anywhere on the window: model files and data sets are imported, a folder or a project is opened, and of images
 * the folder is offered. The page itself must never be navigated to one.
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

const hasExtension = (name: string, extensions: readonly string[]): boolean => extensions.some((extension) => name.toLowerCase().endsWith(extension));
const isProject = (name: string): boolean => name.toLowerCase().endsWith('.mwproj');

/** @param pathOf where a file lies on the disk, empty when on none; null where that cannot be known, which is in a browser. */
export function filesDropped<F>(dropped: readonly Dropped<F>[], pathOf: ((file: F) => string) | null): void {
  const models = dropped.filter(({ name, folder }) => !folder && isModelFile(name));
  const datasets = dropped.filter(({ name, folder }) => !folder && hasExtension(name, DATASET_EXTENSIONS));
  const images = dropped.filter(({ name, folder }) => !folder && hasExtension(name, IMAGE_EXTENSIONS));
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
  } else if (datasets.length > 0) {
    const [path] = paths(datasets);
    if (path === undefined) notify({ level: 'info', message: t('drop.noPathToOpen'), action: { title: t('command.importDataset'), run: () => showDialog({ kind: 'import-dataset' }) } });
    else if (useProject.getState().info === null) notify({ level: 'info', message: t('drop.datasetNoProject') });
    else showDialog({ kind: 'import-dataset', path });
  } else if (images.length > 0) {
    const [path] = paths(images);
    if (path === undefined) notify({ level: 'info', message: t('drop.noPathToOpen'), action: { title: t('command.open'), run: () => showDialog({ kind: 'open' }) } });
    else offerFolder(parentPath(path), images.length);
  } else notify({ level: 'info', message: t('drop.unknown') });
}

/** A project refers to folders, so that what is put into them later is found. */
function offerFolder(folder: string, count: number): void {
  const project = projectHandle();
  const message = t('drop.images', { count, folder });
  if (project === null) notify({ level: 'info', message, action: { title: t('drop.openFolder'), run: () => void openPath(folder, fileName(folder)) } });
  else notify({ level: 'info', message, action: { title: t('drop.addFolder'), run: () => void call('project.addFolder', { project, path: folder }).catch(notifyError) } });
}

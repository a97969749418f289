import { beforeAll, beforeEach, expect, it } from 'vitest';
import { startI18n } from '../i18n/i18n.ts';
import { filesDropped } from './drops.ts';
import type { Dropped } from './drops.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { info, openPage } from './test-contract.ts';
import { closeDialog, useUi } from './ui-store.ts';

const files = (...names: string[]): Dropped<string>[] => names.map((name) => ({ file: name, name, folder: false }));
const folder = (name: string): Dropped<string> => ({ file: name, name, folder: true });
const inDownloads = (name: string): string => `/downloads/${name}`;

beforeAll(startI18n);
beforeEach(() => {
  closeDialog();
  useNotices.setState({ notices: [] });
  useProject.setState({ info: null });
});

it('model files go to the import dialog by their paths, whatever is dropped with them', () => {
  filesDropped(files('readme.txt', 'sam_vit_b_01ec64.PTH'), inDownloads);
  expect(useUi.getState().dialog).toEqual({ kind: 'import-model', paths: ['/downloads/sam_vit_b_01ec64.PTH'] });
});

it('a browser, which knows no paths, leads to the dialog in which they are chosen', () => {
  filesDropped(files('encoder.onnx', 'decoder.onnx'), null);
  expect(useUi.getState().dialog).toBeNull();
  useNotices.getState().notices[0]?.action?.run();
  expect(useUi.getState().dialog).toEqual({ kind: 'import-model', paths: [] });
});

it('a model that lies on no disk, such as one dragged out of a web page, is led there too', () => {
  filesDropped(files('a.pth'), () => '');
  expect(useUi.getState().dialog).toBeNull();
  expect(useNotices.getState().notices[0]?.action).not.toBeNull();
});

it.each([[folder('photos.onnx'), '/downloads/photos.onnx'], [files('fruit.MWPROJ')[0] ?? folder(''), '/downloads/fruit.MWPROJ']])('$0.name is opened', async (dropped, path) => {
  const called = openPage((name) => (name === 'project.open' ? { ...info, path } : {}));
  filesDropped([...files('readme.txt'), dropped], inDownloads);
  await expect.poll(() => called.find(({ name }) => name === 'project.open')?.params).toEqual({ path });
});

it('a folder dropped in a browser leads to the dialog that opens folders', () => {
  filesDropped([folder('photos')], null);
  expect(useUi.getState().dialog).toBeNull();
  useNotices.getState().notices[0]?.action?.run();
  expect(useUi.getState().dialog).toEqual({ kind: 'open' });
});

it('other files are answered with what can be dropped', () => {
  filesDropped(files('letter.docx'), inDownloads);
  expect(useUi.getState().dialog).toBeNull();
  expect(useNotices.getState().notices).toMatchObject([{ level: 'info', message: expect.stringContaining('.pth') as string, action: null }]);
});

it('a dataset goes to the dialog that imports it, once there is a project', () => {
  filesDropped(files('instances.JSON'), inDownloads);
  expect(useUi.getState().dialog).toBeNull();
  useProject.setState({ info });
  filesDropped(files('instances.JSON'), inDownloads);
  expect(useUi.getState().dialog).toEqual({ kind: 'import-dataset', path: '/downloads/instances.JSON' });
  filesDropped(files('job_7.ZIP'), inDownloads);
  expect(useUi.getState().dialog).toEqual({ kind: 'import-dataset', path: '/downloads/job_7.ZIP' });
});

it('images are taken by their folder, which is offered', async () => {
  const called = openPage(() => ({ job: 'job' }));
  useProject.setState({ info });
  filesDropped(files('a.jpg', 'b.PNG', 'notes.txt'), inDownloads);
  useNotices.getState().notices[0]?.action?.run();
  await expect.poll(() => called.find(({ name }) => name === 'project.addFolder')?.params).toEqual({ project: info.project, path: '/downloads' });
});

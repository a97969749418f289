import type { CallName, Contract, Params } from '../../src-shared/contract/contract.ts';
import type { EditResult, ProjectInfo } from '../../src-shared/contract/types.ts';
import { setBackend } from './backend.ts';
import { countAnew, forgetKept } from './edits.ts';
import { resetImage, useImage } from './image-store.ts';
import { resetList } from './list-store.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { cancelPrompt } from './prompt-store.ts';

/** For tests of the stores: a program whose answers the test gives, and a page that shows image 1 of a project. */

export const PROJECT = 'abcdefgh01';
export const IMAGE = 1;

export const info: ProjectInfo = {
  project: PROJECT, path: '/photos/photos.mwproj', name: 'photos', readOnly: null, warnings: [], roots: [], images: { total: 1, todo: 1, inProgress: 0, done: 0 }, instances: 0,
  classes: [{ id: 3, name: 'apple', colour: '#e69f00', key: 1, position: 0, instances: 0 }], model: { id: 'maskwright-nano', missing: null }, undo: { undo: null, redo: null }, savedAt: null,
};

let edits = 0;
export const edited = (label: string): EditResult => ({ number: ++edits, request: null, label, created: { instances: [], classes: [] }, images: [], instances: { set: [], removed: [] }, manyImages: false, classes: false, undo: { undo: label, redo: null }, savedAt: 1_000 });

/** What the page called, in order. */
export interface Called {
  readonly name: CallName;
  readonly params: unknown;
}

/** @param answer gives each call's result; what it throws, the call rejects with. */
export function openPage(answer: (name: CallName, params: never) => unknown): Called[] {
  const called: Called[] = [];
  const contract: Contract = {
    call: async <N extends CallName>(name: N, params: Params<N>) => {
      called.push({ name, params });
      return (name === 'project.info' ? info : await answer(name, params as never)) as never;
    },
    on: () => () => undefined,
  };
  setBackend(contract);
  cancelPrompt();
  resetImage();
  resetList();
  forgetKept();
  countAnew();
  useNotices.setState({ notices: [] });
  useProject.setState({ info, opening: null, activeClass: 3 });
  useImage.setState({ current: IMAGE });
  return called;
}

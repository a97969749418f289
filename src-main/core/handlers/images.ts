import type { ImageRow, OpenImage, ProjectHandle } from '../../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { ImageId } from '../../../src-shared/domain/schema.ts';
import { pyramidOf } from '../../../src-shared/domain/pyramid.ts';
import type { ImagesEngine } from '../../images/engine-requests.ts';
import type { Events } from '../events.ts';
import { imageRef } from '../image-ref.ts';
import type { OpenProject, OpenProjects } from '../open-projects.ts';
import type { Predictors } from '../predictors.ts';
import { refreshImage } from '../refresh-image.ts';
import type { HandlersOf } from '../router.ts';

export interface ImagesServices {
  readonly projects: OpenProjects;
  readonly imagesEngine: ImagesEngine;
  readonly predictors: Predictors;
  readonly events: Events;
}

/** Calls about the images of a project. */
export function imagesHandlers({ projects, imagesEngine, predictors, events }: ImagesServices): HandlersOf<'images'> {
  return {
    'images.ids': ({ project, filter }) => {
      const ids = projects.get(project).store.imageIds(filter);
      return { ids: new Uint8Array(Uint32Array.from(ids).buffer) };
    },
    'images.rows': ({ project, ids }) => projects.get(project).store.imageRows(ids),
    'images.open': async ({ project, image }) => {
      const opened = projects.get(project);
      await refreshImage(opened, image, imagesEngine, events, new AbortController().signal);
      return openImage(opened, image);
    },
    'images.prepare': ({ project, image, ahead }) => {
      const opened = projects.get(project);
      const { store } = opened;
      predictors.prepare(opened, imageRef(project, store, image), ahead.map((id) => imageRef(project, store, id)));
      return {};
    },
  };
}

function openImage({ store, handle }: OpenProject, image: ImageId): OpenImage {
  const row = rowOf(store.imageRows([image]), handle, image);
  const shown = row.width !== null && row.height !== null && (row.problem === null || row.problem.code === 'image-changed');
  return { row, pyramid: shown ? pyramidOf(row.width ?? 1, row.height ?? 1) : null, instances: store.instances(image) };
}

function rowOf(rows: readonly ImageRow[], project: ProjectHandle, image: ImageId): ImageRow {
  const [row] = rows;
  if (row === undefined) throw new MaskwrightError('no-such-image', 'This image is no longer in the project. Choose another in the list.', `${project}/${image}`);
  return row;
}

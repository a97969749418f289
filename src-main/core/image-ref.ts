import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { ImageRecord } from '../projects/images.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import type { ImageRef } from '../sam/predictor.ts';

/** An image as the predictor and the image service meet it. */
export interface ProjectImage extends ImageRef {
  readonly project: ProjectHandle;
  readonly store: ProjectStore;
  readonly record: ImageRecord;
}

/** Throws 'no-such-image'. The key holds the version, which changes with the file's content. */
export function imageRef(project: ProjectHandle, store: ProjectStore, image: ImageId): ProjectImage {
  const record = store.imageRecord(image);
  const { pixelHash, width, height, problem } = record;
  // Of an image that was changed after it was labeled these are the labeled content's.
  const known = problem !== null || pixelHash === null || width === null || height === null ? null : { pixelHash, width, height };
  return { key: `${project}/${image}/${record.version}`, known, project, store, record };
}

/** Whether a key that imageRef made is of an image of this project. */
export const isOf = (project: ProjectHandle, key: string): boolean => key.startsWith(`${project}/`);

import type { ImageId } from '../../src-shared/domain/schema.ts';
import { checkUnchanged } from '../images/check-unchanged.ts';
import type { ImagesEngine } from '../images/engine-requests.ts';
import type { Events } from './events.ts';
import type { OpenProject } from './open-projects.ts';

/** Keeps what is now on the disk, when it is not what it was; a read-only project stays as it is. */
export async function refreshImage({ handle, store }: OpenProject, image: ImageId, imagesEngine: ImagesEngine, events: Events, signal: AbortSignal): Promise<void> {
  const record = store.imageRecord(image);
  const probe = await checkUnchanged(record, imagesEngine, signal);
  if (probe === null || store.readOnly !== null) return;
  await store.inTurn(() => store.setProbes([probe]));
  events.emit('images.changed', { project: handle, ids: [image] });
}

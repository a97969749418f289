import type { EditView } from '../../src-shared/domain/plan-edits.ts';
import type { Tables } from './tables.ts';

/** A project's tables, as commands find them. */
export const editView = ({ classes, images, instances }: Tables): EditView => ({
  classes: () => classes.list(),
  classState: (id) => classes.get(id),
  resolveClass: (stored) => classes.resolve(stored),
  instance: (id) => instances.get(id),
  stored: (id) => instances.stored(id),
  nextZ: (image) => instances.nextZ(image),
  image: (id) => images.record(id),
  status: (id) => images.status(id),
  split: (id) => images.split(id),
  freshInstance: () => instances.nextId(),
  freshClass: () => classes.nextId(),
});

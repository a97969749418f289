import { MaskwrightError } from '../contract/errors.ts';
import type { EditView } from './plan-edits.ts';
import type { EditState } from './reduce-edits.ts';
import type { ImageId, InstanceId } from './schema.ts';

/** A state in memory, as commands find it. @param sizeOf throws 'no-such-image' @param fresh an id that nothing has had */
export function stateView({ instances, classes, images }: EditState, sizeOf: EditView['image'], fresh: () => number): EditView {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const instance = (id: InstanceId): (typeof instances)[number] => byId.get(id) ?? missing('no-such-instance', id);
  const image = (id: ImageId): { readonly status: 'todo' | 'in-progress' | 'done'; readonly split: string | null } => images.get(id) ?? missing('no-such-image', id);
  return {
    classes: () => classes,
    classState: (id) => {
      const { name, colour, key, position } = classes.find((cls) => cls.id === id) ?? missing('no-such-class', id);
      return { name, colour, key, position, fate: null };
    },
    resolveClass: (stored) => stored,
    instance,
    stored: instance,
    nextZ: (id) => 1 + instances.reduce((top, one) => (one.image === id ? Math.max(top, one.z) : top), 0),
    image: sizeOf,
    status: (id) => image(id).status,
    split: (id) => image(id).split,
    freshInstance: fresh,
    freshClass: fresh,
  };
}

/** Throws 'no-such-…'. */
export function missing(code: 'no-such-instance' | 'no-such-image' | 'no-such-class', id: number): never {
  throw new MaskwrightError(code, `${id} is not there any more. Choose another.`, String(id));
}

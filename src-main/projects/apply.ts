import type { Edit } from '../../src-shared/domain/edits.ts';
import { unpackIds } from '../../src-shared/domain/packed-ids.ts';
import { MOST_CARRIED_INSTANCES, MOST_NAMED_IMAGES } from '../../src-shared/contract/types.ts';
import type { ImageId, InstanceId } from '../../src-shared/domain/schema.ts';
import type { Tables } from './tables.ts';

/** What edits touched, gathered for EditResult. */
export class Touched {
  readonly images = new Set<ImageId>();
  /** The class list, or how many instances a class has. */
  classes = false;
  manyImages = false;
  /** Null: more than an EditResult carries, or nobody knows which. */
  instances: Set<InstanceId> | null = new Set();

  add(images: Iterable<ImageId>): void {
    for (const image of images) {
      if (this.images.has(image)) continue;
      if (this.images.size === MOST_NAMED_IMAGES) {
        this.manyImages = true;
        return;
      }
      this.images.add(image);
    }
  }

  addInstances(packed: Uint8Array): void {
    // Each id takes a byte at least.
    if (this.instances === null || packed.length > 4 * MOST_CARRIED_INSTANCES) {
      this.instances = null;
      return;
    }
    for (const id of unpackIds(packed)) this.instances.add(id);
    if (this.instances.size > MOST_CARRIED_INSTANCES) this.instances = null;
  }
}

/** Carries one edit out on the tables, inside the caller's transaction. */
export function apply(tables: Tables, edit: Edit, touched: Touched): void {
  switch (edit.type) {
    case 'instances.add':
    case 'instances.remove':
      touched.add(tables.instances.setLive(unpackIds(edit.ids), edit.type === 'instances.add'));
      touched.addInstances(edit.ids);
      touched.classes = true;
      return;
    case 'instances.set':
      touched.add(tables.instances.set(unpackIds(edit.ids), edit.after));
      touched.addInstances(edit.ids);
      touched.classes ||= edit.after.class !== undefined;
      return;
    case 'images.status': {
      const ids = unpackIds(edit.ids);
      tables.images.setStatus(ids, edit.after);
      touched.add(ids);
      return;
    }
    case 'images.split': {
      const ids = unpackIds(edit.ids);
      tables.images.setSplit(ids, edit.after);
      touched.add(ids);
      return;
    }
    case 'image.place':
      tables.images.place(edit.id, edit.after.root, edit.after.path);
      touched.add([edit.id]);
      touched.manyImages = true;
      return;
    case 'root.place':
      tables.roots.place(edit.id, edit.after);
      touched.manyImages = true;
      return;
    case 'class.put': {
      const meaningChanges = JSON.stringify(edit.before?.fate ?? null) !== JSON.stringify(edit.after?.fate ?? null);
      if (meaningChanges && edit.after?.fate !== null) touchImagesOf(tables, edit.id, touched);
      tables.classes.put(edit.id, edit.after);
      if (meaningChanges && edit.after?.fate === null) touchImagesOf(tables, edit.id, touched);
      touched.classes = true;
      // Which instances have a class that went, or came back, is not in the edit.
      if (meaningChanges && edit.before !== null && edit.after !== null) touched.instances = null;
      return;
    }
  }
}

/** Deletes what undone steps had made, once they can no longer be redone. */
export function purge(tables: Tables, dropped: readonly Edit[]): void {
  for (const edit of dropped) {
    if (edit.type === 'instances.add') tables.instances.purge(unpackIds(edit.ids));
  }
  // Only now does nothing refer to them.
  for (const edit of dropped) {
    if (edit.type === 'class.put' && edit.before === null) tables.classes.purge(edit.id);
  }
}

/** While the class is there, the instances that have it are those that its removal concerns. */
function touchImagesOf(tables: Tables, id: number, touched: Touched): void {
  for (const stored of tables.classes.storedAs(id)) touched.add(tables.instances.imagesOfStoredClass(stored, MOST_NAMED_IMAGES + 1));
}

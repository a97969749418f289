import type { ClassId } from '../../../../src-shared/domain/schema.ts';
import type { DatasetClass, DatasetFilter, DatasetImage, DatasetSource } from '../../source.ts';

/** Images up to which a class is rare, and common (A. Gupta, P. Dollár, R. Girshick, "LVIS", CVPR 2019, section 3); more are frequent. */
const MOST_RARE = 10;
const MOST_COMMON = 100;

/**
 * What LVIS v1 has beside COCO's fields (https://www.lvisdataset.org/dataset): how often each class is there, counted anew, and of
 * images the classes that were looked for in vain or are not labeled throughout, which are empty unless they were imported.
 */
export class LvisFields {
  readonly #images = new Map<ClassId, number>();
  readonly #instances = new Map<ClassId, number>();

  private constructor() {}

  static async of(source: DatasetSource, filter: DatasetFilter, pause: () => Promise<void>): Promise<LvisFields> {
    const fields = new LvisFields();
    for (const { id } of source.images(filter)) {
      await pause();
      const classes = source.instances(id).flatMap(({ class: cls }) => (cls === null ? [] : [cls]));
      for (const cls of classes) add(fields.#instances, cls);
      for (const cls of new Set(classes)) add(fields.#images, cls);
    }
    return fields;
  }

  category({ id, name, extras }: DatasetClass): object {
    const image_count = this.#images.get(id) ?? 0;
    const { synset = '', synonyms = [name], def = '' } = extras.own?.['coco'] ?? {};
    return { synset, synonyms, def, image_count, instance_count: this.#instances.get(id) ?? 0, frequency: image_count <= MOST_RARE ? 'r' : image_count <= MOST_COMMON ? 'c' : 'f' };
  }

  image({ extras }: DatasetImage): object {
    const { neg_category_ids = [], not_exhaustive_category_ids = [] } = extras.own?.['coco'] ?? {};
    return { neg_category_ids, not_exhaustive_category_ids };
  }
}

const add = (counts: Map<ClassId, number>, cls: ClassId): void => void counts.set(cls, (counts.get(cls) ?? 0) + 1);

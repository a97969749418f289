import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { Instances, InstanceWithExtras } from './instances.ts';

/** Most images and rows that are read at once. A row is the shape of an instance: a kilobyte mostly, some hundred at worst. */
const MOST_IMAGES = 64;
const MOST_ROWS = 1000;
/** Bytes of shapes from which on fewer images are read at once. */
const MANY_BYTES = 1024 ** 2;

/**
 * The instances of images that are asked for one after another, by id: read some images ahead, which takes half as long as a
 * query for each, while what was read is used. Asked for in another order they are read one by one.
 */
export class ReadAhead {
  readonly #instances: Instances;
  #images = 1;
  #first = 0;
  #through = 0;
  #used = 0;
  #rows: ReturnType<Instances['rowsOfImages']>['rows'] = new Map();

  constructor(instances: Instances) {
    this.#instances = instances;
  }

  /** By id. Throws 'project-damaged' when one cannot be read. */
  of(image: ImageId): InstanceWithExtras[] {
    if (image < this.#first || image > this.#through) this.#read(image);
    const rows = this.#rows.get(image);
    if (rows === undefined) return [];
    this.#used++;
    return this.#instances.readRows(rows);
  }

  #read(image: ImageId): void {
    const isNext = image > this.#through && this.#used >= this.#rows.size;
    this.#images = isNext ? Math.min(MOST_IMAGES, 2 * this.#images) : 1;
    const { through, rows } = this.#instances.rowsOfImages(image, image + this.#images - 1, MOST_ROWS);
    let bytes = 0;
    for (const some of rows.values()) for (const row of some) bytes += row.shape.length;
    if (bytes > MANY_BYTES) this.#images = Math.max(1, Math.floor(this.#images / 4));
    [this.#first, this.#through, this.#rows, this.#used] = [image, through, rows, 0];
  }
}

import type { Extras } from '../../src-main/datasets/extras.ts';
import type { DatasetClass, DatasetImage, DatasetInstance, DatasetSource } from '../../src-main/datasets/source.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';

/** A small data set in memory, as a project's snapshot would give it. */
export class MemorySource implements DatasetSource {
  readonly folders: { id: number; path: string }[] = [{ id: 1, path: '/data/photos' }];
  readonly labels: DatasetClass[] = [];
  readonly pictures: DatasetImage[] = [];
  own: Extras = {};
  readonly shapes: DatasetInstance[] = [];

  class(id: number, name: string, extras: Extras = {}): this {
    this.labels.push({ id, name, colour: '#e69f00', key: null, position: this.labels.length, extras });
    return this;
  }

  image(id: number, path: string, width: number | null, height: number | null, more: Partial<DatasetImage> = {}): this {
    this.pictures.push({ id, root: 1, path, width, height, status: 'todo', absolutePath: `/data/photos/${path}`, split: null, extras: {}, ...more });
    return this;
  }

  instance(id: number, image: number, label: number | null, shape: Shape, extras: Extras = {}): this {
    const provenance = { source: 'human', touched: false, sam: null } as const;
    this.shapes.push({ id, image, class: label, shape, area: 0, box: { x: 0, y: 0, width: 0, height: 0 }, z: id, provenance, extras });
    return this;
  }

  classes(): DatasetClass[] {
    return this.labels;
  }
  roots(): { id: number; path: string }[] {
    return this.folders;
  }
  images(filter: 'all' | 'done'): DatasetImage[] {
    return this.pictures.filter((image) => filter === 'all' || image.status === 'done');
  }
  instances(image: number): DatasetInstance[] {
    return this.shapes.filter((instance) => instance.image === image);
  }
  counts(filter: 'all' | 'done'): { images: number; instances: number } {
    const ids = new Set(this.images(filter).map((image) => image.id));
    return { images: ids.size, instances: this.shapes.filter((instance) => ids.has(instance.image)).length };
  }
  ownIds(format: string): [number, unknown][] {
    return this.shapes.flatMap(({ id, extras }) => (extras.own?.[format]?.['id'] === undefined ? [] : [[id, extras.own[format]['id']]]));
  }
  extras(): Extras {
    return this.own;
  }
}

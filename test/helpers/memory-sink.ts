import type { Problem } from '../../src-shared/contract/errors.ts';
import { shapeMeasures } from '../../src-shared/geometry/shape.ts';
import type { Extras } from '../../src-main/datasets/extras.ts';
import type { DatasetSink, ReadClass, ReadImage, ReadInstance } from '../../src-main/datasets/formats/format.ts';
import { MemorySource } from './dataset-source.ts';

/** Collects what a reader tells. Refuses what the contract of DatasetSink forbids: references to what was not told before. */
export class MemorySink implements DatasetSink {
  readonly classes: ReadClass[] = [];
  readonly images: ReadImage[] = [];
  readonly instances: ReadInstance[] = [];
  readonly problems: { readonly item: string; readonly problem: Problem }[] = [];
  readonly notes: string[] = [];
  own: Extras = {};

  class(entry: ReadClass): void {
    if (this.classes.some(({ key }) => key === entry.key)) throw new Error(`the class ${entry.key} was told twice`);
    this.classes.push(entry);
  }
  image(entry: ReadImage): void {
    if (this.images.some(({ key }) => key === entry.key)) throw new Error(`the image ${entry.key} was told twice`);
    this.images.push(entry);
  }
  instance(entry: ReadInstance): void {
    if (!this.images.some(({ key }) => key === entry.image)) throw new Error(`the image ${entry.image} was not told before its instance`);
    if (entry.class !== null && !this.classes.some(({ key }) => key === entry.class)) throw new Error(`the class ${entry.class} was not told before its instance`);
    this.instances.push(entry);
  }
  extras(extras: Extras): void {
    this.own = extras;
  }
  problem(item: string, problem: Problem): void {
    this.problems.push({ item, problem });
  }
  note(text: string): void {
    this.notes.push(text);
  }

  /** The instances of an image, named by its path. */
  of(path: string): ReadInstance[] {
    const keys = new Set(this.images.filter((image) => image.path === path).map(({ key }) => key));
    return this.instances.filter((instance) => keys.has(instance.image));
  }

  /** As a project gives it after the import: ids in the order of reading. Every image must have a size. */
  source(): MemorySource {
    const source = new MemorySource();
    source.own = this.own;
    const classes = new Map(this.classes.map(({ key }, i) => [key, i + 1]));
    const images = new Map(this.images.map(({ key }, i) => [key, i + 1]));
    for (const [i, { name, colour, extras }] of this.classes.entries()) {
      source.class(i + 1, name, extras);
      Object.assign(source.labels.at(-1) ?? {}, colour === undefined ? {} : { colour });
    }
    for (const [i, { path, file, width, height, split, extras }] of this.images.entries()) source.image(i + 1, path, width, height, { split, extras: extras ?? {}, ...(file === null ? {} : { absolutePath: file }) });
    for (const [i, instance] of this.instances.entries()) {
      const image = this.images.find(({ key }) => key === instance.image);
      source.instance(i + 1, images.get(instance.image) ?? 0, instance.class === null ? null : (classes.get(instance.class) ?? null), instance.shape, instance.extras);
      const stored = source.shapes.at(-1);
      if (stored === undefined || image?.width == null || image.height == null) throw new Error(`the size of ${image?.path} is not known`);
      Object.assign(stored, shapeMeasures(instance.shape, image.height, image.width), instance.z === undefined ? {} : { z: instance.z });
    }
    return source;
  }
}

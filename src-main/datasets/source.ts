import type { ClassId, ImageId, ImageStatus, Instance, InstanceId, LabelClass, RootId } from '../../src-shared/domain/schema.ts';
import type { Extras } from './extras.ts';

export type DatasetFilter = 'all' | 'done';

/** An image as an exporter needs it. Sizes are after EXIF orientation, null while the file has never been looked at. */
export interface DatasetImage {
  readonly id: ImageId;
  readonly root: RootId;
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly status: ImageStatus;
  /** Absolute. */
  readonly absolutePath: string;
  /** Part of the data set, such as train; null for none. */
  readonly split: string | null;
  readonly extras: Extras;
}

export interface DatasetClass extends LabelClass {
  readonly extras: Extras;
}

export type DatasetInstance = Instance & { readonly extras: Extras };

export type SizedImage = DatasetImage & { readonly width: number; readonly height: number };
export const hasSize = (image: DatasetImage): image is SizedImage => image.width !== null && image.height !== null;

export interface DatasetCounts {
  readonly images: number;
  readonly instances: number;
}

/** What of a whole data set decides about its instances. */
export interface DatasetFacts {
  readonly classes: ReadonlyMap<ClassId, DatasetClass>;
  /** What imported data sets said of themselves. */
  readonly extras: Extras;
}

export const factsOf = (source: DatasetSource): DatasetFacts => ({ classes: new Map(source.classes().map((cls) => [cls.id, cls])), extras: source.extras() });

/**
 * What exporters read: one moment of a project, unchanged while they work, however much is edited meanwhile.
 * Orders are part of the promise, so that the same project gives the same bytes.
 */
export interface DatasetSource {
  /** By position, then id. */
  classes(): DatasetClass[];
  /** The folders images lie in, absolute paths, by id. */
  roots(): { readonly id: RootId; readonly path: string }[];
  /** By id. Exporters read instances and pause for other work while they iterate, and may iterate several times. */
  images(filter: DatasetFilter): Iterable<DatasetImage>;
  /** Of one image, by id. */
  instances(image: ImageId): DatasetInstance[];
  counts(filter: DatasetFilter): DatasetCounts;
  /** What a format's own `id` field says (extras.own[format].id) of each instance of the data set that has one, by instance id. */
  ownIds(format: string): Iterable<readonly [instance: InstanceId, own: unknown]>;
  /** What imported data sets said of themselves. */
  extras(): Extras;
}

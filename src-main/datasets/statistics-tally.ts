import type { ClassStatistics } from '../../src-shared/contract/statistics.ts';
import type { Provenance, Shape } from '../../src-shared/domain/schema.ts';
import { countPartsAndHoles } from '../../src-shared/geometry/parts-and-holes.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { binOf, COUNTS_LENGTH, COVERAGE_SIDE, HISTOGRAMS, JOINT_SIDE, KINDS, ORIGINS, startOf } from '../../src-shared/statistics/layout.ts';
import type { Histogram, Origin } from '../../src-shared/statistics/layout.ts';
import type { DatasetImage, DatasetInstance } from './source.ts';
import { hasSize } from './source.ts';

/** What is known of one instance before it is counted anywhere. */
export interface Measures {
  readonly area: number;
  /** Places in the counts that go up by one. */
  readonly places: readonly number[];
}

/** Numbers of instances added up. */
export class Tally {
  instances = 0;
  area = 0;
  /** Null where only the sums are kept. */
  readonly #counts: Uint32Array<ArrayBuffer> | null;
  readonly coverage: Float64Array | null;

  constructor(detailed: boolean) {
    this.#counts = detailed ? new Uint32Array(COUNTS_LENGTH) : null;
    this.coverage = detailed ? new Float64Array(COVERAGE_SIDE ** 2) : null;
  }

  add({ area, places }: Measures): void {
    this.instances++;
    this.area += area;
    for (const place of places) this.#raise(place);
  }

  /** An image that has so many of these instances. */
  addImage(instances: number): void {
    this.#raise(placeIn('perImage', instances));
  }

  result(): Pick<ClassStatistics, 'instances' | 'area' | 'counts' | 'coverage'> {
    return { instances: this.instances, area: this.area, counts: bytes(this.#counts), coverage: bytes(this.coverage && Float32Array.from(this.coverage)) };
  }

  #raise(place: number): void {
    if (this.#counts !== null) this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }
}

const bytes = (numbers: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> | null => (numbers === null ? null : new Uint8Array(numbers.buffer));
const jointCell = (side: number, whole: number): number => Math.min(JOINT_SIDE - 1, Math.floor((side / whole) * JOINT_SIDE));
const placeIn = (histogram: Histogram, value: number): number => startOf(histogram) + binOf(histogram, value);

/** @param rle the instance's mask, null for one that has no place on a picture of known size */
export function measuresOf(instance: DatasetInstance, image: DatasetImage, rle: Rle | null): Measures {
  const { area, box, shape } = instance;
  const { parts, holes } = partsAndHoles(shape, rle);
  const values: Record<Exclude<Histogram, 'perImage' | 'share' | 'aspect'>, number> = { area, width: box.width, height: box.height, parts, holes };
  const places = HISTOGRAMS.flatMap((name) => (name in values ? [placeIn(name, values[name as keyof typeof values])] : []));
  places.push(startOf('origin') + ORIGINS.indexOf(originOf(instance.provenance)), startOf('kind') + KINDS.indexOf(shape.kind));
  if (box.height > 0) places.push(placeIn('aspect', box.width / box.height));
  if (hasSize(image)) {
    places.push(placeIn('share', area / (image.width * image.height)), startOf('joint') + jointCell(box.height, image.height) * JOINT_SIDE + jointCell(box.width, image.width));
  }
  return { area, places };
}

function partsAndHoles(shape: Shape, rle: Rle | null): { parts: number; holes: number } {
  switch (shape.kind) {
    case 'box':
      return { parts: 1, holes: 0 };
    case 'polygon':
      return { parts: shape.parts.length, holes: shape.parts.reduce((sum, part) => sum + part.holes.length, 0) };
    case 'mask':
      return rle === null ? { parts: 0, holes: 0 } : countPartsAndHoles(rle);
  }
}

function originOf({ source, touched, sam }: Provenance): Origin {
  switch (source) {
    case 'human':
      return 'drawn';
    case 'import':
      return touched ? 'importedCorrected' : 'imported';
    case 'model':
      return sam === null ? 'model' : touched ? 'samCorrected' : 'sam';
  }
}

/** How numbers about instances are laid out: bins of histograms and their places in ClassStatistics.counts. */

/** Sides in pixels about √2 apart, whole numbers, with COCO's 32 and 96 among them. */
const SIDES = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384];
const FEW = [1, 2, 3, 4, 5, 6, 11, 21];

/**
 * Edges of the bins of each histogram, ascending: bin i holds edges[i − 1] ≤ value < edges[i], the first all below, the last
 * all from its edge on.
 */
export const EDGES = {
  /** Pixels inside: the squares of SIDES. */
  area: SIDES.map((side) => side * side),
  /** Area as part of the picture. */
  share: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
  /** Of the box, in pixels. */
  width: SIDES,
  height: SIDES,
  /** Width by height of the box; those of no height are in no bin. */
  aspect: [1 / 8, 1 / 5, 1 / 3, 1 / 2, 2 / 3, 4 / 5, 5 / 4, 3 / 2, 2, 3, 5, 8],
  /** Connected parts (pixels that touch at a corner only are apart), or drawn parts of a polygon. */
  parts: FEW,
  holes: FEW,
  /** Instances on an image, of each image that has some. */
  perImage: [...FEW, 51, 101],
} as const satisfies Record<string, readonly number[]>;
export type Histogram = keyof typeof EDGES;
export const HISTOGRAMS = Object.keys(EDGES) as Histogram[];

/** COCO's limits between small, medium and large (pycocotools' areaRng), in pixels. An area on the limit counts as the larger. */
export const COCO_MEDIUM = 32 ** 2;
export const COCO_LARGE = 96 ** 2;

/** Who made an instance; `corrected` ones were changed by a person afterwards. `model`: one other than Segment Anything. */
export const ORIGINS = ['drawn', 'sam', 'samCorrected', 'model', 'imported', 'importedCorrected'] as const;
export type Origin = (typeof ORIGINS)[number];
export const KINDS = ['mask', 'polygon', 'box'] as const;

/** Cells along each side of the joint picture of box widths (columns) and heights (rows), as parts of the picture's. */
export const JOINT_SIDE = 20;
/** Cells along each side of the picture that coverage is counted on. */
export const COVERAGE_SIDE = 32;

const LENGTHS = {
  origin: ORIGINS.length,
  kind: KINDS.length,
  ...(Object.fromEntries(HISTOGRAMS.map((name) => [name, EDGES[name].length + 1])) as Record<Histogram, number>),
  joint: JOINT_SIDE ** 2,
};
export type Section = keyof typeof LENGTHS;

let end = 0;
const STARTS = Object.fromEntries(Object.entries(LENGTHS).map(([name, length]) => {
  end += length;
  return [name, end - length];
})) as Record<Section, number>;

/** Numbers in all. */
export const COUNTS_LENGTH = end;

/** Where a section begins. */
export const startOf = (section: Section): number => STARTS[section];

/** A section's numbers, not copied. */
export const sectionOf = (counts: Uint32Array, section: Section): Uint32Array => counts.subarray(STARTS[section], STARTS[section] + LENGTHS[section]);

/** The bin that a value falls in. */
export function binOf(histogram: Histogram, value: number): number {
  const edges: readonly number[] = EDGES[histogram];
  let low = 0, high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

import type { AutomaticCandidate } from '../../contract/automatic.ts';
import type { Instance, Provenance } from '../../domain/schema.ts';
import { unpackCounts } from '../../geometry/packed-counts.ts';
import { rleIou } from '../../geometry/rle-algebra.ts';
import type { Rle } from '../../geometry/rle.ts';
import { shapeToRle } from '../../geometry/shape.ts';

type Made = Pick<AutomaticCandidate, 'point' | 'candidate' | 'predictedIou' | 'stability'>;

/**
 * Ids of the candidates that are instances of the image now. An instance is known as a candidate's by its provenance, so
 * undoing or deleting it gives the candidate back, and nothing about it need be kept.
 * @param model the one that made the candidates
 */
export function acceptedCandidates(candidates: readonly (Made & { readonly id: number })[], instances: readonly Pick<Instance, 'provenance'>[], model: string): Set<number> {
  const made = new Set(instances.flatMap(({ provenance }) => keyOf(provenance, model) ?? []));
  return new Set(candidates.filter((candidate) => made.has(nameOf(candidate))).map(({ id }) => id));
}

const nameOf = ({ point, candidate, predictedIou, stability }: Made): string => [point.x, point.y, candidate, predictedIou, stability].join();

function keyOf({ sam }: Provenance, model: string): string | null {
  if (sam === null || sam.model !== model || sam.box !== null) return null;
  const [point, ...more] = sam.points;
  return point === undefined || point.label !== 1 || more.length > 0 ? null : nameOf({ ...sam, point });
}

/** IoU from which on a candidate is the object that an instance already labels. */
const SAME_OBJECT = 0.85;

type Masked = Pick<AutomaticCandidate, 'id' | 'size' | 'counts' | 'area' | 'box'>;

/**
 * Ids of the candidates whose object is labeled already, whatever the instance was made with: accepting them would
 * label it twice. Masks are compared only where areas and boxes allow an IoU that high.
 */
export function labeledCandidates(candidates: readonly Masked[], instances: readonly Pick<Instance, 'shape' | 'area' | 'box'>[]): Set<number> {
  const labeled = new Set<number>();
  for (const { shape, area, box } of instances) {
    let own: Rle | null = null;
    for (const candidate of candidates) {
      const [height, width] = candidate.size;
      if (labeled.has(candidate.id) || (shape.kind === 'mask' && (shape.size[0] !== height || shape.size[1] !== width))) continue;
      const larger = SAME_OBJECT * Math.max(area, candidate.area);
      if (Math.min(area, candidate.area) < larger || sharedArea(box, candidate.box) < larger) continue;
      own ??= shapeToRle(shape, height, width);
      if (rleIou(own, { size: [height, width], counts: unpackCounts(candidate.counts) }) >= SAME_OBJECT) labeled.add(candidate.id);
    }
  }
  return labeled;
}

/** Of an instance's box, whose edges may lie between pixels, and a candidate's: whole pixels, at least as many as the masks can share. */
function sharedArea({ x, y, width, height }: Instance['box'], { x0, y0, x1, y1 }: Masked['box']): number {
  const across = Math.min(Math.ceil(x + width), x1 + 1) - Math.max(Math.floor(x), x0);
  const down = Math.min(Math.ceil(y + height), y1 + 1) - Math.max(Math.floor(y), y0);
  return Math.max(0, across) * Math.max(0, down);
}

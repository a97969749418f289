import type { AutomaticCandidate } from '../../contract/automatic.ts';
import type { Instance, Provenance } from '../../domain/schema.ts';

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

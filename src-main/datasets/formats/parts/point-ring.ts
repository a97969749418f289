import type { Ring } from '../../../../src-shared/domain/schema.ts';
import { numeral } from './forgiven.ts';

/** Pixels; far beyond any image, so that sums stay exact. */
const FARTHEST = 1e7;

/** The ring of a list of points, [[x, y], …], whose numbers may be written as text. Null for fewer than three points, or what is not a number. */
export function pointRing(value: unknown): Ring | null {
  if (!Array.isArray(value) || value.length < 3) return null;
  const ring = value.flatMap((point: unknown) => (Array.isArray(point) ? [numeral(point[0]), numeral(point[1])] : [undefined]));
  return ring.every((of) => of !== undefined && Math.abs(of) <= FARTHEST) ? (ring as Ring) : null;
}

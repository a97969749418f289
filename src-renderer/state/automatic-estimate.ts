import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { cropsOf, pointsPerSide } from '../../src-shared/sam/automatic/crops.ts';
import type { searchOf } from './automatic-store.ts';

/** Milliseconds measured on this machine; null: not yet. */
interface Speed {
  readonly encoder: number | null;
  readonly decoder: number | null;
}

/**
 * How many points a search of an image of this size tries, and about how many milliseconds it takes: one decoding for
 * each point, one encoding for each crop. Null while a decoding has not been measured.
 */
export function estimateSearch(search: ReturnType<typeof searchOf>, image: { readonly width: number; readonly height: number }, { encoder, decoder }: Speed): { points: number; ms: number | null } {
  const options = AutomaticOptions.parse(search);
  const crops = cropsOf(image.width, image.height, options);
  const points = crops.reduce((sum, { layer }) => sum + pointsPerSide(options, layer) ** 2, 0);
  return { points, ms: decoder === null ? null : points * decoder + crops.length * (encoder ?? 0) };
}

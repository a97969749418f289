import type { AutomaticCandidate, AutomaticSearch } from '../../contract/automatic.ts';
import { MaskwrightError } from '../../contract/errors.ts';
import { packCounts } from '../../geometry/packed-counts.ts';
import { rleArea } from '../../geometry/rle.ts';
import { boxOf, onImage, searchCrops } from './generate.ts';
import type { AutomaticWork, Survivor } from './generate.ts';
import { AutomaticOptions } from './options.ts';
import { removeSmallRegions } from './small-regions.ts';

/** A candidate before it has an id. */
export type FoundCandidate = Omit<AutomaticCandidate, 'id'>;

/** What passes is shown when a person lowers the thresholds; below these there is noise. */
const LOOSE = { pred_iou_thresh: 0.5, stability_score_thresh: 0.6, box_nms_thresh: 1, crop_nms_thresh: 1 } as const;

/** Bytes of packed run lengths that the candidates of an image may take: some ten thousand masks of a photograph. */
const CANDIDATE_BYTES = 48 * 1024 ** 2;

/** The options of the official generator with which candidates are searched. Throws 'bad-request' where the last layer would have no points. */
export function looseOptions(search: AutomaticSearch): AutomaticOptions {
  const options = AutomaticOptions.safeParse({ ...search, ...LOOSE });
  if (!options.success) throw new MaskwrightError('bad-request', options.error.issues[0]?.message ?? 'The options of the search do not fit one another.');
  return options.data;
}

/**
 * Everything mode without its last decisions: all masks that a person's thresholds may let pass, in the order that
 * refilter.ts reads. Duplicates stay, for which of them wins depends on the thresholds: one dropped now in favour of
 * another would be missing when that other does not pass.
 * Small regions are removed here, before masks compete; the official generator does it after.
 * @param options of looseOptions
 * @param budget bytes of run lengths. What goes beyond is dropped from the lowest predicted IoU on, so that the result is
 * still that of a generator, one with a higher threshold.
 */
export async function generateCandidates(width: number, height: number, options: AutomaticOptions, work: AutomaticWork, budget = CANDIDATE_BYTES): Promise<FoundCandidate[]> {
  const found = await searchCrops(width, height, options, work, within(budget));
  const candidates: FoundCandidate[] = [];
  for (const survivor of found) {
    candidates.push(onWholeImage(survivor, width, height, options.min_mask_region_area));
    await work.pause();
  }
  return candidates;
}

/** Once a candidate has gone for its predicted IoU, so does every later one that is no better. */
function within(budget: number): (found: Survivor[]) => Survivor[] {
  let floor = Number.NEGATIVE_INFINITY;
  return (found) => {
    const above = found.filter(({ predictedIou }) => predictedIou > floor);
    let bytes = 0;
    const first = above.toSorted((a, b) => b.predictedIou - a.predictedIou).find(({ counts }) => (bytes += counts.length) > budget);
    if (first === undefined) return above;
    floor = first.predictedIou;
    return above.filter(({ predictedIou }) => predictedIou > floor);
  };
}

function onWholeImage({ counts, crop, cropIndex, box, predictedIou, stability, point, candidate }: Survivor, width: number, height: number, minRegion: number): FoundCandidate {
  const raw = onImage(counts, crop, width, height);
  const mask = minRegion > 0 ? removeSmallRegions(raw, minRegion) : raw;
  const cropArea = (crop.x1 - crop.x0) * (crop.y1 - crop.y0);
  return { predictedIou, stability, area: rleArea(mask), box: mask === raw ? box : boxOf(mask), crop: cropIndex, cropArea, size: mask.size, counts: packCounts(mask.counts), point: { ...point }, candidate };
}

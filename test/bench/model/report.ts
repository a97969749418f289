import type { CandidateOrder } from '../../../src-shared/contract/models.ts';
import { candidateScore } from '../../../src-shared/sam/candidates.ts';
import { percentile } from '../measure.ts';
import { BOUNDARY_TOLERANCE } from './boundary.ts';
import { calibration } from './calibration.ts';
import type { Calibration } from './calibration.ts';
import { SEGMENTS_PER_PICTURE, SHARES } from './dataset.ts';
import type { Attempts, SegmentFigures } from './evaluate.ts';

/** Corrective clicks after which the masks are compared. */
export const AFTER = [1, 3, 5] as const;

/** Means over segments; null where there are none, or the model takes no boxes. */
export interface Means {
  readonly segments: number;
  readonly box: number | null;
  /** The first click: the candidate that the window selects, and the best of those it offers. */
  readonly selected: number | null;
  readonly best: number | null;
  /** After 1, 3 and 5 corrective clicks, from the first click's selected mask and from the box. */
  readonly afterClick: readonly (number | null)[];
  readonly afterBox: readonly (number | null)[];
}

export interface Times {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export interface Report {
  readonly model: { readonly id: string; readonly name: string; readonly hash: string; readonly provider: string | null };
  readonly data: { readonly path: string; readonly kind: 'coco' | 'label-maps'; readonly person: number | 'all' | null };
  readonly protocol: { readonly shares: readonly [number, number]; readonly segmentsPerPicture: number; readonly after: readonly number[]; readonly boundaryTolerance: number };
  /** Ended before all pictures were done: the figures are of what was done. */
  readonly partial: boolean;
  /** Those whose segments are in the figures, and all that were asked for. */
  readonly pictures: { readonly evaluated: number; readonly all: number };
  readonly iou: Means;
  readonly boundary: Pick<Means, 'box' | 'selected'> & { readonly afterClick: number | null; readonly afterBox: number | null };
  readonly bySize: readonly (Means & { readonly size: string })[];
  readonly calibration: {
    readonly selected: Calibration | null;
    readonly candidates: Calibration | null;
    readonly box: Calibration | null;
    readonly corrected: Calibration | null;
    /** How often the first of the candidates is as good as the best of them. */
    readonly firstIsBest: number | null;
    /** The mean IoU that `iou.selected` would be in each order that a model can state. */
    readonly selectedBy: Readonly<Record<CandidateOrder, number | null>>;
  };
  readonly times: { readonly encoder: Times | null; readonly decoder: Times | null };
  /**
   * Bytes that the SAM engine's process had resident at most, until the first picture was done and in all: from picture to
   * picture it keeps embeddings and garbage. Null where the system does not tell.
   */
  readonly peakMemory: { readonly firstPicture: number; readonly all: number } | null;
  /** What the model could not be asked, and how often; the mask before it then stands for the answer. */
  readonly refused: readonly { readonly message: string; readonly count: number }[];
  readonly problems: readonly { readonly item: string; readonly message: string }[];
}

/** What was measured, before anything is averaged. */
export interface Measured extends Pick<Report, 'model' | 'data' | 'partial' | 'pictures' | 'peakMemory' | 'refused' | 'problems'> {
  readonly segments: readonly SegmentFigures[];
  /** Milliseconds. */
  readonly encoderMs: readonly number[];
  readonly decoderMs: readonly number[];
}

/** By share of the picture, and by COCO's areas in pixels (cocoapi, params.areaRng). */
const SIZES: readonly { readonly size: string; fits(segment: SegmentFigures): boolean }[] = [
  { size: 'below 1 % of the picture', fits: ({ share }) => share < 0.01 },
  { size: '1 to 10 %', fits: ({ share }) => share >= 0.01 && share < 0.1 },
  { size: '10 % and more', fits: ({ share }) => share >= 0.1 },
  { size: 'COCO small, below 32² pixels', fits: ({ area }) => area < 32 ** 2 },
  { size: 'COCO medium, below 96²', fits: ({ area }) => area >= 32 ** 2 && area < 96 ** 2 },
  { size: 'COCO large', fits: ({ area }) => area >= 96 ** 2 },
];

export function reportOf({ segments, encoderMs, decoderMs, ...rest }: Measured): Report {
  const clicks = segments.map(({ click }) => click);
  const boxes = segments.flatMap(({ box }) => box ?? []);
  return {
    ...rest,
    protocol: { shares: SHARES, segmentsPerPicture: SEGMENTS_PER_PICTURE, after: AFTER, boundaryTolerance: BOUNDARY_TOLERANCE },
    iou: meansOf(segments),
    boundary: {
      box: mean(boxes.map(({ boundary }) => boundary)), selected: mean(clicks.map(({ boundary }) => boundary)),
      afterClick: mean(clicks.map(({ correctedBoundary }) => correctedBoundary)), afterBox: mean(boxes.map(({ correctedBoundary }) => correctedBoundary)),
    },
    bySize: SIZES.map(({ size, fits }) => ({ size, ...meansOf(segments.filter(fits)) })),
    calibration: {
      selected: calibration(clicks.flatMap(({ candidates }) => candidates.slice(0, 1))),
      candidates: calibration(clicks.flatMap(({ candidates }) => candidates)),
      box: calibration(boxes.flatMap(({ candidates }) => candidates)),
      corrected: calibration([...clicks, ...boxes].flatMap(({ corrected }) => corrected)),
      firstIsBest: mean(clicks.map((click) => (selectedIou(click) === bestIou(click) ? 1 : 0))),
      selectedBy: { 'predicted-iou': mean(clicks.map((click) => iouBy('predicted-iou', click))), 'predicted-iou-times-stability': mean(clicks.map((click) => iouBy('predicted-iou-times-stability', click))) },
    },
    times: { encoder: timesOf(encoderMs), decoder: timesOf(decoderMs) },
  };
}

const selectedIou = ({ candidates: [first] }: Attempts): number => first?.iou ?? 0;
/** Of the first candidate in this order. */
const iouBy = (order: CandidateOrder, { candidates }: Attempts): number => {
  const scores = candidates.map(({ predicted, stability }) => candidateScore(order, predicted, stability));
  return candidates[scores.indexOf(Math.max(...scores))]?.iou ?? 0;
};
const bestIou = ({ candidates }: Attempts): number => Math.max(...candidates.map(({ iou }) => iou));

function meansOf(segments: readonly SegmentFigures[]): Means {
  const clicks = segments.map(({ click }) => click);
  const boxes = segments.flatMap(({ box }) => box ?? []);
  const after = (attempts: readonly Attempts[]): (number | null)[] => AFTER.map((clicks) => mean(attempts.map(({ corrected }) => corrected[clicks - 1]?.iou ?? 0)));
  return { segments: segments.length, box: mean(boxes.map(selectedIou)), selected: mean(clicks.map(selectedIou)), best: mean(clicks.map(bestIou)), afterClick: after(clicks), afterBox: after(boxes) };
}

const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length);

const timesOf = (ms: readonly number[]): Times | null => (ms.length === 0 ? null : { count: ms.length, p50: percentile(ms, 0.5), p95: percentile(ms, 0.95) });

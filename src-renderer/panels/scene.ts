import { t } from 'i18next';
import type { CanvasImage, Draft, InstanceLook, Outline, Overlay, Scene } from '../canvas/types.ts';
import type { ClassWithCount } from '../../src-shared/contract/types.ts';
import type { Box, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { shapeMeasures, shapeToParts } from '../../src-shared/geometry/shape.ts';
import { useAutomatic } from '../state/automatic-store.ts';
import { useCheck } from '../state/check-store.ts';
import { useImage } from '../state/image-store.ts';
import { currentLimits } from '../state/model-limits.ts';
import { useProject } from '../state/project-store.ts';
import { currentStep, shownStep } from '../state/prompt-session.ts';
import { usePrompt } from '../state/prompt-store.ts';
import { useReplay } from '../state/replay-store.ts';
import { useUi } from '../state/ui-store.ts';
import { tipOf } from './candidate-tip.ts';

/** Colour of what has no class, and of a draft that accepting would give none. */
export const UNLABELLED = '#9aa3ae';

/** Image pixels. */
const PLACE_MARGIN = 2;

type Looks = ReadonlyMap<InstanceId, InstanceLook>;

/** Keeps the last answer while what it was made from is the same, so that the canvas sees that nothing changed. */
function remembered<A extends readonly unknown[], R>(make: (...from: A) => R): (...from: A) => R {
  let last: { from: A; result: R } | null = null;
  return (...from) => {
    if (last === null || last.from.some((value, i) => value !== from[i])) last = { from, result: make(...from) };
    return last.result;
  };
}

const NO_CLASSES: readonly ClassWithCount[] = [];

const looksOf = remembered((instances: readonly Instance[], classes: readonly ClassWithCount[], unlabelled: string): Looks => {
  const byId = new Map(classes.map((c) => [c.id, c]));
  return new Map(instances.map((i) => {
    const found = i.class === null ? undefined : byId.get(i.class);
    return [i.id, { colour: found?.colour ?? UNLABELLED, label: found?.name ?? unlabelled }];
  }));
});

const imageOf = remembered((project: string | undefined, open: ReturnType<typeof useImage.getState>['open']): CanvasImage | null =>
  project === undefined || open === null || open.pyramid === null ? null : { project, image: open.row.id, version: open.row.version, pyramid: open.pyramid });

const draftOf = remembered((session: ReturnType<typeof usePrompt.getState>['session'], busy: boolean, colour: string, label: string): Draft | null => {
  if (session === null) return null;
  const { points, box } = currentStep(session);
  const shown = shownStep(session);
  return { points, box, colour, label, frame: shown?.answer?.frame ?? null, logits: shown?.answer?.candidates[shown.chosen]?.logits ?? null, busy };
});

type Automatic = ReturnType<typeof useAutomatic.getState>;

const overlayOf = remembered((candidates: Automatic['candidates'], overlay: Automatic['overlay'], shown: Automatic['shown'], highlighted: number | null): Overlay => {
  const it = candidates?.find(({ id }) => id === highlighted);
  return { candidates: overlay, shown, highlighted, tip: it === undefined ? null : tipOf(t, it) };
});

type Review = ReturnType<typeof useReplay.getState>['comparison'];

/** What is proposed for an instance, filled, the instance as it is, outlined, and the prompt of both. Nothing else lies over the image. */
const comparisonOf = remembered((comparison: Review, classes: readonly ClassWithCount[]): { overlay: Overlay; outline: Outline; draft: Draft } | null => {
  if (comparison === null) return null;
  const { instance, proposal: { shape, provenance } } = comparison;
  const colour = classes.find((c) => c.id === instance.class)?.colour ?? UNLABELLED;
  const proposed = [{ id: instance.id, shape, box: shapeMeasures(shape, ...shape.size).box, colour }];
  const rings = shapeToParts(instance.shape).flatMap(({ outer, holes }) => [outer, ...holes]);
  return { overlay: { candidates: proposed, shown: proposed, highlighted: null, tip: null }, outline: { rings }, draft: { points: provenance.sam?.points ?? [], box: provenance.sam?.box ?? null, colour, label: null, frame: null, logits: null, busy: false } };
});

/** Where a finding of a check is, a little around it so that what it is about can be seen. */
const placeOf = remembered((box: Box | null): Outline | null => {
  if (box === null) return null;
  const [left, top, right, bottom] = [box.x - PLACE_MARGIN, box.y - PLACE_MARGIN, box.x + box.width + PLACE_MARGIN, box.y + box.height + PLACE_MARGIN];
  return { rings: [[left, top, right, top, right, bottom, left, bottom]] };
});

const idsOf = remembered((instances: readonly Instance[]): ReadonlySet<InstanceId> => new Set(instances.map(({ id }) => id)));

/** What the canvas shows now, from all stores. Parts that did not change are the same objects as before. */
export function sceneOf(unlabelled: string): Scene {
  const { info, activeClass } = useProject.getState();
  const { current, open, instances, selection, hovered, hidden } = useImage.getState();
  const { session, busy, accepting } = usePrompt.getState();
  const { image, candidates, overlay, shown, highlighted } = useAutomatic.getState();
  const { tool } = useUi.getState();
  const { comparison, current: proposal } = useReplay.getState();
  const { walk } = useCheck.getState();
  const classes = info?.classes ?? NO_CLASSES;
  // The draft looks like what accepting makes of it, and says so: the current class is no guess.
  const active = classes.find((c) => c.id === activeClass);
  const review = tool === 'review' ? comparisonOf(comparison?.instance.image === current ? comparison : null, classes) : null;
  return {
    image: imageOf(info?.project, open),
    instances,
    looks: looksOf(instances, classes, unlabelled),
    selection,
    hovered,
    // Until what is to be compared has come, too: nothing flashes from one proposal to the next.
    hidden: tool === 'review' && proposal !== null ? idsOf(instances) : hidden,
    draft: review?.draft ?? draftOf(session?.image === current ? session : null, busy || accepting, active?.colour ?? UNLABELLED, active?.name ?? unlabelled),
    overlay: tool === 'everything' && candidates !== null && image === current ? overlayOf(candidates, overlay, shown, highlighted) : (review?.overlay ?? null),
    outline: review?.outline ?? placeOf(walk !== null && !walk.gone && walk.row.image === current ? walk.row.box : null),
    tool,
    readOnly: info === null || info.readOnly !== null,
    backgroundPoints: currentLimits()?.backgroundPoints !== false,
  };
}

/** The pictures to keep warm for going on. */
export function imagesAhead(): CanvasImage[] {
  const { info } = useProject.getState();
  if (info === null) return [];
  return [...useImage.getState().ahead.values()].flatMap(({ row, pyramid }) => (pyramid === null ? [] : [{ project: info.project, image: row.id, version: row.version, pyramid }]));
}

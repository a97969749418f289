import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { Instance, InstanceId, ImageId, Shape } from '../../../src-shared/domain/schema.ts';
import { pauses } from '../pauses.ts';
import { hasSize } from '../source.ts';
import type { DatasetInstance } from '../source.ts';
import type { CheckedImage, CheckSource } from './found.ts';
import { repairOf } from './repair.ts';
import type { RepairableRule } from './repair.ts';

/** An instance as it was, and the shape it gets; null: it goes. */
export interface PlannedRepair {
  readonly before: Instance;
  readonly shape: Shape | null;
}

export interface RepairRun {
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
  problem(item: string, problem: Problem): void;
}

/** Instances by the image they are on. */
export type Targets = ReadonlyMap<ImageId, ReadonlySet<InstanceId>>;

/** Shapes that one step of undo may hold: some hundred thousand usual masks. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * What putting right takes, by image and instance: of the targets, or of all that the rule finds. `left`: images that were not
 * come to because the step would be too large. Throws 'cancelled'.
 */
export async function planRepairs(source: CheckSource & { image(id: ImageId): CheckedImage | null }, rule: RepairableRule, thresholds: Readonly<Record<string, number>>, targets: Targets | null, run: RepairRun): Promise<{ repairs: PlannedRepair[]; left: number }> {
  const pause = pauses(run.signal);
  const total = targets?.size ?? source.counts('all').images;
  const repairs: PlannedRepair[] = [];
  let done = 0, bytes = 0;
  for (const image of targets === null ? source.images('all') : imagesOf(source, targets)) {
    if (bytes > MOST_BYTES) return { repairs, left: total - done };
    if (hasSize(image)) {
      for (const instance of source.instances(image.id)) {
        await pause();
        if (targets !== null && targets.get(image.id)?.has(instance.id) !== true) continue;
        const planned = plannedFor(instance, image.path, () => repairOf(rule, thresholds, instance.shape, image.width, image.height), run);
        if (planned === null) continue;
        repairs.push(planned);
        bytes += sizeOf(instance.shape) + (planned.shape === null ? 0 : sizeOf(planned.shape));
      }
    }
    run.progress(++done, total);
  }
  return { repairs, left: 0 };
}

function* imagesOf(source: { image(id: ImageId): CheckedImage | null }, targets: Targets): Generator<CheckedImage> {
  for (const id of targets.keys()) {
    const image = source.image(id);
    if (image !== null) yield image;
  }
}

function plannedFor(instance: DatasetInstance, path: string, repair: () => ReturnType<typeof repairOf>, run: RepairRun): PlannedRepair | null {
  try {
    const found = repair();
    return found === null ? null : { before: instance, shape: found === 'remove' ? null : found.shape };
  } catch (error) {
    if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
    const item = `${path}, instance ${instance.id}`;
    run.problem(item, { ...error.toProblem(), item });
    return null;
  }
}

/** Bytes in memory and in the journal, about. */
function sizeOf(shape: Shape): number {
  if (shape.kind === 'mask') return shape.counts.length;
  if (shape.kind === 'box') return 64;
  return shape.parts.reduce((sum, { outer, holes }) => sum + 9 * (outer.length + holes.reduce((n, hole) => n + hole.length, 0)), 0);
}

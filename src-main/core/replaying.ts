import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ReplayScope } from '../../src-shared/contract/replay.ts';
import type { ImageId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import type { ImagesEngine } from '../images/engine-requests.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { Proposal, Replayable } from '../projects/proposals.ts';
import { replayPrompt } from '../sam/replay.ts';
import { count } from './counted.ts';
import type { Events } from './events.ts';
import { imageRef } from './image-ref.ts';
import type { OpenProject } from './open-projects.ts';
import { isOfAPicture } from './picture-failures.ts';
import type { Borrowed, Predictors } from './predictors.ts';
import { refreshImage } from './refresh-image.ts';

export interface ReplayServices {
  readonly predictors: Predictors;
  readonly imagesEngine: ImagesEngine;
  readonly events: Events;
}

interface Made {
  readonly of: Instance;
  readonly proposal: Proposal;
}

/** Of one instance, which leave the others as they are: the model cannot be asked this prompt, finds nothing, or the instance went meanwhile. */
const OF_AN_INSTANCE = new Set(['bad-request', 'no-prediction', 'no-such-instance']);

/**
 * Runs the prompts of a scope again with a model, image by image, and keeps what comes of them as proposals. The project
 * goes on with its own model, whose prompts go first. What ends the work leaves what was done. Resolves to a sentence, as JobRun does.
 * Rejects with 'model-missing', a model's error, or when the project cannot be written.
 */
export async function replay(project: OpenProject, model: string, scope: ReplayScope, services: ReplayServices, context: JobContext): Promise<string | { cancelled: string }> {
  const borrowed = services.predictors.borrow(model);
  try {
    const replayable = project.store.replay.replayable(scope, borrowed.predictor.model.hash);
    const { proposed, finished } = await replayImages(project, replayable, borrowed, services, context);
    const sentence = [`${count(proposed, 'proposal')} to review.`, ...skipped(replayable)].join(' ');
    return finished ? sentence : { cancelled: sentence };
  } finally {
    borrowed.giveBack();
  }
}

async function replayImages(project: OpenProject, { byImage }: Replayable, { predictor }: Borrowed, services: ReplayServices, context: JobContext): Promise<{ proposed: number; finished: boolean }> {
  const { store, handle } = project;
  const { signal, progress, problem } = context;
  const total = [...byImage.values()].reduce((sum, ids) => sum + ids.length, 0);
  let done = 0;
  let proposed = 0;
  progress(0, total);
  for (const [image, ids] of byImage) {
    const before = done;
    const made: Made[] = [];
    const keep = async (): Promise<void> => {
      const kept = await store.inTurn(() => store.replay.propose(made));
      if (kept > 0) services.events.emit('replay.changed', { project: handle });
      proposed += kept;
    };
    try {
      await refreshImage(project, image, services.imagesEngine, services.events, signal);
      const { problem: ofImage } = store.imageRecord(image);
      if (ofImage !== null) throw MaskwrightError.fromProblem(ofImage);
      for (const id of ids) {
        await services.predictors.of(project).idle();
        const one = await replayOne(project, image, id, predictor, context);
        if (one !== null) made.push(one);
        progress(++done, total);
      }
    } catch (error) {
      if (isOfAPicture(error) && !signal.aborted) problem(store.imageRecord(image).path, error.toProblem());
      else if (!signal.aborted) {
        await keep().catch(() => undefined);
        throw error;
      }
    }
    await keep();
    if (signal.aborted) return { proposed, finished: false };
    done = before + ids.length;
    progress(done, total);
  }
  return { proposed, finished: true };
}

/** Null when it could not be done, which is told. */
async function replayOne({ store, handle }: OpenProject, image: ImageId, id: InstanceId, predictor: Borrowed['predictor'], { signal, problem }: JobContext): Promise<Made | null> {
  const ref = imageRef(handle, store, image);
  try {
    const of = store.instance(id);
    return { of, proposal: { instance: id, ...(await replayPrompt(predictor, ref, of, signal)) } };
  } catch (error) {
    if (signal.aborted || !(error instanceof MaskwrightError) || !OF_AN_INSTANCE.has(error.code)) throw error;
    problem(`${ref.record.path}, instance ${id}`, error.toProblem());
    return null;
  }
}

function skipped({ withoutPrompt, byModel }: Replayable): string[] {
  return [
    ...(withoutPrompt === 0 ? [] : [`${withoutPrompt.toLocaleString('en')} skipped: drawn, imported or changed by hand.`]),
    ...(byModel === 0 ? [] : [`${byModel.toLocaleString('en')} skipped: made with this model.`]),
  ];
}

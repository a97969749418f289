import type { AutomaticLabeling } from '../../src-shared/contract/automatic.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { ClassId, ImageId } from '../../src-shared/domain/schema.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleArea } from '../../src-shared/geometry/rle.ts';
import { acceptedCandidates } from '../../src-shared/sam/automatic/accepted.ts';
import type { AutomaticMask } from '../../src-shared/sam/automatic/generate.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import type { ImagesEngine } from '../images/engine-requests.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { Predictor } from '../sam/predictor.ts';
import { addCommand } from './automatic-instances.ts';
import { count } from './counted.ts';
import { changeInTurn } from './changing.ts';
import type { DatasetsEngine } from './dataset-export.ts';
import { editProject } from './editing.ts';
import type { Events } from './events.ts';
import { imageRef, type ProjectImage } from './image-ref.ts';
import type { OpenProject } from './open-projects.ts';
import { isOfAPicture } from './picture-failures.ts';
import type { Predictors } from './predictors.ts';
import { refreshImage } from './refresh-image.ts';

interface LabelingServices {
  readonly predictors: Predictors;
  readonly imagesEngine: ImagesEngine;
  readonly events: Events;
  readonly datasets: DatasetsEngine;
}

/**
 * Labels a project's images one after another with what everything mode finds, an edit an image: what ends the work
 * takes along the image at work and no other. Images that cannot be read are told as the job's problems.
 * Rejects with 'cancelled', 'model-missing', a model's error, or when the project cannot be written.
 */
export async function labelEverything(project: OpenProject, { options, model, class: className, all }: AutomaticLabeling, services: LabelingServices, { signal, progress, problem }: JobContext): Promise<string> {
  const { store, handle } = project;
  const { predictor, giveBack } = services.predictors.borrow(model ?? services.predictors.modelOf(project).id);
  try {
    const images = [...store.imageIds({ name: '', status: 'all' })].filter((image) => all || store.imageRows([image])[0]?.instances === 0);
    const labelClass = await classOf(project, className, services.events);
    if (images.length === 0) return 'There was nothing to label: all images have instances already.';
    let instances = 0;
    let passed = 0;
    let failed = 0;
    for (const [done, image] of images.entries()) {
      progress(done, images.length);
      try {
        await refreshImage(project, image, services.imagesEngine, services.events, signal);
        const found = await search(imageRef(handle, store, image), predictor, options, signal);
        passed += found.length;
        instances += await add(project, image, labelClass, found, predictor.model, services);
      } catch (error) {
        if (signal.aborted || !isOfAPicture(error)) throw error;
        problem(store.imageRecord(image).path, error.toProblem());
        failed++;
      }
    }
    progress(images.length, images.length);
    const made = `${count(instances, 'instance')} made on ${count(images.length - failed, 'image')}`;
    return passed === 0 && images.length > failed ? `${made}: nothing that was found passes the thresholds of predicted IoU and stability. Lower them, or choose another model.` : `${made}.`;
  } finally {
    giveBack();
  }
}

/** A picture that was changed after it was labeled has another size or content than its labels: it is left for a person. */
async function search(image: ProjectImage, predictor: Predictor<ProjectImage>, options: AutomaticOptions, signal: AbortSignal): Promise<AutomaticMask[]> {
  const { problem } = image.record;
  if (problem !== null) throw MaskwrightError.fromProblem(problem);
  return predictor.automatic(image, options, { signal, onProgress: () => {} });
}

/** Gives how many instances were made. What was accepted before, by a person or an earlier run, is not made twice. */
async function add(project: OpenProject, image: ImageId, labelClass: ClassId, masks: readonly AutomaticMask[], { id, hash }: { readonly id: string; readonly hash: string }, { events, datasets }: LabelingServices): Promise<number> {
  const { store } = project;
  const named = masks.map((mask, index) => ({ ...mask, id: index }));
  const accepted = acceptedCandidates(named, store.instances(image), id);
  const fresh = named.filter((mask) => !accepted.has(mask.id) && rleArea(mask.mask) > 0).sort((a, b) => rleArea(b.mask) - rleArea(a.mask));
  if (fresh.length === 0) return 0;
  const commands = fresh.map(({ mask: { size, counts }, ...mask }): EditCommand => addCommand(image, labelClass, { ...mask, size, counts: packCounts(counts) }, { model: id, modelHash: hash }));
  await changeInTurn(project, events, () => editProject(store, `Find everything in “${store.imageRecord(image).path}”`, commands, datasets));
  return fresh.length;
}

async function classOf(project: OpenProject, name: string, events: Events): Promise<ClassId> {
  const { store } = project;
  const there = store.info().classes.find((known) => known.name === name);
  if (there !== undefined) return there.id;
  const edit = await changeInTurn(project, events, () => store.edit(`Add class “${name}”`, [{ type: 'class.add', name }]));
  const [made] = edit.created.classes;
  if (made === undefined) throw new MaskwrightError('internal', `The class “${name}” was not made. Make it in the window.`, name);
  return made;
}

import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Predictor } from '../../sam/predictor.ts';
import type { Events } from '../events.ts';
import { imageRef, type ProjectImage } from '../image-ref.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that run Segment Anything. */
export function samHandlers(projects: OpenProjects, predictor: Predictor<ProjectImage>, events: Events): HandlersOf<'sam'> {
  return {
    'sam.status': () => predictor.status,
    'sam.predict': ({ project, image, prompt }, client) => predictor.predict(client, imageRef(project, projects.get(project).store, image), prompt),
    'sam.accept': async ({ project, image, prediction, candidate, class: labelClass, label }) => {
      const { store } = projects.get(project);
      const ref = imageRef(project, store, image);
      const accepted = await predictor.accept(prediction, candidate);
      if (accepted.image !== ref.key) throw new MaskwrightError('no-prediction', 'The picture has changed since the click. Click on the object again.', ref.record.path);
      const edit = store.edit(label, [{ type: 'instance.add', image, class: labelClass, shape: accepted.shape, provenance: accepted.provenance }]);
      events.emit('project.edited', { project, edit });
      const [created] = edit.created.instances;
      if (created === undefined) throw new MaskwrightError('internal', 'The instance was not made. Click on the object again.', ref.record.path);
      return { instance: store.instance(created), edit };
    },
  };
}

import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { changeInTurn } from '../changing.ts';
import type { Events } from '../events.ts';
import { imageRef } from '../image-ref.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { Predictors } from '../predictors.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that run Segment Anything. */
export function samHandlers(projects: OpenProjects, predictors: Predictors, events: Events): HandlersOf<'sam'> {
  return {
    'sam.status': ({ project }) => predictors.status(project === null ? null : projects.get(project)),
    'sam.tryProviders': ({ project }) => {
      predictors.of(projects.get(project)).tryProvidersAgain();
      return {};
    },
    'sam.predict': ({ project, image, prompt }, client) => {
      const opened = projects.get(project);
      return predictors.of(opened).predict(client, imageRef(project, opened.store, image), prompt);
    },
    'sam.accept': async ({ project, image, prediction, candidate, class: labelClass, label }) => {
      const opened = projects.get(project);
      const { store } = opened;
      const ref = imageRef(project, store, image);
      const making = predictors.of(opened).accept(prediction, candidate);
      // While it waits for its turn, nobody listens.
      making.catch(() => undefined);
      const edit = await changeInTurn(opened, events, async () => {
        const accepted = await making;
        if (accepted.image !== ref.key) throw new MaskwrightError('no-prediction', 'The picture has changed since the click. Click on the object again.', ref.record.path);
        return store.edit(label, [{ type: 'instance.add', image, class: labelClass, shape: accepted.shape, provenance: accepted.provenance }]);
      });
      const [created] = edit.created.instances;
      if (created === undefined) throw new MaskwrightError('internal', 'The instance was not made. Click on the object again.', ref.record.path);
      return { instance: store.instance(created), edit };
    },
  };
}

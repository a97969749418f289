import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { ModelFindings } from '../../engines/model-findings.ts';
import { removeFile } from '../../files/move-and-remove.ts';
import type { ModelEntry } from '../../models/catalogue.ts';
import { lookAtCheckpoint } from '../../models/import/look-at-checkpoint.ts';
import type { ModelInstalls } from '../../models/installs.ts';
import type { ModelLibrary } from '../../models/library.ts';
import { modelRows } from '../../models/model-rows.ts';
import type { KnownOfModels } from '../../models/model-rows.ts';
import { prepareModel } from '../../models/prepare-model.ts';
import type { OpenProjects } from '../open-projects.ts';
import { findingsFile } from '../predictor-setup.ts';
import type { Predictors } from '../predictors.ts';
import type { HandlersOf } from '../router.ts';
import { projectInfo } from './projects.ts';

export interface ModelsServices {
  readonly projects: OpenProjects;
  readonly predictors: Predictors;
  readonly library: ModelLibrary;
  readonly installs: ModelInstalls;
  /** Folder of what was found out about models on this machine. */
  readonly findings: string;
}

function inUse({ id, name }: ModelEntry, projects: number): MaskwrightError {
  if (projects === 0) return new MaskwrightError('model-in-use', `"${name}" is at work. Wait for the job that uses it, or cancel that.`, id);
  return new MaskwrightError('model-in-use', `"${name}" is used by ${projects === 1 ? 'an open project' : `${projects} open projects`}. Choose another model there first.`, id);
}

/** Calls about the models on this machine, and which one a project uses. */
export function modelsHandlers(services: ModelsServices): HandlersOf<'models'> {
  const { projects, predictors, library, installs, findings } = services;
  const known: KnownOfModels = {
    loaded: (hash) => new ModelFindings(findingsFile(findings, hash)).loaded(),
    usedBy: (id) => predictors.usedBy(id),
  };

  return {
    'models.list': async () => {
      await library.refresh();
      return { models: await modelRows(library, known), problems: library.list.problems.map((problem) => problem.toProblem()) };
    },
    'models.import': ({ paths, precision, weights, preparation }) => ({ job: installs.import(paths, { precision, ...(weights === null ? {} : { weights }), ...(preparation === null ? {} : { preparation }) }) }),
    'models.look': ({ path }) => lookAtCheckpoint(path, library.downloads, new AbortController().signal),
    'models.prepare': async ({ model, preparation }) => {
      await prepareModel(library.places.user, model, preparation);
      await library.refresh();
      return {};
    },
    'models.download': ({ model, mirror, precision }) => ({ job: installs.download(model, mirror, precision) }),
    'models.remove': async ({ model: id }) => {
      const model = library.find(id);
      if (model !== null && !library.ships(model) && predictors.isUsed(id)) throw inUse(model.entry, predictors.usedBy(id));
      await library.remove(id);
      if (model !== null) await removeFile(findingsFile(findings, model.hash)).catch(() => undefined);
      return {};
    },
    'models.choose': async ({ project, model }) => {
      const opened = projects.get(project);
      await library.refresh();
      await opened.store.inTurn(() => predictors.choose(opened, model));
      return projectInfo(services, opened);
    },
  };
}

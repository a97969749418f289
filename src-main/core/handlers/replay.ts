import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { ProjectHandle } from '../../../src-shared/contract/types.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { ModelLibrary } from '../../models/library.ts';
import { acceptProposals } from '../accepting.ts';
import { changeInTurn } from '../changing.ts';
import type { DatasetsEngine } from '../dataset-export.ts';
import type { OpenProjects } from '../open-projects.ts';
import { replay } from '../replaying.ts';
import type { ReplayServices } from '../replaying.ts';
import type { HandlersOf } from '../router.ts';

export interface ReplayHandlerServices extends ReplayServices {
  readonly projects: OpenProjects;
  readonly library: ModelLibrary;
  readonly jobs: Jobs;
  readonly datasets: DatasetsEngine;
}

/** Calls that run stored prompts again with another model, and decide about what came of it. */
export function replayHandlers(services: ReplayHandlerServices): HandlersOf<'replay'> {
  const { projects, library, jobs, events } = services;
  const lost = new LostProposals(services);

  return {
    'replay.start': async ({ project, model, scope }) => {
      const opened = projects.get(project);
      if (opened.store.readOnly !== null) throw MaskwrightError.fromProblem(opened.store.readOnly);
      await library.refresh();
      const name = library.find(model)?.entry.name;
      if (name === undefined) throw new MaskwrightError('model-missing', `The model "${model}" is not installed here. Choose another, or import it again.`, model);
      return { job: jobs.start({ kind: 'replay', title: `Replaying prompts with ${name}`, project, subject: model, run: (context) => replay(opened, model, scope, services, context) }) };
    },
    'replay.list': ({ project }) => {
      const list = projects.get(project).store.replay.list();
      lost.told(project, list.total);
      return list;
    },
    'replay.compare': ({ project, instance }) => projects.get(project).store.replay.compare(instance),
    'replay.decide': async ({ project, label, accept, reject }) => {
      const opened = projects.get(project);
      const { store } = opened;
      const edit = await changeInTurn(opened, events, async () => {
        const accepted = await acceptProposals(store, label, accept, services.datasets);
        store.replay.reject(reject);
        return accepted;
      });
      events.emit('replay.changed', { project });
      return { edit, left: store.replay.count() };
    },
  };
}

/** An edit may change or delete instances for which proposals wait, and undo bring them back. */
class LostProposals {
  /** How many waited when somebody asked last. */
  readonly #told = new Map<ProjectHandle, number>();

  constructor({ projects, events }: Pick<ReplayHandlerServices, 'projects' | 'events'>) {
    events.subscribe((name, data) => {
      if (name !== 'project.edited' || !('edit' in data)) return;
      const told = this.#told.get(data.project);
      if (told === undefined || told === countOf(projects, data.project)) return;
      this.#told.delete(data.project);
      events.emit('replay.changed', { project: data.project });
    });
  }

  told(project: ProjectHandle, total: number): void {
    this.#told.set(project, total);
  }
}

/** Null when it cannot be read: that is told by itself. */
function countOf(projects: OpenProjects, project: ProjectHandle): number | null {
  try {
    return projects.get(project).store.replay.count();
  } catch {
    return null;
  }
}

import type { AutomaticCandidate } from '../../../src-shared/contract/automatic.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { ProjectHandle } from '../../../src-shared/contract/types.ts';
import type { EditCommand } from '../../../src-shared/domain/commands.ts';
import type { ImageId } from '../../../src-shared/domain/schema.ts';
import { acceptedCandidates } from '../../../src-shared/sam/automatic/accepted.ts';
import { looseOptions } from '../../../src-shared/sam/automatic/loose.ts';
import type { AutomaticOptions } from '../../../src-shared/sam/automatic/options.ts';
import type { ImagesEngine } from '../../images/engine-requests.ts';
import type { JobContext, Jobs } from '../../jobs/jobs.ts';
import { Turns } from '../../jobs/turns.ts';
import type { CandidateSets, Subject } from '../../sam/automatic-candidates.ts';
import { addCommand } from '../automatic-instances.ts';
import { labelEverything } from '../automatic-labeling.ts';
import { changeInTurn } from '../changing.ts';
import type { DatasetsEngine } from '../dataset-export.ts';
import { editProject } from '../editing.ts';
import type { Events } from '../events.ts';
import { imageRef } from '../image-ref.ts';
import type { OpenProject, OpenProjects } from '../open-projects.ts';
import type { Predictors } from '../predictors.ts';
import type { HandlersOf } from '../router.ts';

export interface AutomaticServices {
  readonly projects: OpenProjects;
  readonly predictors: Predictors;
  readonly imagesEngine: ImagesEngine;
  readonly sets: CandidateSets;
  readonly jobs: Jobs;
  readonly datasets: DatasetsEngine;
  readonly events: Events;
}

interface Search {
  readonly job: string;
  readonly project: ProjectHandle;
  readonly image: ImageId;
  readonly model: string;
  readonly options: AutomaticOptions;
}

/** Calls of everything mode. A project's images are searched one after another, in the order they were asked for. */
export class Automatic {
  readonly #services: AutomaticServices;
  readonly #turns = new Turns();
  /** Under way or waiting, by job. */
  readonly #searches = new Map<string, Search>();

  constructor(services: AutomaticServices) {
    this.#services = services;
  }

  readonly handlers: HandlersOf<'automatic'> = {
    'automatic.start': ({ project, image, options }) => ({ job: this.#start(this.#services.projects.get(project), image, looseOptions(options)) }),
    'automatic.candidates': async ({ project, image }) => {
      const opened = this.#services.projects.get(project);
      const { subject, model } = this.#subjectOf(opened, image);
      const candidates = await this.#services.sets.last(subject);
      return { candidates: candidates === null ? null : [...candidates], model: candidates === null ? null : model };
    },
    'automatic.accept': async ({ project, image, candidates: ids, class: labelClass, label }) => {
      const opened = this.#services.projects.get(project);
      const { store } = opened;
      const { subject, model } = this.#subjectOf(opened, image);
      const edit = await changeInTurn(opened, this.#services.events, async () => {
        const candidates = (await this.#services.sets.last(subject)) ?? [];
        const chosen = chosenOf(candidates, ids);
        const accepted = acceptedCandidates(chosen, store.instances(image), model);
        const fresh = chosen.filter(({ id }) => !accepted.has(id));
        if (fresh.length === 0) throw new MaskwrightError('conflict', 'What was chosen has been accepted already. Choose something else.');
        const by = { model, modelHash: subject.modelHash };
        return editProject(store, label, largestFirst(fresh).map((candidate): EditCommand => addCommand(image, labelClass, candidate, by)), this.#services.datasets);
      });
      return { instances: edit.created.instances.map((id) => store.instance(id)), edit };
    },
    'automatic.discard': async ({ project, image }) => {
      const { subject } = this.#subjectOf(this.#services.projects.get(project), image);
      await this.#services.sets.discard(subject);
      this.#services.events.emit('automatic.changed', { project, image });
      return {};
    },
    'automatic.label': ({ project, labeling }) => {
      const { jobs, projects } = this.#services;
      const opened = projects.get(project);
      return { job: jobs.start({ kind: 'automatic', title: 'Finding everything', project, run: (context) => labelEverything(opened, labeling, this.#services, context) }) };
    },
  };

  /** The project works with another model: what still searches with the one before finds nothing that anybody wants. */
  modelChanged(project: ProjectHandle, model: string): void {
    for (const search of this.#searches.values()) if (search.project === project && search.model !== model) this.#services.jobs.cancel(search.job);
  }

  /** An image that is searched already is searched again only with other options, and then instead. */
  #start(opened: OpenProject, image: ImageId, options: AutomaticOptions): string {
    const { jobs, predictors } = this.#services;
    const { handle: project, store } = opened;
    const { record } = imageRef(project, store, image);
    const model = predictors.modelOf(opened).id;
    for (const search of this.#searches.values()) {
      if (search.project !== project || search.image !== image) continue;
      if (JSON.stringify(search.options) === JSON.stringify(options) && search.model === model) return search.job;
      jobs.cancel(search.job);
    }
    const job = jobs.start({
      kind: 'automatic',
      title: `Finding everything in “${record.path}”`,
      project,
      subject: String(image),
      run: (context) => this.#turns.run(project, context.signal, () => this.#search(opened, image, options, context)),
    });
    this.#searches.set(job, { job, project, image, model, options });
    void jobs.finished(job).then(() => this.#searches.delete(job));
    return job;
  }

  async #search(opened: OpenProject, image: ImageId, options: AutomaticOptions, { signal, progress }: JobContext): Promise<string> {
    const { predictors, sets, events } = this.#services;
    const { handle: project, store } = opened;
    const { subject } = this.#subjectOf(opened, image);
    if (!(await sets.recall(subject, options))) {
      const { pixelHash, candidates } = await predictors.of(opened).candidates(imageRef(project, store, image), options, { signal, onProgress: progress });
      signal.throwIfAborted();
      await sets.keep({ ...subject, pixelHash }, options, candidates);
    }
    const found = (await sets.last(subject))?.length ?? 0;
    events.emit('automatic.changed', { project, image });
    return found === 1 ? '1 candidate found.' : `${found.toLocaleString('en')} candidates found.`;
  }

  #subjectOf(opened: OpenProject, image: ImageId): { subject: Subject; model: string } {
    const { key, known } = imageRef(opened.handle, opened.store, image);
    const { id, hash } = this.#services.predictors.of(opened).model;
    return { subject: { image: key, pixelHash: known?.pixelHash ?? null, modelHash: hash }, model: id };
  }
}

/** Throws 'no-prediction' unless all of them are there. */
function chosenOf(candidates: readonly AutomaticCandidate[], ids: readonly number[]): AutomaticCandidate[] {
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const chosen = [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
  if (chosen.length < new Set(ids).size) throw new MaskwrightError('no-prediction', 'What was chosen is of an earlier search: the picture, the model or the search has changed. Choose again.');
  return chosen;
}

/** Later instances lie nearer: small ones over large ones. */
const largestFirst = (candidates: readonly AutomaticCandidate[]): AutomaticCandidate[] => [...candidates].sort((a, b) => b.area - a.area);

import { ModelId } from '../../src-shared/contract/models.ts';
import type { ProjectModel } from '../../src-shared/contract/models.ts';
import type { ProjectHandle, SamStatus } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { InstalledModel } from '../models/catalogue.ts';
import type { ModelLibrary } from '../models/library.ts';
import type { Predictor } from '../sam/predictor.ts';
import { isOf, type ProjectImage } from './image-ref.ts';
import type { OpenProject } from './open-projects.ts';

export interface PredictorsOptions {
  readonly library: ModelLibrary;
  /** Whether engines start ahead of the first prompt. */
  readonly startAhead: boolean;
  create(model: InstalledModel): Predictor<ProjectImage>;
  /** Other models are used by open projects than a moment ago, or by other numbers of them. */
  onUse(): void;
  /** A project works with another model than a moment ago. */
  onModel(project: ProjectHandle, model: ProjectModel): void;
}

/** A model's predictor and who wants it. */
interface Running {
  readonly model: InstalledModel;
  readonly predictor: Predictor<ProjectImage>;
  readonly users: Set<object>;
}

/** An open project. */
interface Member {
  readonly project: OpenProject;
  /** The model's id, or null for the built-in one. Of a read-only project it is kept for this run only. */
  choice: string | null;
  running: Running;
  /** What the page wanted to have ready last: wanted of another model too. */
  prepared: readonly [ProjectImage, readonly ProjectImage[]] | null;
}

/** A predictor used beside those of the projects: see Predictors.borrow. */
export interface Borrowed {
  readonly predictor: Predictor<ProjectImage>;
  /** To be called once, when it is no longer needed. */
  giveBack(): void;
}

/** One predictor for each model that an open project uses; its engine ends, and its memory is free, when none does any more. */
export class Predictors {
  readonly #options: PredictorsOptions;
  /** By runningKey. */
  readonly #running = new Map<string, Running>();
  readonly #members = new Map<ProjectHandle, Member>();
  readonly #stopping = new Set<Promise<void>>();
  /** Until the first project is open the built-in model is made ready for it. */
  #waiting: Running | null = null;

  constructor(options: PredictorsOptions) {
    this.#options = options;
    if (options.startAhead) this.#waiting = this.#use(options.library.builtIn, this);
  }

  /** To be called before anything else is asked about a project. */
  opened(project: OpenProject): void {
    const choice = choiceOf(project);
    this.#members.set(project.handle, { project, choice, running: this.#use(this.#resolve(choice), project), prepared: null });
    if (this.#waiting !== null) this.#leave(this.#waiting, this);
    this.#waiting = null;
    this.#options.onUse();
  }

  closed(project: OpenProject): void {
    const { running } = this.#member(project);
    this.#members.delete(project.handle);
    this.#leave(running, project);
    this.#options.onUse();
  }

  of(project: OpenProject): Predictor<ProjectImage> {
    return this.#member(project).running.predictor;
  }

  modelOf(project: OpenProject): ProjectModel {
    const { choice, running } = this.#member(project);
    const { id } = running.model.entry;
    return { id, missing: choice === null || choice === id ? null : choice };
  }

  /** Of the project's engine; of the built-in model's without a project. */
  status(project: OpenProject | null): SamStatus {
    const { builtIn } = this.#options.library;
    const { entry } = builtIn;
    const running = project === null ? this.#running.get(runningKey(builtIn)) : this.#member(project).running;
    return running?.predictor.status ?? { state: 'starting', wanted: { id: entry.id, name: entry.name }, model: null, provider: null, reason: null, fallback: false, providers: [], problem: null };
  }

  /** How many open projects use a model. */
  usedBy(id: string): number {
    return [...this.#members.values()].filter(({ running }) => running.model.entry.id === id).length;
  }

  /** Whether an open project or a job uses a model. */
  isUsed(id: string): boolean {
    return [...this.#running.values()].some(({ model }) => model.entry.id === id);
  }

  /**
   * Chooses a model for a project and goes over to it at once: prompts under way are superseded.
   * Throws 'model-missing', and as ProjectStore.setModel.
   */
  choose(project: OpenProject, id: string): void {
    const { builtIn } = this.#options.library;
    if (this.#options.library.find(id) === null) throw new MaskwrightError('model-missing', `The model "${id}" is not installed here. Choose another, or import it again.`, id);
    const member = this.#member(project);
    const choice = id === builtIn.entry.id ? null : id;
    if (project.store.readOnly === null) project.store.setModel(choice);
    const wasMissing = this.modelOf(project).missing;
    member.choice = choice;
    if (!this.#move(member) && wasMissing !== null) this.#tell(member);
  }

  /** Models came or went: projects go over to what they have chosen, or to the built-in one where that is gone. */
  modelsChanged(): void {
    for (const member of this.#members.values()) this.#move(member);
  }

  /** Encodes images while no prompt waits, as Predictor.prepare; begun anew when the project goes over to another model. */
  prepare(project: OpenProject, image: ProjectImage, ahead: readonly ProjectImage[]): void {
    const member = this.#member(project);
    member.prepared = [image, ahead];
    member.running.predictor.prepare(image, ahead);
  }

  /** The predictor of any installed model, for a job. Throws 'model-missing'. */
  borrow(id: string): Borrowed {
    const model = this.#options.library.find(id);
    if (model === null) throw new MaskwrightError('model-missing', `The model "${id}" is not installed here. Choose another, or import it again.`, id);
    const user = {};
    const running = this.#use(model, user);
    return { predictor: running.predictor, giveBack: () => this.#leave(running, user) };
  }

  /** The client's prompts are dropped. */
  disconnect(client: string): void {
    for (const { predictor } of this.#running.values()) predictor.disconnect(client);
  }

  /** Resolves when no engine runs any more. */
  async stop(): Promise<void> {
    for (const running of this.#running.values()) this.#end(running);
    await Promise.all(this.#stopping);
  }

  #member({ handle }: OpenProject): Member {
    const member = this.#members.get(handle);
    if (member === undefined) throw new MaskwrightError('project-closed', 'This project is no longer open. Open it again from the list of recent projects.', null);
    return member;
  }

  #resolve(choice: string | null): InstalledModel {
    const { library } = this.#options;
    return (choice === null ? null : library.find(choice)) ?? library.builtIn;
  }

  /** False when it stays where it is. */
  #move(member: Member): boolean {
    const { running: before, project, prepared } = member;
    const model = this.#resolve(member.choice);
    if (model.entry.id === before.model.entry.id && model.hash === before.model.hash) return false;
    member.running = this.#use(model, project);
    before.predictor.abandon((key) => isOf(project.handle, key));
    this.#leave(before, project);
    if (prepared !== null) member.running.predictor.prepare(...prepared);
    this.#tell(member);
    this.#options.onUse();
    return true;
  }

  #tell({ project }: Member): void {
    this.#options.onModel(project.handle, this.modelOf(project));
  }

  #use(model: InstalledModel, user: object): Running {
    const key = runningKey(model);
    const known = this.#running.get(key);
    if (known !== undefined) {
      known.users.add(user);
      return known;
    }
    const running: Running = { model, predictor: this.#options.create(model), users: new Set([user]) };
    this.#running.set(key, running);
    if (this.#options.startAhead) void running.predictor.start();
    return running;
  }

  #leave(running: Running, user: object): void {
    running.users.delete(user);
    if (running.users.size === 0) this.#end(running);
  }

  #end(running: Running): void {
    this.#running.delete(runningKey(running.model));
    const stopped = running.predictor.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }
}

/** With the weights: a model that was replaced under its id is another one. */
const runningKey = ({ entry, hash }: InstalledModel): string => `${entry.id} ${hash}`;

/** Damage has turned the project read-only, which is told by itself; it is then worked on with the built-in model. */
function choiceOf({ store }: OpenProject): string | null {
  try {
    return ModelId.nullable().catch(null).parse(store.model());
  } catch {
    return null;
  }
}

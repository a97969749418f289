import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { diskTrouble, IN_USE } from '../files/disk-trouble.ts';
import { removeFolder, rename } from '../files/move-and-remove.ts';
import { recoverAll } from '../files/work-names.ts';
import { downloadEntry, installedModel, readCatalogue } from './catalogue.ts';
import type { Catalogue, InstalledModel } from './catalogue.ts';
import { discardDownload } from './download/download-model.ts';
import type { DownloadEntry } from './download/entry.ts';
import { removeStale } from './install-folder.ts';
import { listModels } from './user-models.ts';
import type { ModelList } from './user-models.ts';

/** Before the name of a model's folder that is being removed; the list of models passes over what begins with a dot. */
const REMOVED = '.removed-';

export interface LibraryPlaces {
  /** Folder with catalogue.json. */
  readonly shipped: string;
  /** The user's models: userModelsFolder. */
  readonly user: string;
}

/** The models installed on this machine, as they were when last looked at. */
export class ModelLibrary {
  readonly places: LibraryPlaces;
  /** What projects use until another is chosen. */
  readonly builtIn: InstalledModel;
  readonly #catalogue: Catalogue;
  #list: ModelList;
  #looking: Promise<void> = Promise.resolve();
  /** Told when a model came or went. */
  onChanged: () => void = () => undefined;

  private constructor(places: LibraryPlaces, catalogue: Catalogue, list: ModelList) {
    this.places = places;
    this.#catalogue = catalogue;
    this.builtIn = installedModel(catalogue, places.shipped);
    this.#list = list;
  }

  /** Throws as readCatalogue. */
  static async open(places: LibraryPlaces): Promise<ModelLibrary> {
    const catalogue = await readCatalogue(places.shipped);
    // What a program that ended in the middle of a removal left stays hidden where it cannot be removed; a model that was being replaced comes back.
    await removeStale(places.user, REMOVED, 0).catch(() => undefined);
    await recoverAll(places.user).catch(() => undefined);
    return new ModelLibrary(places, catalogue, await listModels(places.shipped, places.user));
  }

  /** Shipped ones first; beside them what is wrong with folders that hold none. */
  get list(): ModelList {
    return this.#list;
  }

  /** What can be downloaded, installed or not. */
  get downloads(): readonly DownloadEntry[] {
    return this.#catalogue.downloads;
  }

  /** Throws 'model-missing'. */
  download(id: string): DownloadEntry {
    return downloadEntry(this.#catalogue, id);
  }

  find(id: string): InstalledModel | null {
    return this.#list.models.find(({ entry }) => entry.id === id) ?? null;
  }

  /** Looks again: the command line, or a person, may have added or removed one. */
  refresh(): Promise<void> {
    // One after the other, so that what an earlier look saw never takes the place of what a later one did.
    this.#looking = this.#looking.catch(() => undefined).then(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    const before = this.#list;
    this.#list = await listModels(this.places.shipped, this.places.user);
    if (content(before) !== content(this.#list)) this.onChanged();
  }

  /** Whether it came with the program and cannot be removed. */
  ships(model: InstalledModel): boolean {
    return model.folder !== join(this.places.user, model.entry.id);
  }

  /**
   * Takes a model of the user's from the disk, and what has arrived of a download of it that was not finished; says which
   * of them there were. Throws 'model-missing' when there is neither, 'bad-request' for a model that ships with the
   * program, 'no-access', and 'conflict' while it is being downloaded.
   */
  async remove(id: string): Promise<{ readonly model: boolean; readonly arrived: boolean }> {
    // An id may come from anywhere: what the catalogue does not know names no folder.
    const arrived = this.downloads.some((entry) => entry.id === id) && (await discardDownload(id, this.places.user));
    const model = this.find(id);
    if (model !== null) await this.#removeModel(model);
    else if (!arrived) throw new MaskwrightError('model-missing', `There is no model "${id}" on this machine. Look at the list again.`, id);
    else this.onChanged();
    return { model: model !== null, arrived };
  }

  async #removeModel(model: InstalledModel): Promise<void> {
    const { id } = model.entry;
    if (this.ships(model)) throw new MaskwrightError('bad-request', `"${model.entry.name}" ships with Maskwright and stays.`, id);
    // No half of it is ever seen.
    const doomed = join(this.places.user, `${REMOVED}${randomBytes(6).toString('hex')}`);
    try {
      await rename(model.folder, doomed);
    } catch (cause) {
      const why = diskTrouble(cause) === 'in-use' ? IN_USE : `"${model.folder}" cannot be changed. Check its permissions.`;
      throw new MaskwrightError('no-access', `"${model.entry.name}" could not be removed: ${why}`, model.folder, { cause });
    }
    // What is left of it now goes at the next start.
    await removeFolder(doomed).catch(() => undefined);
    await this.refresh();
  }
}

/** Equal for lists that say the same. */
const content = ({ models, problems }: ModelList): string => JSON.stringify([models.map(({ entry }) => entry), problems.map(({ message }) => message)]);

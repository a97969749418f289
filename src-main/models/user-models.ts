import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { ModelEntry, installedModel, modelHash, readCatalogue } from './catalogue.ts';
import type { InstalledModel } from './catalogue.ts';

/** Describes a model in its own folder, as an entry of the catalogue does. */
export const ENTRY_FILE = 'model.json';

/** Where the models lie that the user added, each in a folder with the name of its id. */
export const userModelsFolder = (dataDir: string): string => join(dataDir, 'models');

/** Throws 'model-missing' when there is no such model and 'model-invalid' when its description cannot be understood or is another's. */
export async function readUserModel(folder: string, id: string): Promise<InstalledModel> {
  const model = await readModelFolder(join(folder, id));
  if (model.entry.id !== id) throw new MaskwrightError('model-invalid', `The folder "${model.folder}" holds the model "${model.entry.id}", which belongs into a folder of that name. Rename or remove it.`, model.folder);
  return model;
}

/** A model in any folder that holds an ENTRY_FILE. Throws as readUserModel. */
export async function readModelFolder(folder: string): Promise<InstalledModel> {
  const path = join(folder, ENTRY_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new MaskwrightError('model-missing', `There is no model in "${folder}": ${ENTRY_FILE} cannot be read. Import it again or choose another one.`, folder, { cause });
  });
  try {
    const entry = ModelEntry.parse(JSON.parse(text));
    return { entry, folder, hash: modelHash(entry) };
  } catch (cause) {
    throw new MaskwrightError('model-invalid', `The description of a model is damaged: ${path}. Import the model again.`, path, { cause });
  }
}

export interface ModelList {
  readonly models: readonly InstalledModel[];
  /** Of folders among the user's models that hold none. */
  readonly problems: readonly MaskwrightError[];
}

/** The models that ship with the program, then the user's by name of folder. Throws as readCatalogue. */
export async function listModels(shippedFolder: string, userFolder: string): Promise<ModelList> {
  const catalogue = await readCatalogue(shippedFolder);
  const { models, problems } = await listUserModels(userFolder);
  return { models: [...catalogue.models.map(({ id }) => installedModel(catalogue, shippedFolder, id)), ...models], problems };
}

/** The user's models by name of folder; none where there is no such folder. */
export async function listUserModels(userFolder: string): Promise<ModelList> {
  const models: InstalledModel[] = [];
  const problems: MaskwrightError[] = [];
  const entries = await readdir(userFolder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  for (const found of await Promise.allSettled(folders.toSorted().map((name) => readUserModel(userFolder, name)))) {
    if (found.status === 'fulfilled') models.push(found.value);
    else if (found.reason instanceof MaskwrightError) problems.push(found.reason);
    else throw found.reason;
  }
  return { models, problems };
}

/** The model of this id, shipped or the user's. Throws 'model-missing' or 'model-invalid', and as readCatalogue. */
export async function findModel(shippedFolder: string, userFolder: string, id: string): Promise<InstalledModel> {
  const { models, problems } = await listModels(shippedFolder, userFolder);
  const found = models.find(({ entry }) => entry.id === id);
  if (found !== undefined) return found;
  throw problems.find(({ item }) => item === join(userFolder, id) || item === join(userFolder, id, ENTRY_FILE)) ?? new MaskwrightError('model-missing', `There is no model "${id}". Choose one of: ${models.map(({ entry }) => entry.id).join(', ')}.`, id);
}

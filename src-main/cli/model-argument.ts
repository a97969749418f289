import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { dataDir, resources } from '../core/places.ts';
import { installedModel, readCatalogue, type InstalledModel } from '../models/catalogue.ts';
import { ENTRY_FILE, findModel, readModelFolder, userModelsFolder } from '../models/user-models.ts';

/** The absolute path of a picture named on the command line. Throws 'not-found'. */
export function pictureOf(argument: string): string {
  const path = resolve(argument);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new MaskwrightError('not-found', `There is no picture "${path}". Check the name.`, path);
  return path;
}

/** A folder with a description of a model, or the id of one; the built-in one when nothing is named. */
export async function modelOf(argument: string | undefined): Promise<InstalledModel> {
  const shipped = resources().models;
  if (argument === undefined) return installedModel(await readCatalogue(shipped), shipped);
  const folder = resolve(argument);
  return existsSync(join(folder, ENTRY_FILE)) || /[/\\]/.test(argument) ? readModelFolder(folder) : findModel(shipped, userModelsFolder(dataDir()), argument);
}

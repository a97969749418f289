import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './program.ts';

const { builtin, models } = JSON.parse(readFileSync(join(repository, 'models/catalogue.json'), 'utf8')) as { builtin: string; models: { id: string; name: string }[] };

/** Id and name of the model that ships with the program. */
export const BUILT_IN = builtin;
export const BUILT_IN_NAME = models.find(({ id }) => id === builtin)?.name ?? '';

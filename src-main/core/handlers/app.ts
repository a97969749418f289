import { join } from 'node:path';
import { Settings } from '../../../src-shared/contract/types.ts';
import { browse } from '../browse.ts';
import type { CoreOptions } from '../core-api.ts';
import { JsonFile } from '../json-file.ts';
import type { RecentProjects } from '../recent.ts';
import type { HandlersOf } from '../router.ts';

export const openSettings = (dataDir: string): JsonFile<typeof Settings> => new JsonFile(join(dataDir, 'settings.json'), Settings, () => Settings.parse({}));

/** Calls about the program itself: versions, settings, recent projects, folders to choose from. */
export function appHandlers(options: CoreOptions, recent: RecentProjects, settings: JsonFile<typeof Settings>): Omit<HandlersOf<'app'>, 'app.versions' | 'app.diagnostics'> {
  return {
    'app.info': async () => {
      const last = (await recent.list()).find((project) => !project.missing);
      return {
        version: options.resources.version,
        host: options.host,
        platform: process.platform,
        initialProject: options.initialProject ?? last?.path ?? null,
        firstStart: options.initialProject === null && last === undefined,
        settings: await settings.read(),
      };
    },
    'app.recent': () => recent.list(),
    'app.forgetRecent': async ({ path }) => {
      await recent.forget(path);
      return recent.list();
    },
    'app.settings': async ({ set }) => {
      const current = await settings.read();
      if (set === undefined) return current;
      const changed = Settings.parse({ ...current, ...set });
      await settings.write(changed);
      return changed;
    },
    'app.browse': ({ path }) => browse(path),
  };
}

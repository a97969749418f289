import { join } from 'node:path';
import { app } from 'electron';
import type { Job, Settings } from '../../../src-shared/contract/types.ts';
import type { CoreApi } from '../../core/core-api.ts';
import { JsonFile } from '../../core/json-file.ts';
import { feedOf } from './feed.ts';
import { UpdateMemory, Updates } from './updates.ts';

const CLIENT = 'updates';

/** The updates of this program; null where it cannot update itself. electron-updater is loaded when it is first needed. */
export function programUpdates(core: Promise<CoreApi>, dataDir: string, log: (line: string) => void): Updates | null {
  const found = app.isPackaged ? feedOf({ app: app.getAppPath(), resources: process.resourcesPath, program: app.getPath('exe'), platform: process.platform, env: process.env }) : null;
  if (found === null) return null;
  const ask = async (name: string): Promise<unknown> => (await core).call(name, {}, CLIENT);
  return new Updates({
    source: async () => new (await import('./electron-source.ts')).ElectronUpdateSource(found.feed, found.kind, log),
    wanted: async () => ((await ask('app.settings')) as Settings).updates,
    atWork: async () => ((await ask('jobs.list')) as Job[]).some(({ state }) => state === 'running'),
    memory: new JsonFile(join(dataDir, 'updates.json'), UpdateMemory, () => ({ asked: 0, installing: null })),
    version: app.getVersion(),
    now: () => Date.now(),
  });
}

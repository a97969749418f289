import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { calls } from '../../src-shared/contract/contract.ts';
import { appHandlers, openSettings } from './handlers/app.ts';
import { RecentProjects } from './recent.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-settings-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the window does: the parameters pass the contract's schema first. */
async function change(dataDir: string, set: object): Promise<unknown> {
  const resources = { node: '', samEngine: '', imagesEngine: '', datasetsEngine: '', models: '', sample: '', version: '1' };
  const app = appHandlers({ dataDir, host: 'cli', resources, initialProject: null }, new RecentProjects(dataDir), openSettings(dataDir));
  return app['app.settings'](calls['app.settings'].params.parse({ set }), 'window');
}

test('a setting that is changed leaves the others as they were, also in the next run', async () => {
  await change(folder, { theme: 'dark' });
  await change(folder, { cacheQuota: 1000 });
  expect(await change(folder, { coachMarksSeen: true })).toMatchObject({ theme: 'dark', cacheQuota: 1000, coachMarksSeen: true, language: 'en' });
  expect(await openSettings(folder).read()).toMatchObject({ theme: 'dark', cacheQuota: 1000, coachMarksSeen: true });
});

test('a damaged file is as good as none, and the next change mends it', async () => {
  await writeFile(join(folder, 'settings.json'), '{"theme":"da');
  expect(await openSettings(folder).read()).toMatchObject({ theme: 'system' });
  await change(folder, { theme: 'light' });
  expect(JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8'))).toMatchObject({ theme: 'light' });
  expect(await readdir(folder)).toEqual(['settings.json']);
});

test('where it cannot be written is said, and the setting holds for this run', async () => {
  const inTheWay = join(folder, 'file');
  await writeFile(inTheWay, '');
  const settings = openSettings(inTheWay);
  await expect(settings.write({ ...(await settings.read()), theme: 'dark' })).rejects.toMatchObject({ name: 'MaskwrightError', item: join(inTheWay, 'settings.json') });
  expect(await settings.read()).toMatchObject({ theme: 'dark' });
});

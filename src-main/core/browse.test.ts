import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/small-project.ts';
import { browse } from './browse.ts';

vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: vi.fn() }));

test('only places that are there are offered, and a file is no place', async () => {
  using folder = temporaryFolder();
  vi.mocked(homedir).mockReturnValue(folder.path);
  mkdirSync(join(folder.path, 'Pictures'));
  writeFileSync(join(folder.path, 'Desktop'), '');
  const { places } = await browse(null);
  expect(places.map(({ name }) => name)).toEqual(process.platform === 'win32' ? ['Home', 'Pictures'] : ['Home', 'Pictures', 'Computer']);
});

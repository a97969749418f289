import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import { expect, test } from 'vitest';
import { repository } from '../../helpers/program.ts';

/** electron-builder.yml against electron-builder's own schema, for all systems at once: a build looks at it on its own. */

const options = async (): Promise<object> => getConfig(repository, null, null);
const valid = async (given: object): Promise<void> => validateConfiguration(given as never, new DebugLogger(false));

test('electron-builder knows every option', async () => {
  expect(Object.keys(await options())).toEqual(expect.arrayContaining(['appId', 'asarUnpack', 'electronFuses', 'win', 'nsis', 'mac', 'linux', 'deb', 'rpm', 'toolsets']));
  await expect(valid(await options())).resolves.toBeUndefined();
});

test.each(['electronFuses', 'win', 'nsis', 'mac', 'linux', 'deb', 'rpm', 'directories', 'toolsets'])('a misspelled one in %s would be found', async (section) => {
  const given = (await options()) as Record<string, object>;
  await expect(valid({ ...given, [section]: { ...given[section], artifactname: 'x' } })).rejects.toThrow(`configuration.${section}`);
});

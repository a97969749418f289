import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ModelLibrary } from '../../src-main/models/library.ts';
import { modelsFolder, temporaryFolder } from '../fixtures/sam.ts';

it('what a program killed while it removed a model left behind is gone at the next start, and nothing else', async () => {
  const user = temporaryFolder();
  for (const name of ['.removed-0123456789ab', '.downloading-mobile-sam', '.importing-0123456789ab', 'mine']) {
    mkdirSync(join(user, name));
    writeFileSync(join(user, name, 'encoder.onnx'), 'half');
  }
  await ModelLibrary.open({ shipped: modelsFolder, user });
  expect(readdirSync(user).toSorted()).toEqual(['.downloading-mobile-sam', '.importing-0123456789ab', 'mine']);
  expect(existsSync(join(user, 'mine', 'encoder.onnx'))).toBe(true);
});

it('opens where there is no folder of models yet', async () => {
  const { list } = await ModelLibrary.open({ shipped: modelsFolder, user: join(temporaryFolder(), 'none') });
  expect(list.problems).toEqual([]);
});

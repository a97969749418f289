import { expect, test, vi } from 'vitest';
import { KeepAwake } from './keep-awake.ts';

const { done } = vi.hoisted(() => ({ done: [] as string[] }));
vi.mock('electron', () => ({ powerSaveBlocker: { start: (kind: string) => done.push(`${kind} on`), stop: (id: number) => void done.push(`${id} off`) } }));

test('the machine stays awake as long as there is work, and no longer', () => {
  const awake = new KeepAwake();
  awake.working = false;
  awake.working = true;
  awake.working = true;
  awake.working = false;
  awake.working = false;
  awake.working = true;
  expect(done).toEqual(['prevent-app-suspension on', '1 off', 'prevent-app-suspension on']);
});

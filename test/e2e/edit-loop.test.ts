import { expect, test } from 'vitest';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { connectTo } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';

const house = useHouse();
const MANY = 300;

/** From now on, counts the shapes that the page sends to the worker that paints them. */
const countSentShapes = (person: Person): Promise<void> => person.page.evaluate(() => {
  const counted = window as unknown as { sentShapes: number };
  counted.sentShapes = 0;
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, message: { type?: string; set?: unknown[] }, ...rest: unknown[]) {
    if (message.type === 'shapes') counted.sentShapes += message.set?.length ?? 0;
    return (post as (...all: unknown[]) => void).call(this, message, ...rest);
  } as typeof post;
});
const sentShapes = (person: Person): Promise<number> => person.page.evaluate(() => (window as unknown as { sentShapes: number }).sentShapes);

test('of 300 objects, only the one that was changed is sent to be painted anew', async () => {
  const program = await house.starts('many');
  const person = await house.opensWindow(program);
  await person.seesPicture();
  const other = await connectTo(program.address);
  const { project } = await other.call('project.openSample', {});
  const [{ id: image } = { id: 1 }] = await other.call('images.rows', { project, ids: [1] });
  const add = (n: number): EditCommand => ({ type: 'instance.add', image, class: null, shape: { kind: 'box', box: { x: 10 + 30 * (n % 20), y: 10 + 30 * Math.floor(n / 20), width: 20, height: 20 } }, provenance: { source: 'human', touched: false, sam: null } });
  const { created } = await other.call('project.edit', { project, label: 'Draw', commands: Array.from({ length: MANY }, (_, n) => add(n)) });
  await expect.poll(() => person.instances.count()).toBeGreaterThan(10);
  await person.seesPicture();
  await countSentShapes(person);

  // Another window gives one of them a new shape.
  const [first = 0] = created.instances;
  await other.call('project.edit', { project, label: 'Reshape', commands: [{ type: 'instance.update', ids: [first], shape: { kind: 'box', box: { x: 5, y: 5, width: 900, height: 30 } } }] });
  await expect.poll(() => sentShapes(person)).toBe(1);

  // This one draws one, gives it another class, and takes both back.
  const stored = async (): Promise<(number | null)[]> => (await other.call('images.open', { project, image })).instances.map(({ class: cls }) => cls);
  await person.presses('r');
  await person.drags(700, 700, 900, 900);
  await expect.poll(async () => (await stored()).length).toBe(MANY + 1);
  await person.presses('2');
  await expect.poll(async () => (await stored()).at(-1)).toBe(2);
  await person.presses('Control+z', 'Control+z');
  await expect.poll(async () => (await stored()).length).toBe(MANY);
  await person.seesPicture();
  // What is drawn is shown at once and again under the id that it gets: nothing else was sent.
  expect(await sentShapes(person)).toBeLessThanOrEqual(3);
  other.close();
});

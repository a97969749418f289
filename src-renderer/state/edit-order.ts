import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { isProvisional } from './pending-edits.ts';

/**
 * Edits reach main in the order in which a person made them, also those that name what main has not made yet: they wait until
 * it has, and everything after waits for them.
 */

/** Ids that main gave to what this page had shown under ids of its own. */
const given = new Map<number, number>();
/** By such an id, the edit that makes it: settled when main has answered. */
const making = new Map<number, Promise<unknown>>();
let sending: Promise<void> = Promise.resolve();
let waiting = 0;

/** Sends what a person did after all that was done before. `commands` go as main knows their objects; none for what is no edit. */
export function sendInOrder<R>(commands: EditCommand[], send: (commands: EditCommand[]) => Promise<R>): Promise<R> {
  if (waiting === 0 && !commands.some(namesProvisional)) return send(commands);
  waiting += 1;
  // The answer is wrapped: the next one waits for the sending, not for the answer.
  const sent = sending.then(() => withRealIds(commands)).then((real) => ({ answer: send(real) }));
  sending = settled(sent);
  return sent.then(({ answer }) => answer);
}

async function settled(sent: Promise<unknown>): Promise<void> {
  await Promise.allSettled([sent]);
  waiting -= 1;
}

export function noteMaking(ids: readonly (number | null)[], answer: Promise<unknown>): void {
  for (const id of ids) if (id !== null) making.set(id, answer);
}

export function noteGiven(pairs: readonly (readonly [number, number])[]): void {
  for (const [id, real] of pairs) given.set(id, real);
}

export function forgetOrder(): void {
  given.clear();
  making.clear();
}

const idsOf = (command: EditCommand): number[] => [...('ids' in command ? command.ids : []), ...('id' in command ? [command.id] : []), ...('class' in command && typeof command.class === 'number' ? [command.class] : [])];
const namesProvisional = (command: EditCommand): boolean => idsOf(command).some(isProvisional);

async function withRealIds(commands: readonly EditCommand[]): Promise<EditCommand[]> {
  const real: EditCommand[] = [];
  for (const command of commands) real.push(await withReal(command));
  return real;
}

async function withReal(command: EditCommand): Promise<EditCommand> {
  if ('ids' in command && command.ids.some(isProvisional)) return { ...command, ids: await Promise.all(command.ids.map(realId)) };
  if (command.type === 'class.update' && isProvisional(command.id)) return { ...command, id: await realId(command.id) };
  if (command.type === 'class.remove' && isProvisional(command.id)) return { ...command, id: await realId(command.id) };
  if ('class' in command && typeof command.class === 'number' && isProvisional(command.class)) return { ...command, class: await realId(command.class) };
  return command;
}

async function realId(id: number): Promise<number> {
  if (!isProvisional(id)) return id;
  await making.get(id);
  const real = given.get(id);
  if (real === undefined) throw new MaskwrightError('no-such-instance', 'What you just made was not saved, so it cannot be changed. Make it again.');
  return real;
}

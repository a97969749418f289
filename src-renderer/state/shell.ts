import type { ShellCallName, ShellCalls, ShellEventData, ShellEventName, ShellResult } from '../../src-shared/contract/shell.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { z } from 'zod';

/** Whether the page is in a desktop window, which has what the calls below ask for; a browser has not. */
export const hasShell = (): boolean => window.maskwright !== undefined;

/** One call of the desktop shell. Rejects with MaskwrightError; only where hasShell(). */
export async function callShell<N extends ShellCallName>(name: N, params: z.input<ShellCalls[N]['params']>): Promise<ShellResult<N>> {
  const answer = await window.maskwright?.call(name, params);
  if (answer === undefined) throw new MaskwrightError('internal', `${name} was asked for outside of a desktop window.`);
  if ('problem' in answer) throw MaskwrightError.fromProblem(answer.problem);
  return answer.result as ShellResult<N>;
}

/** Listens for the shell's events; in a browser there are none. */
export function onShell<N extends ShellEventName>(name: N, listener: (data: ShellEventData<N>) => void): void {
  window.maskwright?.on((event, data) => {
    if (event === name) listener(data as ShellEventData<N>);
  });
}

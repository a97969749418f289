import { create } from 'zustand';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { UpdateState } from '../../src-shared/contract/shell.ts';
import { changeSettings } from './app-store.ts';
import { notifyError } from './notices-store.ts';
import { callShell, hasShell, onShell } from './shell.ts';

interface UpdatesState {
  /** Null where the program cannot update itself, as in a browser. */
  readonly state: UpdateState | null;
  /** What the banner said when it was put away. */
  readonly putAway: string | null;
}

export const useUpdates = create<UpdatesState>(() => ({ state: null, putAway: null }));

export function watchUpdates(): void {
  if (!hasShell()) return;
  onShell('shell.update', ({ state }) => receive(state));
  callShell('shell.update.state', {}).then(({ state }) => receive(state), notifyError);
}

/** That a server cannot be asked stands in the settings; what went wrong on this machine is said where it is seen. */
function receive(state: UpdateState | null): void {
  useUpdates.setState({ state });
  if (state?.is === 'failed' && state.problem.code === 'io') notifyError(MaskwrightError.fromProblem(state.problem));
}

/** Switching them on asks for nothing yet. */
export const switchUpdates = (updates: boolean): void => changeSettings({ updates });

const asks = (name: 'shell.update.ask' | 'shell.update.download' | 'shell.update.cancel') => (): void => void callShell(name, {}).catch(notifyError);
export const askForUpdate = asks('shell.update.ask');
export const downloadUpdate = asks('shell.update.download');
export const cancelUpdate = asks('shell.update.cancel');

export const putUpdateAway = (putAway: string): void => useUpdates.setState({ putAway });

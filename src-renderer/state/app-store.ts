import { create } from 'zustand';
import type { AppInfo, RecentProject, SamStatus, Settings } from '../../src-shared/contract/types.ts';
import { call } from './backend.ts';
import { notifyError } from './notices-store.ts';
import { projectHandle } from './project-store.ts';
import type { ConnectionState } from './transport.ts';
import { setTool, useUi } from './ui-store.ts';

interface AppState {
  readonly info: AppInfo | null;
  readonly settings: Settings | null;
  readonly recent: readonly RecentProject[];
  readonly sam: SamStatus | null;
  readonly connection: ConnectionState;
}

/** What concerns the program rather than a project. */
export const useApp = create<AppState>(() => ({ info: null, settings: null, recent: [], sam: null, connection: 'open' }));

/** Shown at once; a setting that could not be written is said and kept for this window. */
export function changeSettings(set: Partial<Settings>): void {
  useApp.setState(({ settings }) => ({ settings: settings === null ? null : { ...settings, ...set } }));
  call('app.settings', { set }).catch(notifyError);
}

export async function refreshRecent(): Promise<void> {
  useApp.setState({ recent: await call('app.recent', {}) });
}

/** Takes a project from the list of recent ones; its file stays. */
export async function forgetRecent(path: string): Promise<void> {
  useApp.setState({ recent: await call('app.forgetRecent', { path }) });
}

/** What is known of the open project's model. A tool that it has no use for is put down. */
export function receiveSam(sam: SamStatus): void {
  useApp.setState({ sam });
  if (sam.model?.limits.box === false && useUi.getState().tool === 'smart-box') setTool('smart-point');
}

/** Of the engine that runs the open project's model. */
export async function refreshSam(): Promise<void> {
  const project = projectHandle();
  const sam = await call('sam.status', { project });
  if (projectHandle() === project) receiveSam(sam);
}

/** Providers that were left alone are tried again; the badge tells how it goes. */
export async function tryProviders(): Promise<void> {
  const project = projectHandle();
  if (project !== null) await call('sam.tryProviders', { project }).catch(notifyError);
}

/** The first facts the page needs. Rejects when the program cannot be reached. */
export async function loadApp(): Promise<AppInfo> {
  const info = await call('app.info', {});
  useApp.setState({ info, settings: info.settings });
  return info;
}

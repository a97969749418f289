import type { Answer } from './wire.ts';

/** What Electron's preload puts on the page as `window.maskwright`: the two ways of the contract, and the one thing that a web page may not know. */
export interface Bridge {
  call(name: string, params: unknown): Promise<Answer>;
  /** Hands on every event; returns the function that stops it. */
  on(listener: (event: string, data: unknown) => void): () => void;
  /** Where a file that was dropped on the window lies on the disk; empty when it lies on none. */
  pathOf(file: object): string;
}

/** Electron's channels. */
export const CALL_CHANNEL = 'maskwright:call';
export const EVENT_CHANNEL = 'maskwright:event';

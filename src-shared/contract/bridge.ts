import type { Answer } from './wire.ts';

/** What Electron's preload puts on the page as `window.maskwright`: nothing but the two ways of the contract. */
export interface Bridge {
  call(name: string, params: unknown): Promise<Answer>;
  /** Hands on every event; returns the function that stops it. */
  on(listener: (event: string, data: unknown) => void): () => void;
}

/** Electron's channels. */
export const CALL_CHANNEL = 'maskwright:call';
export const EVENT_CHANNEL = 'maskwright:event';

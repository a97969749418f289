import type { EventData, EventName } from '../../src-shared/contract/contract.ts';

/** What a host (Electron shell, browser host, command line) has of the core. */
export interface CoreOptions {
  /** User data: models, caches, settings, logs (see core/places.ts). */
  readonly dataDir: string;
  readonly host: 'electron' | 'browser' | 'cli';
  /** Where engines, models and the sample project lie (see core/places.ts). */
  readonly resources: Resources;
  /** Project file or folder to show first, from the command line; null for the last one or the sample. */
  readonly initialProject: string | null;
}

export interface Resources {
  /** The Node binary that runs the engines. */
  readonly node: string;
  readonly samEngine: string;
  readonly imagesEngine: string;
  readonly datasetsEngine: string;
  /** Folder with catalogue.json and builtin/. */
  readonly models: string;
  /** Folder with the sample project's pictures. */
  readonly sample: string;
  readonly version: string;
}

export interface Picture {
  readonly status: 200 | 404 | 422;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export type EventListener = <N extends EventName>(name: N, data: EventData<N>) => void;

export interface CoreApi {
  /** Checks name and parameters and runs the call. Throws MaskwrightError only. */
  call(name: string, params: unknown, client: string): Promise<unknown>;
  subscribe(listener: EventListener): () => void;
  /** The picture at an address made by contract's imageAddress ("image/…"); 404 for anything else. `signal` tells that nobody waits for it any more. */
  picture(address: string, signal: AbortSignal): Promise<Picture>;
  /** A client went away: what it waited for is dropped, and its projects are closed after a while. */
  disconnect(client: string): void;
  close(): Promise<void>;
}

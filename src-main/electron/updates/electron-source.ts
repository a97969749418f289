import { CancellationToken, MacUpdater, NsisUpdater } from 'electron-updater';
import type { AppUpdater } from 'electron-updater';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { NewVersion } from '../../../src-shared/contract/shell.ts';
import { realTimers } from '../../models/download/timers.ts';
import type { Timers } from '../../models/download/timers.ts';
import { SafeAppImageUpdater } from './app-image.ts';
import type { Feed } from './feed.ts';
import { Fence } from './fence.ts';
import type { Replacement } from './release.ts';
import { SignedProvider } from './signed-provider.ts';
import type { SignedFeed, SignedRelease } from './signed-provider.ts';
import type { UpdateSource } from './updates.ts';

/** A description and its signature are two small files. */
const MOST_DESCRIPTION_BYTES = 256 * 1024;
/** For both together. */
const ASK_MS = 30_000;
/** A download that gets on by less than this in that time has stalled. */
const LEAST_BYTES = 64 * 1024;
export const STALL_MS = 60_000;

const UPDATERS: Readonly<Record<Replacement, new () => AppUpdater>> = { exe: NsisUpdater, zip: MacUpdater, AppImage: SafeAppImageUpdater };

/** Fetches and installs through electron-updater, which compares versions, hashes and code signatures. */
export class ElectronUpdateSource implements UpdateSource {
  readonly #updater: AppUpdater;
  readonly #fence: Fence;
  readonly #timers: Timers;
  readonly #host: string;
  readonly #log: (line: string) => void;

  constructor(feed: Feed, kind: Replacement, log: (line: string) => void, timers: Timers = realTimers) {
    const updater = new UPDATERS[kind]();
    updater.autoDownload = false;
    updater.allowDowngrade = false;
    updater.disableWebInstaller = true;
    // Parts of the old file are found by lists that nobody signed.
    updater.disableDifferentialDownload = true;
    updater.requestHeaders = { 'User-Agent': 'Maskwright', 'accept-encoding': 'identity' };
    updater.logger = { info: () => undefined, warn: log, error: log };
    const options: SignedFeed = { provider: 'custom', updateProvider: SignedProvider, feed, kind };
    // Its types know no fields of a provider of one's own, though its documentation does.
    updater.setFeedURL(options as unknown as Parameters<AppUpdater['setFeedURL']>[0]);
    this.#updater = updater;
    this.#fence = new Fence(updater.netSession);
    this.#timers = timers;
    this.#host = new URL(feed.url).host;
    this.#log = log;
  }

  async latest(): Promise<NewVersion | null> {
    this.#fence.allow({ most: MOST_DESCRIPTION_BYTES });
    const late = this.#timers.after(ASK_MS, () => void this.#fence.stop(`did not answer within ${ASK_MS / 1000} seconds`));
    try {
      const answer = await this.#updater.checkForUpdates();
      return answer?.isUpdateAvailable === true ? (answer.updateInfo as SignedRelease).release.offer : null;
    } catch (error) {
      throw this.#inWords(error);
    } finally {
      late();
    }
  }

  async download(offer: NewVersion, progress: (done: number) => void, signal: AbortSignal): Promise<void> {
    this.#fence.allow({ exactly: offer.bytes });
    const cancelled = new CancellationToken();
    const stop = (reason: string): void => {
      // electron-updater itself would notice with the next bytes only.
      void this.#fence.stop(reason);
      cancelled.cancel();
    };
    const abort = (): void => stop('was told to stop');
    signal.addEventListener('abort', abort, { once: true });
    let arrived = 0;
    const unwatch = watchStall(this.#timers, () => arrived, () => stop(`has sent next to nothing for ${STALL_MS / 1000} seconds`));
    const onProgress = ({ transferred }: { readonly transferred: number }): void => {
      arrived = transferred;
      progress(transferred);
    };
    this.#updater.on('download-progress', onProgress);
    try {
      await this.#updater.downloadUpdate(cancelled);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#inWords(error);
    } finally {
      unwatch();
      signal.removeEventListener('abort', abort);
      this.#updater.off('download-progress', onProgress);
    }
  }

  installAtQuit(on: boolean): void {
    this.#updater.autoInstallOnAppQuit = on;
  }

  #inWords(error: unknown): MaskwrightError {
    if (error instanceof MaskwrightError) return error;
    this.#log(`update: ${String(error)}`);
    const said = (what: string, code: 'download-failed' | 'offline' | 'io' = 'download-failed'): MaskwrightError => new MaskwrightError(code, what, this.#host, { cause: error });
    const { refusal } = this.#fence;
    if (refusal !== null) return said(`No update was fetched: ${this.#host} ${refusal}. Try again later.`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ERR_CHECKSUM_MISMATCH') return said(`What ${this.#host} sent is not the file that was announced: its SHA-512 is another. It was thrown away. Try again later.`);
    if (code === 'ERR_UPDATER_INVALID_SIGNATURE') return said(`What ${this.#host} sent is not signed by the publisher of this program. It was thrown away.`);
    if (code === 'ENOSPC') return said('There is no room on the disk for the update. Make some, and try again.', 'io');
    const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
    // Chromium's names of network errors.
    if (message.startsWith('net::ERR_CERT_')) return said(`${this.#host} did not prove that it is ${this.#host} (${message}), so nothing was taken from it.`);
    if (message.startsWith('net::')) return said(`${this.#host} could not be reached, or the connection broke off (${message}). Try again when there is a connection.`, 'offline');
    return said(`The update could not be fetched or made ready: ${message}. This version goes on as it is; a newer one can be installed by hand.`, 'io');
  }
}

/** Calls `stalled` once when it got on by less than LEAST_BYTES in STALL_MS; the answer ends the watch. */
function watchStall(timers: Timers, arrived: () => number, stalled: () => void): () => void {
  let seen = arrived();
  const look = (): void => {
    const now = arrived();
    if (now - seen < LEAST_BYTES) return stalled();
    seen = now;
    cancel = timers.after(STALL_MS, look);
  };
  let cancel = timers.after(STALL_MS, look);
  return () => cancel();
}

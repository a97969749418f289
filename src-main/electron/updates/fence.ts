import type { Session } from 'electron';

/** What an answer may weigh: at most, or exactly. */
export type Allowance = { readonly most: number } | { readonly exactly: number };

/**
 * Stands around the session in which updates are fetched: https only, wherever it is redirected to; no answer whose size is not
 * said beforehand and allowed; none that was packed on the way; no error's page is read. electron-updater itself follows plain
 * http and reads without end. What is stopped fails in electron-updater, and `refusal` says why.
 */
export class Fence {
  readonly #session: Session;
  #allowance: Allowance = { most: 0 };
  #refusal: string | null = null;

  constructor(session: Session) {
    this.#session = session;
    session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: this.#refuses(URL.canParse(url) && new URL(url).protocol === 'https:' ? null : 'leads to an address that is not https, where anybody on the way could change what it sends') }));
    session.webRequest.onHeadersReceived(({ statusCode, responseHeaders }, decide) => decide({ cancel: this.#refuses(this.#wrongWith(statusCode, responseHeaders ?? {})) }));
  }

  /** From now on answers may weigh this. */
  allow(allowance: Allowance): void {
    this.#allowance = allowance;
    this.#refusal = null;
  }

  /** Why something was stopped since the last allow(): goes after the host's name in a sentence. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Ends what is under way, for this reason. */
  async stop(reason: string): Promise<void> {
    this.#refuses(reason);
    await this.#session.closeAllConnections();
  }

  #refuses(reason: string | null): boolean {
    this.#refusal ??= reason;
    return reason !== null;
  }

  #wrongWith(status: number, headers: Readonly<Record<string, string[]>>): string | null {
    if (status >= 300 && status < 400) return null;
    if (status !== 200) return `answers with the status ${status}`;
    const header = (name: string): string | undefined => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1][0];
    if ((header('content-encoding') ?? 'identity') !== 'identity') return 'packs what it was asked to send as it is';
    const bytes = Number(header('content-length') ?? NaN);
    if (!Number.isSafeInteger(bytes)) return 'does not say how much it sends';
    if ('exactly' in this.#allowance) return bytes === this.#allowance.exactly ? null : `sends ${bytes} bytes in the place of ${this.#allowance.exactly}`;
    return bytes <= this.#allowance.most ? null : `sends ${bytes} bytes where at most ${this.#allowance.most} are expected`;
  }
}

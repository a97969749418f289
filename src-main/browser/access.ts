import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Why a request is refused: the status and a sentence for the person who made it. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === '::1';
}

/** The name in a Host header, without the port; null when it is no plain host. */
function hostName(header: string | undefined): string | null {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase() ?? null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Equal in a time that does not tell how much of it was right. */
function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

/**
 * Who may talk to the browser host: whoever holds the token, from a page of this host only.
 * `listening` is the address that was asked for with --host.
 */
export class Access {
  readonly #token: string;
  readonly #listening: string;
  #pass: string | null = null;

  constructor(token: string, listening: string) {
    this.#token = token;
    this.#listening = listening.toLowerCase();
  }

  /** Cookies are shared by all ports of a host, so the name holds the port: two running programs keep apart. */
  cookieName(port: number): string {
    return `maskwright_${port}`;
  }

  /** A token that lets in one browser, once: for where others may read it, as they can the arguments of programs. */
  newPass(): string {
    this.#pass = newToken();
    return this.#pass;
  }

  /** Whether an address with this token lets in; the pass is used up by that. */
  letsIn(given: string): boolean {
    if (sameSecret(given, this.#token)) return true;
    if (this.#pass === null || !sameSecret(given, this.#pass)) return false;
    this.#pass = null;
    return true;
  }

  /**
   * A page elsewhere that has its own name pointed at this machine (DNS rebinding) arrives with that name in Host:
   * only names that cannot be pointed elsewhere are let in.
   */
  #knowsHost(header: string | undefined): boolean {
    const name = hostName(header);
    if (name === null) return false;
    if (LOOPBACK.has(name) || name === this.#listening) return true;
    return !isLoopback(this.#listening) && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }

  /** Null when the request may be answered. `write`: it is a WebSocket, or another method than GET and HEAD. */
  refuse(request: IncomingMessage, port: number, write: boolean): Refusal | null {
    const { host, origin } = request.headers;
    // Node gives the first of several Host lines, and a proxy before it may go by another.
    if ((request.headersDistinct['host'] ?? []).length > 1 || !this.#knowsHost(host)) {
      return { status: 403, message: 'Maskwright does not answer under this host name. Open the address that it printed when it started.' };
    }
    const foreignOrigin = origin !== undefined && origin !== `http://${host ?? ''}`;
    // Same-site pages (another port of this machine) would be sent the cookie, so their requests are told apart here.
    const site = request.headers['sec-fetch-site'];
    const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none' && request.headers['sec-fetch-mode'] !== 'navigate';
    if (foreignOrigin || foreignSite || (write && origin === undefined)) {
      return { status: 403, message: 'Maskwright answers its own page only; this request came from another.' };
    }
    if (!this.#hasCookie(request, port)) {
      return { status: 401, message: 'This address lacks the token that keeps others out, or it is of an earlier run. Open the whole address that Maskwright printed when it started (…/?token=…).' };
    }
    return null;
  }

  #hasCookie(request: IncomingMessage, port: number): boolean {
    const prefix = `${this.cookieName(port)}=`;
    const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    return cookies.some((cookie) => cookie.startsWith(prefix) && sameSecret(cookie.slice(prefix.length), this.#token));
  }
}

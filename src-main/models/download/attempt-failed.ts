import { MaskwrightError } from '../../../src-shared/contract/errors.ts';

/** One attempt to fetch a file failed. `problem` is for people, when no other attempt succeeds. */
export class AttemptFailed extends Error {
  readonly problem: MaskwrightError;
  /** Whether the same address may succeed later. */
  readonly again: boolean;
  /** Milliseconds that the server asks to be left alone; null when it does not say. */
  readonly waitMs: number | null;

  constructor(problem: MaskwrightError, again: boolean, waitMs: number | null = null) {
    super(problem.message, { cause: problem });
    this.problem = problem;
    this.again = again;
    this.waitMs = waitMs;
  }
}

/** There is no way to the host: no network, no name, nobody who listens. Firewalls and systems have further codes for it. */
const NO_WAY = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL']);
const ON_THE_WAY = new Set(['connect', 'getaddrinfo']);
/** The way was there and broke. */
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC']);
/** Codes of certificates that cannot be believed, as Node has them of OpenSSL. */
const CERTIFICATE = /^(?:CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT)/;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

/** What a connection threw, in words; null for what has nothing to do with the network. */
export function connectionFailed(error: unknown, url: string): AttemptFailed | null {
  const { host } = new URL(url);
  const code = codeOf(error);
  const failed = (kind: 'offline' | 'download-failed', message: string, again: boolean): AttemptFailed => new AttemptFailed(new MaskwrightError(kind, message, url, { cause: error }), again);
  if (NO_WAY.has(code) || (error instanceof Error && 'syscall' in error && ON_THE_WAY.has(String(error.syscall)) && !BROKEN.has(code))) return failed('offline', `${host} cannot be reached (${code}): this machine is offline, or the way there is blocked. What has arrived is kept; try again when there is a connection.`, true);
  if (BROKEN.has(code) || code.startsWith('HPE_')) return failed('download-failed', `The connection to ${host} broke off (${code}). What has arrived is kept; try again.`, true);
  if (CERTIFICATE.test(code)) return failed('download-failed', `${host} did not prove that it is ${host} (${code}), so nothing was taken from it. Programs that look into encrypted connections cause this: name their certificate in NODE_EXTRA_CA_CERTS.`, false);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return failed('download-failed', `No secure connection to ${host} could be made (${code}). Try again, or another mirror.`, false);
  return null;
}

/** The server sends something else than the catalogue's file. */
export const notTheFile = (name: string, url: string, what: string): MaskwrightError =>
  new MaskwrightError('model-hash', `What ${new URL(url).host} sends as "${name}" is not the file it should be: ${what}. It was thrown away; choose another mirror, or try again later.`, url);

import type { IncomingMessage } from 'node:http';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { AttemptFailed, connectionFailed, notTheFile } from './attempt-failed.ts';
import type { DownloadFile } from './entry.ts';
import { httpsGet } from './https-get.ts';
import type { PartialFile } from './partial-file.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Timers } from './timers.ts';

export interface TransferOptions {
  readonly signal: AbortSignal;
  readonly timers: Timers;
  /** Certificates (PEM) to trust in the place of the machine's own. */
  readonly ca?: string;
  /** Bytes beyond which a file of unknown size is not believed. */
  readonly most: number;
  /** Bytes of the file that are there, and of all of it where that is known. */
  onBytes(there: number, total: number | null): void;
}

/** Without a byte for so long, a connection counts as dead. */
export const STALL_MS = 30_000;
/** Statuses of a server that may answer later (RFC 9110, RFC 6585). */
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Fetches what is missing of a file from one address in one request: by a range request (RFC 9110, 14) when a part is there,
 * conditional where the server named a version of it. A server that ignores that, or has another version, is taken from the start.
 * Resolves when the server has sent all of it. Throws AttemptFailed, the signal's reason, and the errors of the disk.
 */
export async function transfer(part: PartialFile, file: DownloadFile, url: string, options: TransferOptions): Promise<void> {
  if (file.bytes !== null && part.bytes > file.bytes) await part.restart();
  if (part.bytes > 0 && part.bytes === file.bytes) return;
  const stalled = new AbortController();
  const watch = new StallWatch(options.timers, () => stalled.abort());
  const signal = AbortSignal.any([options.signal, stalled.signal]);
  let response: IncomingMessage | null = null;
  try {
    response = await httpsGet(url, rangeHeaders(part, url), { signal, ...(options.ca === undefined ? {} : { ca: options.ca }) });
    watch.reset();
    await receive(response, part, file, url, options, watch);
  } catch (error) {
    options.signal.throwIfAborted();
    if (stalled.signal.aborted) throw new AttemptFailed(new MaskwrightError('download-failed', `${new URL(url).host} has sent nothing for ${STALL_MS / 1000} seconds. What has arrived is kept; try again.`, url, { cause: error }), true);
    throw connectionFailed(error, url) ?? error;
  } finally {
    watch.stop();
    response?.destroy();
  }
}

async function receive(response: IncomingMessage, part: PartialFile, file: DownloadFile, url: string, { most, onBytes }: TransferOptions, watch: StallWatch): Promise<void> {
  const status = response.statusCode ?? 0;
  if (status === 416 && part.bytes > 0) {
    const { total } = contentRange(response);
    // Nothing is missing: the size was not known before.
    if (total === part.bytes) return;
    await part.restart();
    throw new AttemptFailed(new MaskwrightError('download-failed', `${new URL(url).host} cannot continue "${file.name}". Try again.`, url), true, 0);
  }
  if (status !== 200 && status !== 206) throw refusal(response, url);
  const { start, total } = status === 206 ? contentRange(response) : { start: 0, total: length(response) };
  if (start !== part.bytes) {
    await part.restart();
    if (start !== 0) throw new AttemptFailed(new MaskwrightError('download-failed', `${new URL(url).host} sends another part of "${file.name}" than it was asked for. Choose another mirror.`, url), true);
  }
  if (file.bytes !== null && total !== null && total !== file.bytes) throw new AttemptFailed(notTheFile(file.name, url, `it has ${total} bytes in the place of ${file.bytes}`), false);
  const limit = file.bytes ?? total ?? most;
  await part.continueFrom({ url, validator: validatorOf(response) });
  onBytes(part.bytes, file.bytes ?? total);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    watch.reset();
    if (part.bytes + chunk.length > limit) {
      await part.restart();
      throw new AttemptFailed(notTheFile(file.name, url, `it goes on after ${limit} bytes`), false);
    }
    await part.append(chunk);
    onBytes(part.bytes, file.bytes ?? total);
  }
  const expected = file.bytes ?? total;
  if (expected !== null && part.bytes < expected) throw new AttemptFailed(new MaskwrightError('download-failed', `${new URL(url).host} ended "${file.name}" after ${part.bytes} of ${expected} bytes. What has arrived is kept; try again.`, url), true);
}

function rangeHeaders({ bytes, origin }: PartialFile, url: string): Record<string, string> {
  if (bytes === 0) return {};
  const validator = origin?.url === url ? origin.validator : null;
  return { range: `bytes=${bytes}-`, ...(validator === null ? {} : { 'if-range': validator }) };
}

/** Content-Range (RFC 9110, 14.4); nulls for what it does not say. */
function contentRange(response: IncomingMessage): { start: number | null; total: number | null } {
  const [, start, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '') ?? [];
  return { start: start === undefined ? null : Number(start), total: total === undefined || total === '*' ? null : Number(total) };
}

function length(response: IncomingMessage): number | null {
  const text = response.headers['content-length'];
  return text === undefined ? null : Number(text);
}

/** A weak ETag names no bytes, so it is of no use for a range (RFC 9110, 13.1.5). */
function validatorOf({ headers: { etag, 'last-modified': modified } }: IncomingMessage): string | null {
  return etag !== undefined && etag.startsWith('"') ? etag : (modified ?? null);
}

function refusal(response: IncomingMessage, url: string): AttemptFailed {
  const { host } = new URL(url);
  const status = response.statusCode ?? 0;
  const failed = (message: string, again: boolean, waitMs: number | null = null): AttemptFailed => new AttemptFailed(new MaskwrightError('download-failed', message, url), again, waitMs);
  if (status === 404 || status === 410) return failed(`${host} does not have the file any more (${status}). Choose another mirror, or look for a newer Maskwright.`, false);
  if (LATER.has(status)) return failed(`${host} cannot answer now (${status}). What has arrived is kept; try again later.`, true, retryAfterMs(response.headers['retry-after'], Date.now()));
  return failed(`${host} refuses to send the file (${status}). Choose another mirror.`, false);
}

/** Calls once when it was not reset for STALL_MS. */
class StallWatch {
  readonly #timers: Timers;
  readonly #stalled: () => void;
  #cancel: () => void;

  constructor(timers: Timers, stalled: () => void) {
    this.#timers = timers;
    this.#stalled = stalled;
    this.#cancel = timers.after(STALL_MS, stalled);
  }

  reset(): void {
    this.#cancel();
    this.#cancel = this.#timers.after(STALL_MS, this.#stalled);
  }

  stop(): void {
    this.#cancel();
  }
}

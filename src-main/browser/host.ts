import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { MOST_FRAME_BYTES } from '../../src-shared/contract/wire.ts';
import type { CoreApi } from '../core/core-api.ts';
import { Access, isLoopback, newToken, type Refusal } from './access.ts';
import { Clients } from './clients.ts';
import { RefusalLog } from './refusal-log.ts';
import { refusalPage } from './refusal-page.ts';
import { securityHeaders } from './security-headers.ts';
import { readStaticFiles } from './static-files.ts';

export interface BrowserHostOptions {
  readonly core: CoreApi;
  /** dist/renderer. */
  readonly page: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Refused requests and broken clients, a line each. */
  readonly log: (line: string) => void;
}

export interface BrowserHost {
  /** With the token; opening it lets a browser in. */
  readonly address: string;
  /** As `address`, but it lets in one browser, once; a newer one takes its place. */
  addressForOnce(): string;
  readonly port: number;
  close(): Promise<void>;
}

/** Addresses of pictures hold opaque ids only; what they mean, core.picture() decides. */
const PICTURE = /^\/(image(?:\/[\w-]+)+)$/;
const FOR_EVER = 'private, max-age=31536000, immutable';

/**
 * Serves the page, the pictures and the contract's WebSocket to browsers.
 * Throws `io` when the port cannot be had.
 */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const { core, host, log } = options;
  const files = readStaticFiles(options.page);
  const token = newToken();
  const access = new Access(token, host);
  const clients = new Clients(core, log);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_FRAME_BYTES, perMessageDeflate: false });
  const server = createServer();

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, options.port)));
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  const refusals = new RefusalLog(log);
  const note = (request: IncomingMessage, refusal: Refusal): void => {
    const { host: name, origin } = request.headers;
    refusals.note(`refused (${refusal.status}) ${request.method ?? ''} of host ${short(name)}, origin ${short(origin)}`);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const write = request.method !== 'GET' && request.method !== 'HEAD';
    const send = (status: number, type: string, body: Uint8Array | string, headers: Record<string, string> = {}): void => {
      const connect = request.headers.host === undefined ? [] : [`ws://${request.headers.host}`];
      response.writeHead(status, { ...securityHeaders(status === 403 ? [] : connect), 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const given = path === '/' && !write ? new URLSearchParams(query).get('token') : null;
    const refusal = access.refuse(request, port, write);
    if (given !== null && refusal?.status !== 403 && access.letsIn(given)) {
      // Out of the address bar, the history and the Referer, into a cookie no script can read.
      send(303, 'text/plain', '', { Location: '/', 'Set-Cookie': `${access.cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/` });
      return;
    }
    if (refusal) {
      note(request, refusal);
      send(refusal.status, 'text/html; charset=utf-8', refusalPage(refusal.message));
      return;
    }
    if (write) {
      send(405, 'text/plain', 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
      return;
    }
    const file = files.get(path);
    if (file) {
      send(200, file.type, file.bytes, { 'Cache-Control': file.immutable ? FOR_EVER : 'no-cache' });
      return;
    }
    const picture = PICTURE.exec(path)?.[1];
    if (picture === undefined) {
      send(404, 'text/plain', 'There is nothing at this address.');
      return;
    }
    // A list scrolled past leaves its pictures behind; those in sight must not wait for them.
    const left = new AbortController();
    response.once('close', () => left.abort());
    const { status, type, bytes } = await core.picture(picture, left.signal);
    // An address holds the picture's version, so what is behind it never changes.
    send(status, type, bytes, status === 200 ? { 'Cache-Control': FOR_EVER } : {});
  };

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(`answering failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      response.destroy();
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = access.refuse(request, port, true);
    if (refusal || request.url !== '/socket') {
      if (refusal) note(request, refusal);
      socket.end(`HTTP/1.1 ${refusal ? `${refusal.status} ${refusal.status === 401 ? 'Unauthorized' : 'Forbidden'}` : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connected) => clients.add(connected));
  });

  const addressWith = (secret: string): string => `http://${reachableName(host)}:${port}/?token=${secret}`;
  return {
    address: addressWith(token),
    addressForOnce: () => addressWith(access.newPass()),
    port,
    close: async () => {
      clients.close();
      refusals.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const short = (header: string | undefined): string => JSON.stringify(header?.slice(0, 200) ?? null);

/** What to type into a browser on this machine for an address one listens on. */
function reachableName(host: string): string {
  if (host === '0.0.0.0' || host === '::' || isLoopback(host)) return host === '::1' || host === '::' ? '[::1]' : '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): MaskwrightError {
  const item = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') return new MaskwrightError('io', `Port ${port} is taken by another program. Choose another with --port, or --port 0 for any free one.`, item);
  if (error.code === 'EACCES') return new MaskwrightError('no-access', `This user may not listen on port ${port}. Choose one above 1023 with --port.`, item);
  return new MaskwrightError('io', `Maskwright cannot listen on ${item}: ${error.message}.`, item, { cause: error });
}

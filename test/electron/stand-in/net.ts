import { EventEmitter } from 'node:events';
import type { ClientRequest as NodeRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tell } from './control.ts';

type Decision = { cancel?: boolean };
type Listener<D> = ((details: D, decide: (decision: Decision) => void) => void) | null;
interface Sent {
  readonly url: string;
}
interface Answered extends Sent {
  readonly statusCode: number;
  readonly responseHeaders: Record<string, string[]>;
}

/** A session's requests, as far as a shell can watch and end them. */
export class NetSession {
  #before: Listener<Sent> = null;
  #headers: Listener<Answered> = null;
  readonly #underWay = new Set<NodeRequest>();
  readonly webRequest = {
    onBeforeRequest: (listener: Listener<Sent>): void => void (this.#before = listener),
    onHeadersReceived: (listener: Listener<Answered>): void => void (this.#headers = listener),
  };

  beforeRequest = (details: Sent): Promise<boolean> => allowed(this.#before, details);
  headersReceived = (details: Answered): Promise<boolean> => allowed(this.#headers, details);
  add(request: NodeRequest): void {
    this.#underWay.add(request);
    request.once('close', () => this.#underWay.delete(request));
  }

  async closeAllConnections(): Promise<void> {
    for (const request of this.#underWay) request.destroy(new Error('net::ERR_ABORTED'));
  }
}

const allowed = <D>(listener: Listener<D>, details: D): Promise<boolean> =>
  new Promise((resolve) => (listener === null ? resolve(true) : listener(details, ({ cancel }) => resolve(cancel !== true))));

interface RequestOptions {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly port?: string | number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly session: NetSession;
}

/** Electron's net.ClientRequest over Node: https and http, redirects told and not followed. */
class ClientRequest extends EventEmitter {
  readonly #options: RequestOptions;
  #request: NodeRequest | null = null;
  #aborted = false;

  constructor(options: RequestOptions) {
    super();
    this.#options = options;
  }

  end(body?: string | Buffer): void {
    this.#send(body).catch((error: unknown) => this.emit('error', error));
  }

  abort(): void {
    this.#aborted = true;
    this.#request?.destroy();
    this.emit('abort');
  }

  async #send(body: string | Buffer | undefined): Promise<void> {
    const { protocol = 'https:', hostname, port, path, method = 'GET', headers, session } = this.#options;
    const url = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
    tell('request', { url, headers });
    if (!(await session.beforeRequest({ url }))) throw new Error('net::ERR_BLOCKED_BY_CLIENT');
    const request = (protocol === 'http:' ? httpRequest : httpsRequest)(url, { method, agent: false, ...(headers === undefined ? {} : { headers }) });
    this.#request = request;
    session.add(request);
    request.on('error', (error: NodeJS.ErrnoException) => this.#aborted || this.emit('error', inChromiumsWords(error)));
    request.on('response', (response) => void this.#answered(url, method, response).catch((error: unknown) => this.emit('error', error)));
    request.end(body);
  }

  async #answered(url: string, method: string, response: IncomingMessage): Promise<void> {
    const { statusCode = 0, headers } = response;
    const responseHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat()]));
    if (!(await this.#options.session.headersReceived({ url, statusCode, responseHeaders }))) {
      response.destroy();
      throw new Error('net::ERR_BLOCKED_BY_CLIENT');
    }
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) this.emit('redirect', statusCode, method, new URL(headers.location, url).href, responseHeaders);
    else this.emit('response', response);
  }
}

/** Certificates that cannot be believed have codes of OpenSSL; all else that can go wrong is a connection's. */
const inChromiumsWords = (error: NodeJS.ErrnoException): Error => new Error(/CERT|SIGNED|ALTNAME/.test(error.code ?? '') ? 'net::ERR_CERT_AUTHORITY_INVALID' : 'net::ERR_CONNECTION_FAILED', { cause: error });

export const net = { request: (options: RequestOptions): ClientRequest => new ClientRequest(options) };

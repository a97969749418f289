import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();
let server: Promise<{ origin: string; server: Server }> | null = null;

/** `protocol`: handlers of schemes, of which the one for SCHEME://app is served to Chromium. */
export const protocol = {
  registerSchemesAsPrivileged: (_schemes: unknown): void => undefined,
  handle: (scheme: string, handler: Handler): void => void handlers.set(scheme, handler),
};

async function respond(handler: Handler, asked: Request, response: ServerResponse): Promise<void> {
  const answer = await handler(asked);
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

/** Where Chromium finds what Electron would show under `scheme://app`. */
async function origin(): Promise<string> {
  server ??= new Promise((resolve) => {
    const started = createServer((request, response) => {
      const left = new AbortController();
      response.once('close', () => left.abort());
      const [scheme, handler] = [...handlers][0] ?? [];
      if (handler === undefined) return void response.writeHead(502).end();
      const asked = new Request(`${scheme}://app${request.url ?? '/'}`, { method: request.method ?? 'GET', signal: left.signal });
      void respond(handler, asked, response).catch(() => response.destroy());
    });
    started.listen(0, '127.0.0.1', () => resolve({ origin: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, server: started }));
    started.unref();
  });
  return (await server).origin;
}

/** The address for Chromium of one that the shell uses. */
export async function outside(url: string): Promise<string> {
  const scheme = [...handlers.keys()].find((name) => url.startsWith(`${name}://app`));
  return scheme === undefined ? url : (await origin()) + url.slice(`${scheme}://app`.length);
}

/** The address for the shell of one that Chromium shows. */
export async function inside(url: string): Promise<string> {
  const base = await origin();
  return url.startsWith(base) ? `${[...handlers.keys()][0] ?? 'app'}://app${url.slice(base.length)}` : url;
}

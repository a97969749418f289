import { protocol } from 'electron';
import { securityHeaders } from '../browser/security-headers.ts';
import { readStaticFiles } from '../browser/static-files.ts';
import type { CoreApi } from '../core/core-api.ts';

const SCHEME = 'maskwright';
export const PAGE_ORIGIN = `${SCHEME}://app`;

/** Must run before the app is ready: the scheme is then an origin of its own, with fetch and module scripts. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } }]);
}

/** Serves the page's files and the pictures under maskwright://app/: the same ones as the browser host, with the same headers. */
export function servePage(folder: string, starting: Promise<CoreApi>): void {
  const files = readStaticFiles(folder);
  protocol.handle(SCHEME, async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return respond(405, 'text/plain', 'Only GET and HEAD.', 'no-store');
    const prefix = `${PAGE_ORIGIN}/`;
    const path = request.url.startsWith(prefix) ? request.url.slice(prefix.length - 1).replace(/[?#].*$/, '') : '';
    const file = files.get(path);
    if (file) return respond(200, file.type, file.bytes, file.immutable ? 'max-age=31536000, immutable' : 'no-cache');
    if (!path.startsWith('/image/')) return respond(404, 'text/plain', 'There is nothing at this address.', 'no-store');
    const { status, type, bytes } = await (await starting).picture(path.slice(1), request.signal);
    return respond(status, type, bytes, status === 200 ? 'max-age=31536000, immutable' : 'no-store');
  });
}

function respond(status: number, type: string, body: Uint8Array | string, cache: string): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), { status, headers: { ...securityHeaders(), 'Content-Type': type, 'Cache-Control': cache } });
}

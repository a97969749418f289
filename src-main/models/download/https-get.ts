import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { AttemptFailed } from './attempt-failed.ts';

export interface HttpsOptions {
  readonly signal: AbortSignal;
  /** Certificates (PEM) to trust in the place of the machine's own. */
  readonly ca?: string;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks for an https address and follows redirects, to https only and five at most. Gives the answer with its head read, whatever
 * its status. Throws AttemptFailed for a redirect that is not followed, the signal's reason, and what the connection throws.
 */
export async function httpsGet(url: string, headers: Readonly<Record<string, string>>, options: HttpsOptions): Promise<IncomingMessage> {
  let at = secure(url, url);
  for (let hop = 0; ; hop++) {
    // A redirect is known only when the answer before is there.
    const response = await ask(at, headers, options);
    const { location } = response.headers;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    if (hop === MOST_REDIRECTS) throw refused(url, `it redirects more than ${MOST_REDIRECTS} times`);
    if (!URL.canParse(location, at)) throw refused(url, 'it redirects to what is no address');
    at = secure(new URL(location, at).href, url);
  }
}

function secure(to: string, asked: string): string {
  const { protocol, username, password } = new URL(to);
  if (protocol !== 'https:') throw refused(asked, `it leads to an address that is not https (${protocol.replace(/:$/, '')}), where anybody on the way could change the file`);
  if (username !== '' || password !== '') throw refused(asked, 'it leads to an address with a password in it');
  return to;
}

const refused = (url: string, why: string): AttemptFailed =>
  new AttemptFailed(new MaskwrightError('download-failed', `${new URL(url).host} was not followed: ${why}. Choose another mirror.`, url), false);

function ask(url: string, headers: Readonly<Record<string, string>>, { signal, ca }: HttpsOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Compressed on the way, neither lengths nor ranges would be those of the file.
    const asked = request(url, { headers: { 'user-agent': 'Maskwright', accept: '*/*', 'accept-encoding': 'identity', ...headers }, signal, ...(ca === undefined ? {} : { ca }) });
    asked.once('response', resolve);
    // It may fail again when the answer is cut off: that shows in the answer itself.
    asked.on('error', reject);
    asked.end();
  });
}

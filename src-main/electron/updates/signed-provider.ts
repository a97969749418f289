import { Provider } from 'electron-updater';
import type { ResolvedUpdateFileInfo, UpdateInfo } from 'electron-updater';
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import { parseUpdateInfo } from 'electron-updater/out/providers/Provider.js';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Feed } from './feed.ts';
import { isSigned, notUnderstood, releaseOf } from './release.ts';
import type { Release, Replacement } from './release.ts';

/** A release in the form that electron-updater keeps and hands back. */
export interface SignedRelease extends UpdateInfo {
  readonly release: Release;
}

/** What createClient of electron-updater hands on to a provider of one's own. */
export interface SignedFeed {
  readonly provider: 'custom';
  readonly updateProvider: typeof SignedProvider;
  readonly feed: Feed;
  readonly kind: Replacement;
}

/**
 * A folder of releases whose descriptions are signed: beside `latest-linux.yml` lies `latest-linux.yml.sig`. A description is read
 * only once its signature is that of the feed's key, and electron-updater is given nothing of it but what was checked.
 */
export class SignedProvider extends Provider<SignedRelease> {
  readonly #feed: Feed;
  readonly #kind: Replacement;
  readonly #folder: URL;

  constructor({ feed, kind }: SignedFeed, _updater: unknown, options: ProviderRuntimeOptions) {
    super(options);
    this.#feed = feed;
    this.#kind = kind;
    this.#folder = new URL(feed.url.endsWith('/') ? feed.url : `${feed.url}/`);
  }

  /** electron-updater would send a lasting number of this machine along, for staged rollouts. */
  override setRequestHeaders(): void {
    super.setRequestHeaders({ 'User-Agent': 'Maskwright', 'accept-encoding': 'identity' });
  }

  async getLatestVersion(): Promise<SignedRelease> {
    const name = `${this.getDefaultChannelName()}.yml`;
    const [text, signature] = [await this.#read(name), await this.#read(`${name}.sig`)];
    const { host } = this.#folder;
    if (!isSigned(text, signature, this.#feed.key)) throw new MaskwrightError('download-failed', `What ${host} says about the newest version is not signed by the makers of Maskwright, so it is not used. Somebody may have changed it: be careful with what that server offers.`, host);
    const release = releaseOf(parsed(text, name, this.#folder), this.#kind, process.arch, host);
    const { offer, file, date } = release;
    return { release, version: offer.version, files: [file], path: file.url, sha512: file.sha512, releaseDate: date };
  }

  resolveFiles({ release: { file } }: SignedRelease): ResolvedUpdateFileInfo[] {
    return [{ url: new URL(file.url, this.#folder), info: { ...file } }];
  }

  async #read(name: string): Promise<string> {
    return (await this.httpRequest(new URL(name, this.#folder))) ?? '';
  }
}

function parsed(text: string, name: string, folder: URL): unknown {
  try {
    return parseUpdateInfo(text, name, folder);
  } catch {
    throw notUnderstood(folder.host, '');
  }
}

import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { NewVersion } from '../../../src-shared/contract/shell.ts';

/** Kinds of files that a program can be replaced by: of Windows' installer, of a Mac's archive, of a Linux AppImage. */
export type Replacement = 'exe' | 'zip' | 'AppImage';

/** A file of a release: its name beside the description, its SHA-512 in base64, and its size in bytes. */
export interface ReleaseFile {
  readonly url: string;
  readonly sha512: string;
  readonly size: number;
}

export interface Release {
  readonly offer: NewVersion;
  readonly file: ReleaseFile;
  /** As the description has it; for people. */
  readonly date: string;
}

const MOST_NOTES = 20_000;
const MOST_BYTES = 4 * 1024 ** 3;
/** A name in the same folder: no path, no address, nothing that a shell could take for more than a name. */
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/);
const notes = z.union([z.string(), z.array(z.object({ note: z.string().nullish() })).max(100)]).nullish();

/** What electron-builder writes into latest*.yml, as far as it is used; other fields, such as staged rollouts, are let go. */
const Description = z.object({
  version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/),
  files: z.array(z.object({ url: plainName, sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/), size: z.int().positive().max(MOST_BYTES) })).min(1).max(50),
  releaseNotes: notes,
  releaseDate: z.union([z.string().max(100), z.date().transform((date) => date.toISOString())]).nullish(),
});

/** How file names tell the processor, by Node's names of them. */
const PROCESSORS: Readonly<Record<string, RegExp>> = { x64: /x64|x86_64|amd64/i, arm64: /arm64|aarch64/i, ia32: /ia32|i[36]86/i, arm: /armv7l|armhf/i };

/**
 * Whether `signature` (base64, Ed25519, RFC 8032) is that of the text's UTF-8 bytes by the owner of `key` (base64 of the DER of a
 * SubjectPublicKeyInfo, RFC 8410).
 */
export function isSigned(text: string, signature: string, key: string): boolean {
  const owner = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text), owner, Buffer.from(signature.trim(), 'base64'));
}

/**
 * The release that a parsed description tells of, with the one file that replaces a program of this kind and processor (Node's
 * process.arch). Throws 'download-failed' when it is no description, names something else than a file beside it, or has none for
 * this machine.
 */
export function releaseOf(description: unknown, kind: Replacement, processor: string, host: string): Release {
  const { success, data, error } = Description.safeParse(description);
  if (!success) throw notUnderstood(host, error.issues[0]?.path.join('.') ?? '');
  const file = fileFor(data.files, kind, processor);
  if (file === null) throw new MaskwrightError('download-failed', `Version ${data.version} is there, but ${host} has no file of it for this machine. Look for it on the page of Maskwright.`, host);
  return { offer: { version: data.version, notes: plainText(data.releaseNotes), bytes: file.size }, file, date: data.releaseDate ?? '' };
}

export const notUnderstood = (host: string, field: string): MaskwrightError =>
  new MaskwrightError('download-failed', `What ${host} says about the newest version cannot be understood${field === '' ? '' : ` (${field})`}, so it is not used. Try again later.`, host);

/** Of those of the kind, the one named after the processor, else one named after none. */
function fileFor(files: readonly ReleaseFile[], kind: Replacement, processor: string): ReleaseFile | null {
  const ofKind = files.filter(({ url }) => url.toLowerCase().endsWith(`.${kind.toLowerCase()}`));
  return ofKind.find(({ url }) => PROCESSORS[processor]?.test(url) === true) ?? ofKind.find(({ url }) => !Object.values(PROCESSORS).some((name) => name.test(url))) ?? null;
}

/** Without control characters, which could turn the direction of text or hide it, but for line breaks and tabs. */
function plainText(given: z.infer<typeof notes>): string {
  const text = typeof given === 'string' ? given : (given ?? []).map(({ note }) => note ?? '').join('\n\n');
  return text.slice(0, MOST_NOTES).replaceAll('\r\n', '\n').replaceAll(/[^\P{C}\n\t]/gu, '').trim();
}

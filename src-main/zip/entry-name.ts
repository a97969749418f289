import { crc32 } from 'node:zlib';
import { isSafeName } from '../datasets/atomic-folder.ts';
import type { ZipEntry } from './zip-file.ts';

/** Upper half of IBM's code page 437, which names are in where nothing says UTF-8 (APPNOTE appendix D). */
const CP437 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
/** Info-ZIP's Unicode path (APPNOTE 4.6.9): version 1, the CRC-32 of the name, the name in UTF-8. */
const UNICODE_PATH = 0x7075;
/** Folders in one another: far more than any data set has. */
const MOST_LEVELS = 64;
const FOLDER = 0o040000;
const FILE = 0o100000;
const TYPE = 0o170000;

/** Where an entry goes, or why nowhere. A folder's path ends before its slash. */
export type EntryPlace =
  | { readonly kind: 'file' | 'folder'; readonly parts: readonly string[]; readonly name: string }
  | { readonly kind: 'passed-over' }
  | { readonly kind: 'refused'; readonly name: string; readonly why: string };

/**
 * An entry's place below the folder that is unpacked into. Names that lead out of it, or that the system does not take, are
 * refused, and so is what is neither file nor folder. What macOS and Windows put beside files for themselves is passed over.
 * A backslash counts as a slash: older programs on Windows write it.
 */
export function placeOf(entry: ZipEntry, platform: NodeJS.Platform = process.platform): EntryPlace {
  const name = entryName(entry);
  const refused = (why: string): EntryPlace => ({ kind: 'refused', name, why });
  const type = entry.mode & TYPE;
  if (type !== 0 && type !== FILE && type !== FOLDER) return refused(type === 0o120000 ? 'it is a link' : 'it is no file but a device or the like');
  const slashed = name.replaceAll('\\', '/');
  if (slashed.startsWith('/') || /^[A-Za-z]:(\/|$)/.test(slashed)) return refused('its name is the path of a place outside of the folder');
  const isFolder = slashed.endsWith('/') || type === FOLDER;
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return refused('its name leads out of the folder');
  if (parts[0] === '__MACOSX' || /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(parts.at(-1) ?? '')) return { kind: 'passed-over' };
  if (parts.length > MOST_LEVELS) return refused(`it lies more than ${MOST_LEVELS} folders deep`);
  if (parts.length === 0 && !isFolder) return refused('it has no name');
  if (!parts.every((part) => (platform === 'win32' ? isSafeName(part) : !part.includes('\0') && Buffer.byteLength(part) <= 255))) return refused('this system takes no such name');
  return { kind: isFolder ? 'folder' : 'file', parts, name };
}

/** As a person reads it. Without a word on the encoding, what is valid UTF-8 is UTF-8: that is what macOS and many programs write. */
export function entryName({ name, utf8, extra }: ZipEntry): string {
  const better = utf8 ? null : unicodePath(name, extra);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(better ?? name);
  } catch {
    return Array.from(name, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? ''))).join('');
  }
}

function unicodePath(name: Buffer, extra: Buffer): Buffer | null {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (extra.readUInt16LE(at) === UNICODE_PATH && field.length > 5 && field[0] === 1 && field.readUInt32LE(1) === crc32(name)) return field.subarray(5);
  }
  return null;
}

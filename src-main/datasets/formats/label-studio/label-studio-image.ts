import { extname } from 'node:path';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';

type Data = Readonly<Record<string, unknown>>;

/** The image of a task. */
export interface TaskImage {
  /** A field of the task's data. */
  readonly field: string;
  /** Other fields that look as much like an image, so that this one was chosen. */
  readonly others: readonly string[];
  /** With forward slashes: as the image was called before it was uploaded. */
  readonly path: string;
  /** The same with what the upload put before the name, where it did. */
  readonly stored: string;
}

/** Names of fields that are images with many projects, best first. */
const USUAL = ['image', 'img', 'picture', 'photo', 'image_url', 'photo_url', 'url', 'ocr', 'captioning'];
const SPEAKING = /image|img|picture|photo|frame|file|path|url/i;
const MOST = 4096;

/**
 * The field of a task's data that is its image: one that results refer to, else the one that looks like an image: a path
 * or address with an image's extension; an address or a path of Label Studio's own without; a text in a field that is
 * called so. Null when there is none: other texts are never taken for a path.
 * @param referred names of the tags (to_name) that the task's shapes are on; fields often have the same name
 */
export function imageOf(data: Data, referred: ReadonlySet<string>): TaskImage | null {
  const fields = Object.keys(data).flatMap((field) => {
    const value = data[field];
    const rank = typeof value === 'string' && value.length <= MOST ? likeness(field, value.trim()) : null;
    return rank === null ? [] : [{ field, rank: referred.has(field) ? -1 : rank }];
  });
  const best = Math.min(...fields.map(({ rank }) => rank));
  const candidates = fields.filter(({ rank }) => rank === best).map(({ field }) => field);
  const field = USUAL.find((name) => candidates.includes(name)) ?? candidates[0];
  if (field === undefined) return null;
  const stored = pathOf(String(data[field]).trim());
  return stored === '' ? null : { field, others: candidates.filter((other) => other !== field), stored, path: stored.replace(UPLOADED, '') };
}

/** Where uploads lie. They get eight hexadecimal digits before their name, so that no two files are the same. */
const UPLOADED = /^(?:.*\/)?upload\/(?:\d+\/)?(?:[0-9a-f]{8}-)?(?=.)/;

function likeness(field: string, value: string): number | null {
  if (value === '') return null;
  const isAddress = /^([a-z][a-z0-9+.-]*:\/\/|\/data\/|\/?upload\/)/i.test(value);
  if (IMAGE_EXTENSIONS.has(extname(pathOf(value)).toLowerCase())) return 0;
  if (isAddress && !/\.[a-z][a-z0-9]{1,4}$/i.test(pathOf(value))) return 1;
  return USUAL.includes(field.toLowerCase()) && !/\s/.test(value) ? 2 : isAddress && SPEAKING.test(field) ? 2 : null;
}

/** The path in an address or a path, with forward slashes. Addresses become paths: nothing is fetched. */
function pathOf(value: string): string {
  const query = /^[^?#]*\?([^#]*)/.exec(value)?.[1];
  if (query !== undefined && /^(\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(value)) {
    const asked = new Map(query.split('&').map((pair) => [pair.replace(/=.*$/, ''), pair.replace(/^[^=]*=?/, '')]));
    const named = asked.get('d') ?? asked.get('filepath');
    if (named !== undefined && named !== '') return decoded(named).replaceAll('\\', '/');
    const stored = asked.get('fileuri');
    if (stored !== undefined) {
      const uri = Buffer.from(decoded(stored), 'base64').toString('utf8');
      if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/./i.test(uri)) return pathOf(uri);
    }
  }
  if (value.startsWith('/data/')) return decoded(value.replace(/[?#].*$/, '').replace(/^\/data\//, ''));
  const address = /^[a-z][a-z0-9+.-]+:\/\/[^/?#]*\/([^?#]+)/i.exec(value)?.[1];
  return address === undefined ? value.replaceAll('\\', '/') : decoded(address);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

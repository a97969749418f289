import { IMAGE_EXTENSIONS } from '../../images/extensions.ts';

/** How a name led to a file other than by the very path that the dataset gives, the surest way first. */
export const WAYS = ['end', 'name', 'decoded', 'case', 'stem', 'upload'] as const;
export type Way = (typeof WAYS)[number];

export interface Named<T> {
  /** With forward slashes. */
  readonly path: string;
  readonly item: T;
  /** Of two that fit equally well, the lower tier wins. */
  readonly tier: number;
}

export type Match<T> =
  | { readonly kind: 'found'; readonly item: T; readonly way: Way }
  /** Several fit equally well. */
  | { readonly kind: 'ambiguous'; readonly items: readonly T[] };

/**
 * Files by their names, to be found under a name that is not quite theirs: with another path before it, URL-encoded, in
 * another case, with another or no extension, or with what an upload put before or behind it (Label Studio, Roboflow).
 */
export class NameIndex<T> {
  readonly #buckets = new Map<string, Named<T>[]>();

  add(named: Named<T>): void {
    const key = loosest(nameOf(named.path));
    const same = this.#buckets.get(key);
    if (same === undefined) this.#buckets.set(key, [named]);
    else same.push(named);
  }

  /** The entries whose names differ from `path`'s least; of those the ones whose folders agree furthest from the end, then those of the lowest tier. */
  find(path: string): Match<T> | null {
    const slashed = path.replaceAll('\\', '/');
    const wanted = nameOf(slashed);
    let best: { rank: number; depth: number; tier: number; found: Named<T>[] } | null = null;
    for (const named of this.#buckets.get(loosest(wanted)) ?? []) {
      const rank = rankOf(nameOf(named.path), wanted);
      if (rank === null) continue;
      const here = { rank, depth: sharedFolders(named.path, slashed), tier: named.tier };
      const order = best === null ? -1 : here.rank - best.rank || best.depth - here.depth || here.tier - best.tier;
      if (best === null || order < 0) best = { ...here, found: [named] };
      else if (order === 0) best.found.push(named);
    }
    const [only] = best?.found ?? [];
    if (best === null || only === undefined) return null;
    if (best.found.length > 1) return { kind: 'ambiguous', items: best.found.map(({ item }) => item) };
    const way = RANKED[best.rank] ?? 'upload';
    return { kind: 'found', item: only.item, way: way === 'name' && best.depth > 0 ? 'end' : way };
  }
}

const RANKED = ['name', 'decoded', 'case', 'stem', 'upload'] as const satisfies readonly Way[];

/** How surely a file's name is the one that is wanted, as an index into RANKED; null when it is not. */
function rankOf(name: string, wanted: string): number | null {
  const [have, want] = [name.normalize('NFC'), wanted.normalize('NFC')];
  if (have === want) return 0;
  const [decodedHave, decodedWant] = [decoded(have), decoded(want)];
  if (decodedHave === decodedWant) return 1;
  const [lowHave, lowWant] = [decodedHave.toLowerCase(), decodedWant.toLowerCase()];
  if (lowHave === lowWant) return 2;
  if (stemOf(lowHave) === stemOf(lowWant)) return 3;
  const [bareHave, bareWant] = [withoutUpload(lowHave), withoutUpload(lowWant)];
  const uploaded = bareHave !== lowHave || bareWant !== lowWant;
  return uploaded && plain(stemOf(bareHave)) === plain(stemOf(bareWant)) ? 4 : null;
}

/** What all names have in common that rankOf can find alike. */
const loosest = (name: string): string => plain(stemOf(withoutUpload(decoded(name.normalize('NFC')).toLowerCase())));

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const KNOWN = new Set([...IMAGE_EXTENSIONS].map((extension) => extension.slice(1)));

/** A name without an image's extension; one that is none belongs to the name. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && KNOWN.has(name.slice(dot + 1).toLowerCase()) ? name.slice(0, dot) : name;
}

/** Label Studio puts eight hexadecimal digits of a UUID and a hyphen before the name of an uploaded file. */
const LABEL_STUDIO = /^[0-9a-f]{8}-(?=.)/;
/** Roboflow makes NAME_EXT.rf.HASH.EXT of NAME.EXT. */
const ROBOFLOW = /^(.+)_([a-z]{3,4})\.rf\.[0-9a-z]{8,}(?:\.[a-z]{3,4})?$/;

function withoutUpload(lower: string): string {
  const roboflow = ROBOFLOW.exec(lower);
  if (roboflow !== null && KNOWN.has(roboflow[2] ?? '')) return `${roboflow[1]}.${roboflow[2]}`;
  return lower.replace(LABEL_STUDIO, '');
}

/** Uploads replace spaces and special characters. */
const plain = (name: string): string => name.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_|_$/g, '');

/** %20 and the like, where all of them are well-formed. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name).normalize('NFC');
  } catch {
    return name;
  }
}

/** How many folders two paths share, counted from the end, before their names. */
function sharedFolders(a: string, b: string): number {
  const [foldersA, foldersB] = [foldersOf(a), foldersOf(b)];
  let shared = 0;
  while (shared < foldersA.length && shared < foldersB.length && foldersA.at(-1 - shared) === foldersB.at(-1 - shared)) shared++;
  return shared;
}

const foldersOf = (path: string): string[] => decoded(path.normalize('NFC')).toLowerCase().split('/').slice(0, -1).filter((part) => part !== '' && part !== '.');

import type { ImageFilter } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { Connection } from './connection.ts';

/** No path holds this character, so that a match never runs over the border between two paths. */
const BORDER = '\0';

/**
 * The images in their order, in memory: ids as numbers, paths as one long string, so that searching 100,000 names
 * is one scan of a few megabytes. Lists come out of SQLite as one joined text each, which costs far less than a row each.
 */
export class ImageIndex {
  private readonly connection: Connection;
  private readonly order: Uint32Array;
  private paths: string | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
    this.order = this.list(`SELECT group_concat(id) FROM (SELECT id FROM images ORDER BY root, sort_key, id)`);
  }

  /** See Images.ids. The name filter is a part of the path, whatever the case. */
  ids({ name, status }: ImageFilter): Uint32Array {
    let ids = this.order;
    if (status === 'problem') ids = this.only(ids, this.list('SELECT group_concat(id) FROM images WHERE problem_code IS NOT NULL'));
    else if (status !== 'all') ids = this.only(ids, this.list('SELECT group_concat(id) FROM images WHERE status = ?', status));
    const needle = fold(name);
    if (needle !== '') ids = this.only(ids, this.named(needle));
    return ids.slice();
  }

  private named(needle: string): Uint32Array {
    this.paths ??= fold(this.connection.value<string | null>(`SELECT group_concat(rel_path, char(0)) FROM (SELECT rel_path FROM images ORDER BY root, sort_key, id)`) ?? '');
    const found: ImageId[] = [];
    if (needle.includes(BORDER)) return Uint32Array.from(found);
    let position = 0;
    let lineEnd = this.paths.indexOf(BORDER);
    for (let at = this.paths.indexOf(needle); at >= 0; at = lineEnd < 0 ? -1 : this.paths.indexOf(needle, lineEnd + 1)) {
      while (lineEnd >= 0 && lineEnd < at) {
        position++;
        lineEnd = this.paths.indexOf(BORDER, lineEnd + 1);
      }
      const id = this.order[position];
      if (id !== undefined) found.push(id);
    }
    return Uint32Array.from(found);
  }

  /** Those of `ids`, in their order, that are in `others`. */
  private only(ids: Uint32Array, others: Uint32Array): Uint32Array {
    const marks = new Uint8Array(1 + others.reduce((a, b) => Math.max(a, b), 0));
    for (const id of others) marks[id] = 1;
    return ids.filter((id) => marks[id] === 1);
  }

  private list(sql: string, ...values: string[]): Uint32Array {
    const text = this.connection.value<string | null>(sql, ...values) ?? '';
    const ids = new Uint32Array(text === '' ? 0 : text.split(',').length);
    let n = 0;
    let id = 0;
    for (let i = 0; i < text.length; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit >= 0 && digit <= 9) {
        id = id * 10 + digit;
      } else {
        ids[n++] = id;
        id = 0;
      }
    }
    if (text !== '') ids[n] = id;
    return ids;
  }
}

/** Names are compared without regard to case and to how accents are composed. */
const fold = (text: string): string => text.normalize('NFC').toLowerCase();

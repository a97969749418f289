import type { ImageFilter } from '../../src-shared/contract/types.ts';
import type { ClassId } from '../../src-shared/domain/schema.ts';
import type { Classes } from './classes.ts';
import type { Connection } from './connection.ts';

/** No path holds this character, so that a match never runs over the border between two paths. */
const BORDER = '\0';

/**
 * The images in their order, in memory: ids as numbers, paths as one long string, so that searching 100,000 names
 * is one scan of a few megabytes. Lists come out of SQLite as one joined text each, which costs far less than a row each.
 */
export class ImageIndex {
  private readonly connection: Connection;
  private readonly classes: Classes;
  private readonly order: Uint32Array;
  private names: { readonly ids: Uint32Array; readonly paths: string } | null = null;

  constructor(connection: Connection, classes: Classes) {
    this.connection = connection;
    this.classes = classes;
    this.order = this.list('SELECT group_concat(id) FROM (SELECT id FROM images ORDER BY root, sort_key, id)');
  }

  /** See Images.ids. The name filter is a part of the path, whatever the case. */
  ids({ name, status, split, instances }: ImageFilter): Uint32Array {
    let ids = this.order;
    if (status === 'problem') ids = this.among(ids, this.list('SELECT group_concat(id) FROM images WHERE problem_code IS NOT NULL'));
    else if (status !== 'all') ids = this.among(ids, this.list('SELECT group_concat(id) FROM images WHERE status = ?', status));
    if (split !== undefined) ids = this.among(ids, this.list('SELECT group_concat(id) FROM images WHERE split IS ?', split.name));
    if (instances !== undefined) ids = this.among(ids, instances === 'empty' ? this.empty() : this.withClass(instances.class));
    const part = fold(name);
    if (part !== '') ids = this.among(ids, this.named(part));
    return ids.slice();
  }

  private withClass(cls: ClassId | null): Uint32Array {
    const stored = [...this.classes.storedAs(cls), ...(cls === null ? [null] : [])];
    const found = stored.map((id) => this.list('SELECT group_concat(image) FROM (SELECT DISTINCT image FROM instances WHERE class IS ? AND live = 1)', id));
    const all = new Uint32Array(found.reduce((sum, ids) => sum + ids.length, 0));
    let end = 0;
    for (const ids of found) {
      all.set(ids, end);
      end += ids.length;
    }
    return all;
  }

  /** Instances that went with their class are still there in the table. */
  private empty(): Uint32Array {
    return this.list(
      'SELECT group_concat(id) FROM images WHERE NOT EXISTS (SELECT 1 FROM instances i WHERE i.image = images.id AND i.live = 1 AND (i.class IS NULL OR i.class NOT IN (SELECT value FROM json_each(?))))',
      JSON.stringify(this.classes.storedAs('gone')),
    );
  }

  private named(part: string): Uint32Array {
    // In the order of the table, which is read far faster than the order of the names.
    this.names ??= {
      ids: this.list('SELECT group_concat(id) FROM (SELECT id FROM images ORDER BY id)'),
      paths: fold(this.connection.value<string | null>('SELECT group_concat(rel_path, char(0)) FROM (SELECT rel_path FROM images ORDER BY id)') ?? ''),
    };
    const { ids, paths } = this.names;
    const found = new Uint32Array(ids.length);
    if (part.includes(BORDER)) return found.subarray(0, 0);
    let count = 0;
    let position = 0;
    let end = paths.indexOf(BORDER);
    for (let at = paths.indexOf(part); at >= 0; at = end < 0 ? -1 : paths.indexOf(part, end + 1)) {
      while (end >= 0 && end < at) {
        position++;
        end = paths.indexOf(BORDER, end + 1);
      }
      found[count++] = ids[position] ?? 0;
    }
    return found.subarray(0, count);
  }

  /** Those of `ids`, in their order, that are in `others`. */
  private among(ids: Uint32Array, others: Uint32Array): Uint32Array {
    let last = 0;
    for (const id of others) if (id > last) last = id;
    const marks = new Uint8Array(last + 1);
    for (const id of others) marks[id] = 1;
    return ids.filter((id) => marks[id] === 1);
  }

  private list(sql: string, ...values: (string | number | null)[]): Uint32Array {
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

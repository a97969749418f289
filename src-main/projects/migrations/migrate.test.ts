import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { migrate, MIGRATIONS, NEWEST_VERSION, TABLES } from './migrate.ts';

const version = (db: Database.Database): unknown => db.pragma('user_version', { simple: true });

/** A database at the version before the n-th migration, with a foreign key switch as the store has it. */
function before(n: number): Database.Database {
  const db = new Database(':memory:');
  migrate(db, MIGRATIONS.slice(0, n - 1));
  return db;
}

test('migrations are numbered one by one, and the newest version is the last', () => {
  expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  expect(NEWEST_VERSION).toBe(MIGRATIONS.at(-1)?.version);
});

test('the list of tables is that of the newest version', () => {
  const db = before(NEWEST_VERSION + 1);
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").pluck().all()).toEqual(TABLES);
});

describe('001 initial', () => {
  test('makes strict tables in an empty file', () => {
    const db = before(2);
    expect(version(db)).toBe(1);
    const tables = db.prepare<[], { name: string; strict: number }>("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all();
    expect(tables.map((table) => table.name)).toEqual(['classes', 'images', 'instances', 'journal', 'meta', 'roots', 'shapes']);
    expect(tables.every((table) => table.strict === 1)).toBe(true);
  });

  test('does nothing in a file that has it', () => {
    const db = before(1);
    migrate(db);
    db.exec("INSERT INTO meta VALUES ('name', 'Cats')");
    migrate(db);
    expect(db.prepare('SELECT value FROM meta').pluck().get()).toBe('Cats');
  });

  test('holds what the schema promises', () => {
    const db = before(1);
    migrate(db);
    db.exec("INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key) VALUES (1, 'a.jpg', 'a.jpg')");
    const insertImage = db.prepare('INSERT INTO images (root, rel_path, sort_key) VALUES (?, ?, ?)');
    expect(() => insertImage.run(1, 'a.jpg', 'a.jpg')).toThrow(/UNIQUE/);
    expect(() => insertImage.run(2, 'b.jpg', 'b.jpg')).toThrow(/FOREIGN KEY/);
    expect(insertImage.run(1, 'A.jpg', 'a.jpg').changes).toBe(1);
    const insertClass = db.prepare('INSERT INTO classes (name, name_key, colour, key, position, fate) VALUES (?, ?, ?, ?, ?, ?)');
    insertClass.run('Cat', 'cat', '#000000', 1, 0, null);
    expect(() => insertClass.run('CAT', 'cat', '#000000', 2, 0, null)).toThrow(/UNIQUE/);
    expect(() => insertClass.run('Dog', 'dog', '#000000', 1, 0, null)).toThrow(/UNIQUE/);
    expect(insertClass.run('Cat', 'cat', '#000000', 1, 0, 'delete').changes).toBe(1);
    expect(() => insertClass.run('Cow', 'cow', '#000000', null, 0, 'move')).toThrow(/CHECK/);
  });
});

describe('002 datasets', () => {
  test('keeps what is in a file of the version before', () => {
    const db = before(2);
    db.exec(`INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key) VALUES (1, 'a.jpg', 'a.jpg');
      INSERT INTO instances (image, live, area, box_x, box_y, box_width, box_height, z) VALUES (1, 1, 4, 0, 0, 2, 2, 1); INSERT INTO shapes VALUES (1, 'box', x'00', '{}')`);
    migrate(db);
    expect(version(db)).toBe(NEWEST_VERSION);
    expect(db.prepare('SELECT rel_path, split, extras FROM images').all()).toEqual([{ rel_path: 'a.jpg', split: null, extras: null }]);
    expect(db.prepare('SELECT instance, kind, extras FROM shapes').all()).toEqual([{ instance: 1, kind: 'box', extras: null }]);
  });

  test('a proposal goes with its instance', () => {
    const db = before(3);
    db.exec(`INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key) VALUES (1, 'a.jpg', 'a.jpg');
      INSERT INTO instances (image, live, area, box_x, box_y, box_width, box_height, z) VALUES (1, 0, 4, 0, 0, 2, 2, 1); INSERT INTO proposals VALUES (1, x'00', '{}', 0.5)`);
    db.exec('DELETE FROM instances');
    expect(db.prepare('SELECT count(*) FROM proposals').pluck().get()).toBe(0);
  });
});

describe('003 fingerprints', () => {
  test('keeps what is in a file of the version before, and a fingerprint goes with its image', () => {
    const db = before(3);
    db.exec("INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key, split) VALUES (1, 'a.jpg', 'a.jpg', 'train')");
    migrate(db, MIGRATIONS.slice(0, 3));
    expect(version(db)).toBe(3);
    expect(db.prepare('SELECT rel_path, split FROM images').all()).toEqual([{ rel_path: 'a.jpg', split: 'train' }]);
    db.exec("INSERT INTO fingerprints VALUES (1, 10, 20, 1, x'00'); DELETE FROM images");
    expect(db.prepare('SELECT count(*) FROM fingerprints').pluck().get()).toBe(0);
  });
});

describe('004 snapshots', () => {
  test('keeps what is in a file of the version before; a name is taken only by what is complete', () => {
    const db = before(4);
    db.exec("INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key, split) VALUES (1, 'a.jpg', 'a.jpg', 'train')");
    migrate(db, MIGRATIONS.slice(0, 4));
    expect(version(db)).toBe(4);
    expect(db.prepare('SELECT rel_path, split FROM images').all()).toEqual([{ rel_path: 'a.jpg', split: 'train' }]);
    db.exec("INSERT INTO snapshot_records VALUES (1, x'aa', x'00')");
    const insert = db.prepare("INSERT INTO snapshots (name, name_key, note, at_ms, complete, hash, head, images, done, instances) VALUES ('First', 'first', '', 0, ?, x'00', 1, 1, 0, 0)");
    insert.run(1);
    expect(() => insert.run(1)).toThrow(/UNIQUE/);
    expect(insert.run(0).changes).toBe(1);
    expect(() => db.exec("INSERT INTO snapshots (name, name_key, note, at_ms, complete) VALUES ('x', 'x', '', 0, 1)")).toThrow(/CHECK/);
    expect(() => db.exec("INSERT INTO snapshot_records VALUES (2, x'aa', x'01')")).toThrow(/UNIQUE/);
  });
});

describe('006 class names', () => {
  test('classes of the version before keep their names, and others may differ from them in case', () => {
    const db = before(6);
    db.exec("INSERT INTO classes (name, name_key, colour, position) VALUES ('Cat', 'cat', '#000000', 0)");
    migrate(db, MIGRATIONS.slice(0, 6));
    expect(version(db)).toBe(6);
    expect(db.prepare('SELECT name, name_key FROM classes').all()).toEqual([{ name: 'Cat', name_key: 'Cat' }]);
    const insert = db.prepare("INSERT INTO classes (name, name_key, colour, position) VALUES (?, ?, '#000000', 1)");
    insert.run('cat', 'cat');
    expect(() => insert.run('Cat', 'Cat')).toThrow(/UNIQUE/);
  });
});

const next = (sql: string) => [...MIGRATIONS, { version: NEWEST_VERSION + 1, sql }];
const rows = (db: Database.Database) => db.prepare('SELECT * FROM images').all();

function withAnImage(): Database.Database {
  const db = before(NEWEST_VERSION + 1);
  db.exec("INSERT INTO roots (path, beside) VALUES ('', 1); INSERT INTO images (root, rel_path, sort_key) VALUES (1, 'a.jpg', 'a.jpg')");
  return db;
}

describe('a migration that fails', () => {
  test('in the middle is rolled back as a whole, and can be tried again', () => {
    const db = withAnImage();
    const was = rows(db);
    expect(() => migrate(db, next("UPDATE images SET rel_path = 'b.jpg'; SELECT no_such_function()"))).toThrow();
    expect(version(db)).toBe(NEWEST_VERSION);
    expect(rows(db)).toEqual(was);
    migrate(db, next('ALTER TABLE images ADD COLUMN note TEXT'));
    expect(version(db)).toBe(NEWEST_VERSION + 1);
    expect(rows(db)).toEqual(was.map((row) => ({ ...(row as object), note: null })));
  });

  test('because it breaks a reference is rolled back, and references are enforced afterwards', () => {
    const db = withAnImage();
    expect(() => migrate(db, next('DELETE FROM roots'))).toThrow(/1 rows without what they refer to/);
    expect(version(db)).toBe(NEWEST_VERSION);
    expect(() => db.exec('DELETE FROM roots')).toThrow(/FOREIGN KEY/);
  });
});

import type { Migration } from './migration.ts';

export const snapshots: Migration = {
  version: 4,
  sql: `
-- What snapshots hold: MessagePack of projects/snapshots/records.ts, each stored once however many snapshots have it. hash: sha256 of bytes.
CREATE TABLE snapshot_records (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL
) STRICT;

-- complete = 0: being made or being deleted; it counts as not there, and the next snapshot that is made or deleted clears it away.
-- head: the record of classes, folders and the data set's own fields. hash: sha256 of all that it holds.
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
  hash BLOB,
  head INTEGER REFERENCES snapshot_records (id),
  images INTEGER,
  done INTEGER,
  instances INTEGER,
  CHECK (complete = 0 OR (hash IS NOT NULL AND head IS NOT NULL AND images IS NOT NULL AND done IS NOT NULL AND instances IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX snapshots_by_name ON snapshots (name_key) WHERE complete = 1;

-- record: of snapshot_records; declared as no reference, because checking one would need an index as large as the table.
CREATE TABLE snapshot_images (
  snapshot INTEGER NOT NULL REFERENCES snapshots (id),
  image INTEGER NOT NULL,
  record INTEGER NOT NULL,
  done INTEGER NOT NULL CHECK (done IN (0, 1)),
  instances INTEGER NOT NULL,
  PRIMARY KEY (snapshot, image)
) STRICT, WITHOUT ROWID;
`,
};

import type { Migration } from './migration.ts';

export const initial: Migration = {
  version: 1,
  sql: `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- beside = 1: path is relative to the project file, with forward slashes ('' is its own folder); 0: absolute.
CREATE TABLE roots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL,
  beside INTEGER NOT NULL CHECK (beside IN (0, 1)),
  UNIQUE (path, beside)
) STRICT;

-- rel_path: exactly as the file system spells it, with forward slashes. sort_key: natural order (natural-order.ts).
-- width and height are after orientation; NULL until the file has been looked at.
CREATE TABLE images (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root INTEGER NOT NULL REFERENCES roots (id),
  rel_path TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  bytes INTEGER,
  mtime_ms REAL,
  content_hash TEXT,
  pixel_hash TEXT,
  width INTEGER,
  height INTEGER,
  orientation INTEGER,
  format TEXT,
  status TEXT NOT NULL DEFAULT 'todo' CHECK (status IN ('todo', 'in-progress', 'done')),
  problem_code TEXT,
  problem_message TEXT,
  UNIQUE (root, rel_path)
) STRICT;
CREATE INDEX images_by_order ON images (root, sort_key);
CREATE INDEX images_by_status ON images (status);
CREATE INDEX images_with_problem ON images (id) WHERE problem_code IS NOT NULL;
CREATE INDEX images_unprobed ON images (id) WHERE width IS NULL AND problem_code IS NULL;

-- A removed class keeps its row: fate says what became of its instances, so that removing one is one row, however many they are.
-- 'undone': undo took back that the class was added; instances that were undone before it still refer to it.
CREATE TABLE classes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  colour TEXT NOT NULL,
  key INTEGER CHECK (key BETWEEN 1 AND 9),
  position INTEGER NOT NULL,
  fate TEXT CHECK (fate IN ('delete', 'unlabel', 'move', 'undone')),
  moved_to INTEGER REFERENCES classes (id),
  CHECK ((fate IS 'move') = (moved_to IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX classes_by_name ON classes (name_key) WHERE fate IS NULL;
CREATE UNIQUE INDEX classes_by_key ON classes (key) WHERE fate IS NULL AND key IS NOT NULL;

-- live = 0: removed, or added by a step that was undone; the journal may bring it back.
-- Shapes lie in a table of their own, so that a step over many instances does not rewrite them.
CREATE TABLE instances (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image INTEGER NOT NULL REFERENCES images (id),
  class INTEGER REFERENCES classes (id),
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  area REAL NOT NULL,
  box_x REAL NOT NULL,
  box_y REAL NOT NULL,
  box_width REAL NOT NULL,
  box_height REAL NOT NULL,
  z INTEGER NOT NULL
) STRICT;
CREATE INDEX instances_by_image ON instances (image, live, class);
CREATE INDEX instances_by_class ON instances (class, live, image);

-- shape: MessagePack of domain/schema.ts Shape. provenance: JSON of Provenance.
CREATE TABLE shapes (
  instance INTEGER PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('mask', 'polygon', 'box')),
  shape BLOB NOT NULL,
  provenance TEXT NOT NULL
) STRICT;

-- One row per step of undo. edits: MessagePack of a list of domain/edits.ts Edit. The undone steps are the newest ones.
CREATE TABLE journal (
  step INTEGER PRIMARY KEY AUTOINCREMENT,
  label TEXT NOT NULL,
  edits BLOB NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_undone ON journal (step) WHERE undone = 1;
`,
};

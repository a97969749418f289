import type { Migration } from './migration.ts';

export const fingerprints: Migration = {
  version: 3,
  sql: `
-- What a picture looks like (datasets/fingerprint.ts), for finding near-duplicates. bytes and mtime_ms: of the file that was looked at;
-- version: of the way of making them. Where one of these is another today, the picture is looked at again.
CREATE TABLE fingerprints (
  image INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
  bytes INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  fingerprint BLOB NOT NULL
) STRICT;
`,
};

import type { Migration } from './migration.ts';

export const doneWork: Migration = {
  version: 5,
  sql: `
-- Work that another process wrote into the project, noted in the transaction of its effect: whoever is about to repeat it looks
-- here first. id: chosen by whoever asked for it. result: JSON, what the work answered. The newest few are kept (projects/done-work.ts).
CREATE TABLE done_work (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  result TEXT NOT NULL
) STRICT;
`,
};

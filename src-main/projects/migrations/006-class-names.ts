import type { Migration } from './migration.ts';

export const classNames: Migration = {
  version: 6,
  sql: `
-- Class names that differ in case are different names: datasets have "Animal" beside "animal".
UPDATE classes SET name_key = trim(name);
`,
};

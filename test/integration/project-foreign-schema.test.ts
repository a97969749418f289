import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { TABLES } from '../../src-main/projects/migrations/migrate.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

/** A closed project with 10 objects, changed by another program. */
async function changed(folder: string, sql: string): Promise<string> {
  const store = smallProject(folder, 2);
  store.edit('Draw', Array.from({ length: 10 }, () => addBox(1, null)));
  await store.close();
  const db = new Database(store.path);
  db.pragma('foreign_keys = OFF');
  db.exec(sql);
  db.close();
  return store.path;
}

test('a trigger of another program never runs: the project opens for reading only, says why and names it', async () => {
  using folder = temporaryFolder();
  const path = await changed(folder.path, 'CREATE TRIGGER sneaky AFTER INSERT ON instances BEGIN DELETE FROM instances; END');
  const bytes = readFileSync(path);
  const store = ProjectStore.open(path);
  expect(store.readOnly).toMatchObject({ code: 'project-read-only', message: expect.stringContaining('"sneaky"') });
  expect(() => store.edit('Draw', [addBox(1, null)])).toThrow(expect.objectContaining({ code: 'project-read-only' }));
  expect(store.instances(1)).toHaveLength(10);
  await store.close();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test('a view or a table that Maskwright does not know changes nothing', async () => {
  using folder = temporaryFolder();
  const path = await changed(folder.path, 'CREATE VIEW counted AS SELECT count(*) FROM instances; CREATE TABLE notes (a)');
  const store = ProjectStore.open(path);
  expect(store.readOnly).toBeNull();
  store.edit('Draw', [addBox(1, null)]);
  expect(store.instances(1)).toHaveLength(11);
  await store.close();
});

test.each(TABLES)('a project without its table %s is named as damaged and left as it is', async (table) => {
  using folder = temporaryFolder();
  const path = await changed(folder.path, `DROP TABLE ${table}`);
  const bytes = readFileSync(path);
  let said: unknown;
  try {
    const store = ProjectStore.open(path);
    said = store.readOnly;
    expect(store.instances(1)).toHaveLength(10);
    await store.close();
  } catch (error) {
    said = error;
  }
  expect(said).toMatchObject({ code: 'project-damaged', item: path, message: expect.stringMatching(new RegExp(`small\\.mwproj.*${table}`)) });
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test('a view in the place of a table is not written through', async () => {
  using folder = temporaryFolder();
  const path = await changed(folder.path, 'DROP TABLE fingerprints; CREATE VIEW fingerprints AS SELECT 1 AS image');
  const store = ProjectStore.open(path);
  expect(store.readOnly).toMatchObject({ code: 'project-damaged', message: expect.stringContaining('fingerprints') });
  await store.close();
});

test('a column that is missing is named when it is needed, and the project turns read-only', async () => {
  using folder = temporaryFolder();
  const path = await changed(folder.path, 'ALTER TABLE journal RENAME COLUMN edits TO changes');
  const store = ProjectStore.open(path);
  expect(() => store.undo()).toThrow(expect.objectContaining({ code: 'project-damaged' }));
  expect(store.readOnly?.code).toBe('project-damaged');
  await store.close();
});

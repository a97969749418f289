import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { APPLICATION_ID, migrate, MIGRATIONS } from '../../src-main/projects/migrations/migrate.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

const MIGRATER = fileURLToPath(new URL('../fixtures/project-migrater.ts', import.meta.url));
const BALLAST_BYTES = 20_000_000;

/** A project of the first version, with enough in it that copying it takes a while. */
function oldProject(path: string): void {
  const db = new Database(path);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma('synchronous = OFF');
  migrate(db, MIGRATIONS.slice(0, 1));
  db.exec('CREATE TABLE ballast (a)');
  db.prepare('INSERT INTO ballast VALUES (zeroblob(?))').run(BALLAST_BYTES);
  db.pragma('journal_mode = WAL');
  db.close();
}

const backups = (folder: string): string[] => readdirSync(folder).filter((name) => /^old\.backup-\d{8}-\d{6}(-\d+)?\.mwproj$/.test(name));

test('a program killed at any moment of bringing an old project up to date leaves no incomplete backup under its proper name, and the next one clears away', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'old.mwproj');
  for (let round = 0; round < 5; round++) {
    using aside = temporaryFolder();
    oldProject(join(aside.path, 'new.mwproj'));
    renameSync(join(aside.path, 'new.mwproj'), path);
    const child = spawn(process.execPath, [MIGRATER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // The copy has been begun; the later rounds let it go on for a while.
    await expect.poll(() => readdirSync(folder.path).some((name) => name.includes('.backup-')), { timeout: 20_000, interval: 1 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, round * 10));
    child.kill('SIGKILL');
    await once(child, 'close');

    for (const name of backups(folder.path)) {
      const db = new Database(join(folder.path, name), { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.prepare('SELECT length(a) FROM ballast').pluck().get()).toBe(BALLAST_BYTES);
      db.close();
    }
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.mwproj-journal'))).toEqual([]);
    const store = ProjectStore.open(path);
    expect(store.readOnly).toBeNull();
    await store.close();
    expect(readdirSync(folder.path).filter((name) => name !== 'old.mwproj' && !backups(folder.path).includes(name))).toEqual([]);
  }
}, 60_000);

test('making a backup removes what a killed program left of one, and lets one in the making be', async () => {
  using folder = temporaryFolder();
  const store = smallProject(folder.path, 2);
  store.edit('Draw', [addBox(1, null)]);
  const leftovers = ['small.backup-20260101-101010.mwproj.part', 'small.backup-20260101-101010.mwproj.part-journal'];
  const kept = ['small.backup-20260102-101010.mwproj.part', 'small.backup-20260102-101010.mwproj', 'small.backup-notes.part', 'other.backup-20260101-101010.mwproj.part'];
  for (const name of [...leftovers, ...kept]) writeFileSync(join(folder.path, name), '');
  for (const name of [...leftovers, ...kept.slice(1)]) utimesSync(join(folder.path, name), 1_700_000_000, 1_700_000_000);
  const copy = await store.backup();
  await store.close();
  const there = readdirSync(folder.path);
  for (const name of leftovers) expect(there).not.toContain(name);
  for (const name of kept) expect(there).toContain(name);
  const again = ProjectStore.open(copy);
  expect(again.instances(1)).toHaveLength(1);
  await again.close();
});

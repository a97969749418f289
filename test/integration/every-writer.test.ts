import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as Now from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type * as Later from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Timers from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { JsonFile } from '../../src-main/core/json-file.ts';
import { lastLogLines, openLog } from '../../src-main/core/log.ts';
import { openSampleFile } from '../../src-main/core/sample.ts';
import { UnfinishedJobs } from '../../src-main/core/unfinished-jobs.ts';
import { writeWhole } from '../../src-main/datasets/atomic-file.ts';
import { writeFolder } from '../../src-main/datasets/atomic-folder.ts';
import { exportDataset } from '../../src-main/datasets/export-dataset.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { checkedOptions } from '../../src-main/datasets/formats/parts/describe-options.ts';
import { manifestBeside } from '../../src-main/datasets/manifest.ts';
import type { Origin } from '../../src-main/datasets/manifest.ts';
import { ModelFindings } from '../../src-main/engines/model-findings.ts';
import { recoverLeftovers } from '../../src-main/files/work-names.ts';
import { ModelEntry } from '../../src-main/models/catalogue.ts';
import { discardDownload } from '../../src-main/models/download/download-model.ts';
import { PartialFile } from '../../src-main/models/download/partial-file.ts';
import { installImport } from '../../src-main/models/import/unfinished-import.ts';
import { ENTRY_FILE, readUserModel } from '../../src-main/models/user-models.ts';
import { explainInstall } from '../../src-main/models/install-folder.ts';
import { ModelLibrary } from '../../src-main/models/library.ts';
import { prepareModel } from '../../src-main/models/prepare-model.ts';
import { backupBeside, copyContent } from '../../src-main/projects/backup.ts';
import { Connection } from '../../src-main/projects/connection.ts';
import { createProjectFile } from '../../src-main/projects/create-project.ts';
import { checkLog } from '../../src-main/projects/file/check-log.ts';
import { moveUnpacked } from '../../src-main/projects/import/keep-unpacked.ts';
import { DiskCache } from '../../src-main/sam/disk-cache.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { disk } from '../fixtures/failing-disk.ts';
import type { Refusal } from '../fixtures/failing-disk.ts';
import { MemorySource } from '../helpers/dataset-source.ts';

vi.mock('node:fs', async (original) => (await import('../fixtures/failing-disk.ts')).failingNow(await original<typeof Now>()));
vi.mock('node:fs/promises', async (original) => (await import('../fixtures/failing-disk.ts')).failingLater(await original<typeof Later>()));
// The patience that Windows needs takes no time here.
vi.mock('node:timers/promises', async (original) => ({ ...(await original<typeof Timers>()), setTimeout: () => Promise.resolve() }));

/** Something of the program's that writes, and what a person finds before and after. */
interface Writer {
  readonly name: string;
  prepare(folder: string): unknown;
  write(folder: string): unknown;
  /** What is there for a person, in a word. */
  read(folder: string): string | Promise<string>;
  readonly old: string;
  readonly next: string;
  /** What else may be there when only a part could be done, which the error says. */
  readonly between?: string;
  /** Of this nobody needs to hear when it fails. */
  readonly quiet?: true;
  /** Fewer ways to fail are tried. */
  readonly slow?: true;
  /** What the next start, or the next piece of the same work, does first. */
  heal?(folder: string): Promise<unknown>;
}

const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : 'nothing');
const signal = new AbortController().signal;
const shipped = join(import.meta.dirname, '../../models');

const modelOf = (source: string): ModelEntry => ModelEntry.parse({ id: 'mine', name: 'Mine', family: 'sam', inputSize: 1024, folder: 'mine', files: [], licence: 'MIT', source });
function putModel(folder: string): void {
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine', ENTRY_FILE), JSON.stringify(modelOf('old')));
  writeFileSync(join(folder, 'mine', 'weights'), 'old');
}
async function modelIn(folder: string): Promise<string> {
  const model = await readUserModel(folder, 'mine').catch(() => null);
  return model === null ? 'nothing' : `${model.entry.source} ${text(join(model.folder, 'weights'))}`;
}
const openLibrary = (folder: string): Promise<ModelLibrary> => ModelLibrary.open({ shipped, user: folder });

/** 'whole' for projects that can be read, all of them. */
function projectsIn(folder: string, but: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith('.mwproj') && !name.startsWith('.') && name !== but);
  for (const name of names) {
    const connection = Connection.readOnly(join(folder, name));
    expect(connection.value("SELECT value FROM meta WHERE key = 'name'")).toBe('Birds');
    connection.close();
  }
  return names.length === 0 ? 'nothing' : 'whole';
}

const birds = new MemorySource().class(1, 'bird').image(1, 'a.jpg', 8, 8);
const origin: Origin = { program: 'test', project: 'Birds', snapshot: null, content: null };
const none = (): Promise<never> => Promise.reject(new Error('COCO needs no pixels'));
const exportBirds = (folder: string, of?: Origin): Promise<unknown> =>
  exportDataset(birds, coco, { out: join(folder, 'a.json'), images: 'all', options: checkedOptions(coco, {}), overwrite: true, ...(of === undefined ? {} : { origin: of }) }, { signal, progress: () => undefined, problem: () => undefined, pixels: none, jpeg: none });
const manifestIn = (folder: string): string => text(manifestBeside(join(folder, 'a.json')));
const isNew = (found: string): string => (found === 'old' || found === 'nothing' ? found : 'new');
function putExport(folder: string): void {
  writeFileSync(join(folder, 'a.json'), 'old');
  writeFileSync(manifestBeside(join(folder, 'a.json')), 'old');
}
const exportIn = (folder: string): string => `${isNew(text(join(folder, 'a.json')))} ${isNew(manifestIn(folder))}`;

const settings = (folder: string): JsonFile<z.ZodString> => new JsonFile(join(folder, 'settings.json'), z.string(), () => 'nothing');
const jobs = (folder: string): UnfinishedJobs => new UnfinishedJobs(folder, () => '/birds.mwproj', () => undefined);
const callOf = (folder: string, title: string): void => jobs(folder).called('export.start', { project: 'birds' }, { job: title }, () => title);
const findings = (folder: string): ModelFindings => new ModelFindings(join(folder, 'findings', 'a.json'));
const loaded = (provider: string): Parameters<ModelFindings['setLoaded']>[0] => ({ limits: { multimask: true, backgroundPoints: true, box: true, maskInput: true, maxPoints: null }, provider, encoderMs: 1, decoderMs: 1 });

const WRITERS: readonly Writer[] = [
  {
    name: 'a file', old: 'old', next: 'new',
    prepare: (folder) => writeFileSync(join(folder, 'a.txt'), 'old'),
    write: (folder) => writeWhole(join(folder, 'a.txt'), true, (sink) => sink.write('new')),
    read: (folder) => text(join(folder, 'a.txt')),
  },
  {
    name: 'an exported folder', old: 'old nothing', next: 'nothing new',
    prepare: (folder) => {
      mkdirSync(join(folder, 'out'));
      writeFileSync(join(folder, 'out', 'old.txt'), 'old');
    },
    write: (folder) => writeFolder(join(folder, 'out'), true, (out) => out.write('labels/new.txt', (sink) => sink.write('new'))),
    read: (folder) => `${text(join(folder, 'out', 'old.txt'))} ${text(join(folder, 'out', 'labels', 'new.txt'))}`,
    heal: (folder) => recoverLeftovers(join(folder, 'out')),
  },
  { name: 'an export with a manifest', old: 'old old', next: 'new new', between: 'new old', prepare: putExport, write: (folder) => exportBirds(folder, origin), read: exportIn },
  { name: 'an export in place of one with a manifest', old: 'old old', next: 'new nothing', between: 'new old', prepare: putExport, write: (folder) => exportBirds(folder), read: exportIn },
  {
    name: 'settings', old: 'old', next: 'new',
    prepare: (folder) => writeFileSync(join(folder, 'settings.json'), '"old"'),
    write: (folder) => settings(folder).write('new'),
    read: (folder) => settings(folder).read(),
  },
  {
    name: 'a model in place of another', old: 'old old', next: 'new new',
    prepare: putModel,
    write: (folder) =>
      installImport('mine.pt', folder, signal, async (made) => {
        await writeFile(join(made, 'weights'), 'new');
        return modelOf('new');
      }),
    read: modelIn,
    heal: openLibrary,
  },
  { name: 'how images are prepared for a model', old: 'sam', next: 'medsam', prepare: putModel, write: (folder) => prepareModel(folder, 'mine', 'medsam'), read: async (folder) => (await readUserModel(folder, 'mine')).entry.preparation },
  { name: 'the removal of a model', old: 'old old', next: 'nothing', prepare: putModel, write: async (folder) => (await openLibrary(folder)).remove('mine'), read: modelIn },
  {
    name: 'a file of a download', old: 'nothing', next: 'whole',
    prepare: () => undefined,
    write: async (folder) => {
      try {
        await using file = await PartialFile.open(folder, 'a.onnx', signal);
        await file.continueFrom({ url: 'https://example.org/a.onnx', validator: null });
        await file.append(Buffer.from('whole'));
        await file.finish();
      } catch (error) {
        throw explainInstall(error, 'Mine', 'mine', folder);
      }
    },
    read: (folder) => text(join(folder, 'a.onnx')),
  },
  {
    name: 'throwing away what arrived of a download', old: 'part', next: 'nothing',
    prepare: (folder) => {
      mkdirSync(join(folder, '.downloading-mine'));
      writeFileSync(join(folder, '.downloading-mine', 'a.part'), 'part');
    },
    write: (folder) => discardDownload('mine', folder),
    read: (folder) => text(join(folder, '.downloading-mine', 'a.part')),
  },
  {
    name: 'an entry of the cache', old: 'old', next: 'new',
    prepare: (folder) => new DiskCache(folder, 1e6).put('a', Buffer.from('old')),
    write: (folder) => new DiskCache(folder, 1e6).put('a', Buffer.from('new')),
    read: async (folder) => Buffer.from((await new DiskCache(folder, 1e6).get('a')) ?? []).toString(),
  },
  { name: 'a new project', old: 'nothing', next: 'whole', prepare: () => undefined, write: (folder) => createProjectFile(join(folder, 'a.mwproj'), 'Birds'), read: (folder) => projectsIn(folder, '') },
  {
    name: 'a backup', old: 'nothing', next: 'whole',
    prepare: (folder) => createProjectFile(join(folder, 'a.mwproj'), 'Birds'),
    write: async (folder) => {
      const connection = Connection.readOnly(join(folder, 'a.mwproj'));
      await backupBeside(connection, join(folder, 'a.mwproj')).finally(() => connection.close());
    },
    read: (folder) => projectsIn(folder, 'a.mwproj'),
  },
  {
    name: 'a project kept under another name', old: 'nothing', next: 'whole',
    prepare: (folder) => createProjectFile(join(folder, 'a.mwproj'), 'Birds'),
    write: (folder) => {
      const connection = Connection.writable(join(folder, 'a.mwproj'));
      try {
        copyContent(connection, join(folder, 'b.mwproj'));
      } finally {
        connection.close();
      }
    },
    read: (folder) => projectsIn(folder, 'a.mwproj'),
  },
  {
    name: 'an archive’s content where it stays', old: 'new nothing', next: 'nothing new',
    prepare: (folder) => {
      mkdirSync(join(folder, 'unpacked'));
      writeFileSync(join(folder, 'unpacked', 'a.txt'), 'new');
    },
    write: (folder) => moveUnpacked(join(folder, 'unpacked'), join(folder, 'birds')),
    read: (folder) => `${text(join(folder, 'unpacked', 'a.txt'))} ${text(join(folder, 'birds', 'a.txt'))}`,
  },
  {
    name: 'another copy’s log that is set aside', old: 'log nothing', next: 'nothing log',
    prepare: (folder) => {
      writeFileSync(join(folder, 'a.mwproj-wal'), 'log');
      writeFileSync(join(folder, 'a.mwproj.count'), JSON.stringify({ cookies: [1], changes: 0 }));
    },
    write: (folder) => checkLog(join(folder, 'a.mwproj'), 2, false),
    read: (folder) => `${text(join(folder, 'a.mwproj-wal'))} ${text(join(folder, readdirSync(folder).find((name) => /^a\.log-.*-wal$/.test(name)) ?? 'none'))}`,
  },
  {
    name: 'the lines of the log', quiet: true, old: 'first second', next: 'first second',
    prepare: () => undefined,
    write: (folder) => {
      const log = openLog(folder, 1);
      for (const line of ['first', 'second']) log(line);
    },
    read: (folder) => lastLogLines(folder, 10).map((line) => line.slice(line.lastIndexOf(' ') + 1)).join(' '),
  },
  {
    name: 'the sample project', slow: true, old: 'nothing', next: 'whole',
    prepare: (folder) => {
      mkdirSync(join(folder, 'program'));
      writeFileSync(join(folder, 'program', 'sample.json'), JSON.stringify({ name: 'Birds', classes: [{ name: 'bird' }], images: ['a.jpg'] }));
      writeFileSync(join(folder, 'program', 'a.jpg'), 'picture');
    },
    write: (folder) => openSampleFile(join(folder, 'program'), folder),
    read: (folder) => (existsSync(join(folder, 'sample')) ? projectsIn(join(folder, 'sample'), '') : 'nothing'),
  },
  {
    name: 'what was found out about a model', quiet: true, old: 'cpu', next: 'cuda',
    prepare: (folder) => findings(folder).setLoaded(loaded('cpu')),
    write: (folder) => findings(folder).setLoaded(loaded('cuda')),
    read: async (folder) => (await findings(folder).loaded())?.provider ?? 'nothing',
  },
  {
    name: 'unfinished jobs', quiet: true, old: 'old', next: 'new',
    prepare: (folder) => callOf(folder, 'old'),
    write: (folder) => callOf(folder, 'new'),
    read: (folder) => jobs(folder).take('/birds.mwproj')[0]?.title ?? 'nothing',
  },
];

const root = mkdtempSync(join(tmpdir(), 'maskwright-writers-'));
const platform = process.platform;
beforeAll(() => {
  vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  disk.refuse(null);
  Object.defineProperty(process, 'platform', { value: platform });
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** Has it write once for each change that it asks of the disk, which refuses that one, and shows `then` what came of it. */
async function refuseEach(writer: Writer, refusal: Omit<Refusal, 'nth'>, windows: boolean, then: (folder: string, error: unknown, nth: number) => Promise<void>): Promise<void> {
  for (let nth = 1; ; nth++) {
    const folder = mkdtempSync(join(root, 'w-'));
    await writer.prepare(folder);
    disk.refuse({ ...refusal, nth });
    if (windows) Object.defineProperty(process, 'platform', { value: 'win32' });
    let error: unknown = null;
    try {
      await writer.write(folder);
    } catch (thrown) {
      error = thrown;
    }
    const { hasRefused } = disk;
    disk.refuse(null);
    Object.defineProperty(process, 'platform', { value: platform });
    await then(folder, error, nth);
    if (hasRefused) continue;
    // Nothing was in its way.
    expect(error).toBeNull();
    if (!refusal.moves) expect(nth).toBeGreaterThan(1);
    return;
  }
}

async function expectOldOrNew(writer: Writer, folder: string, error: unknown, nth: number): Promise<void> {
  await writer.heal?.(folder);
  const found = await writer.read(folder);
  expect([writer.old, writer.next, ...(error === null || writer.between === undefined ? [] : [writer.between])], `change ${nth}`).toContain(found);
  if (error === null && writer.quiet === undefined) expect(found, `change ${nth}`).toBe(writer.next);
  if (error !== null) expectSentence(error, nth);
}

function expectSentence(error: unknown, nth: number): void {
  const { code, message } = toProblem(error);
  expect(code, `change ${nth}: ${message}`).not.toBe('internal');
  expect(message).toMatch(/^(?!E[A-Z]+: ).* .*\.$/su);
}

const QUICK = WRITERS.filter(({ slow }) => slow === undefined);

test.each([...WRITERS.map((writer) => ({ writer, code: 'EPERM' })), ...QUICK.map((writer) => ({ writer, code: 'ENOSPC' }))])('$writer.name is the old or the new as a whole when one change is refused with $code, and a sentence says so', async ({ writer, code }) => {
  await refuseEach(writer, { code, lasts: 'once', moves: false }, false, (...came) => expectOldOrNew(writer, ...came));
});

test.each(QUICK)('$name is the old or the new as a whole when everything is refused from some change on', async (writer) => {
  await refuseEach(writer, { code: 'EPERM', lasts: 'all', moves: false }, true, (...came) => expectOldOrNew(writer, ...came));
});

test.each(WRITERS)('$name is the new one on Windows when a virus scanner has a file open for a moment', async (writer) => {
  await refuseEach(writer, { code: 'EBUSY', lasts: 3, moves: true }, true, async (folder, error) => {
    expect(error).toBeNull();
    expect(await writer.read(folder)).toBe(writer.next);
  });
});

test.each(QUICK)('$name is said to be open in another program on Windows when that does not let go', async (writer) => {
  await refuseEach(writer, { code: 'EPERM', lasts: 'held', moves: true }, true, async (folder, error, nth) => {
    await expectOldOrNew(writer, folder, error, nth);
    if (error !== null) expect(toProblem(error).message).toMatch(/another program has|other programs that have it open|could not be removed\. Delete it\.$/u);
  });
});

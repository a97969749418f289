import Database from 'better-sqlite3';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FolderWriter } from '../../src-main/datasets/atomic-folder.ts';
import { exportDataset, isFolder } from '../../src-main/datasets/export-dataset.ts';
import { checkedOptions } from '../../src-main/datasets/formats/parts/describe-options.ts';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { formatById, FORMATS as FORMAT_LIST, recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { compareDatasets } from '../../src-main/datasets/difference/compare-datasets.ts';
import type { DatasetSource } from '../../src-main/datasets/source.ts';
import { Restored } from '../../src-main/engines/datasets-snapshots-api.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { clearUnfinished } from '../../src-main/projects/snapshots/clear-unfinished.ts';
import { restoreSnapshot } from '../../src-main/projects/snapshots/restore-snapshot.ts';
import { takeSnapshot } from '../../src-main/projects/snapshots/take-snapshot.ts';
import { writingBeside } from '../../src-main/projects/snapshots/writing-beside.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { addBox, byHand, smallProject, SMALL_HEIGHT, SMALL_WIDTH, temporaryFolder } from '../fixtures/small-project.ts';
import { readWith, textsIn } from '../helpers/formats.ts';
import { scenes } from '../helpers/random-scene.ts';

const { signal } = new AbortController();
const run = { signal, progress: () => undefined };
const noPixels = (): Promise<never> => Promise.reject(new Error('these formats need no pixels'));
const exportRun = { ...run, problem: () => undefined, pixels: noPixels, jpeg: noPixels };

const take = async (store: ProjectStore, name: string, note = ''): Promise<number> => (await takeSnapshot({ project: store.path, work: randomUUID(), name, note, at: 1_700_000_000_000 }, run)).snapshot;

const FORMATS = [['coco', {}], ['yolo', { copyImages: false }], ['labelme', { copyImages: false }]] as const;

/** All that exports in three formats write. */
async function exported(source: DatasetSource): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [id, options] of FORMATS) {
    const format = formatById(id);
    const out: FolderWriter = {
      write: async (path, produce) => {
        const parts: string[] = [];
        await produce({ write: async (content) => void parts.push(typeof content === 'string' ? content : Buffer.from(content).toString('latin1')) });
        files[`${id}/${path}`] = parts.join('');
      },
      copy: (path) => Promise.reject(new Error(`copies ${path}`)),
    };
    await format.write?.(source, 'all', out, checkedOptions(format, options), exportRun);
  }
  return files;
}

/** The files of such exports as they lie on the disk, with their manifests. */
async function writtenWithManifests(store: ProjectStore, snapshot: number, content: string): Promise<Record<string, string>> {
  using folder = temporaryFolder();
  const origin = { program: 'maskwright 1.0.0', project: 'Small', snapshot: { name: 'v1', at: 1_700_000_000_000 }, content };
  const source = store.stateAt(snapshot);
  for (const [id, options] of FORMATS) {
    const format = formatById(id);
    await exportDataset(source, format, { out: join(folder.path, id === 'coco' ? 'coco.json' : id), images: 'all', options: checkedOptions(format, options), overwrite: false, origin }, exportRun);
  }
  source.close();
  return textsIn(folder.path);
}

async function exportedNow(store: ProjectStore): Promise<Record<string, string>> {
  const moment = store.snapshot();
  try {
    return await exported(moment);
  } finally {
    moment.close();
  }
}

async function exportedSnapshot(store: ProjectStore, id: number): Promise<Record<string, string>> {
  const source = store.stateAt(id);
  try {
    return await exported(source);
  } finally {
    source.close();
  }
}

async function clear(store: ProjectStore): Promise<void> {
  using writer = writingBeside(store.path);
  await clearUnfinished(writer.connection);
}

const records = (store: ProjectStore): { records: number; images: number; snapshots: number } => {
  const db = new Database(store.path, { readonly: true });
  const count = (table: string): number => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  const found = { records: count('snapshot_records'), images: count('snapshot_images'), snapshots: count('snapshots') };
  db.close();
  return found;
};

const IMAGES = 4;
const mask = fc.array(fc.nat(1), { minLength: SMALL_WIDTH * SMALL_HEIGHT, maxLength: SMALL_WIDTH * SMALL_HEIGHT }).filter((bits) => bits.includes(1)).map((bits): Shape => maskShape(rleFromBitmap(Uint8Array.from(bits), SMALL_HEIGHT, SMALL_WIDTH)));
const polygon = fc.tuple(fc.nat(40), fc.nat(30), fc.integer({ min: 2, max: 15 })).map(([x, y, s]): Shape => ({ kind: 'polygon', parts: [{ outer: [x, y, x + s, y, x, y + s], holes: [] }] }));
const box = fc.tuple(fc.nat(40), fc.nat(30), fc.integer({ min: 2, max: 15 })).map(([x, y, s]): Shape => ({ kind: 'box', box: { x, y, width: s, height: s } }));
const shape = fc.oneof(mask, polygon, box);

/** One thing that a person does; numbers choose among what is there at that time. */
type Deed = { readonly what: 'add' | 'reshape' | 'relabel' | 'raise' | 'remove' | 'addClass' | 'renameClass' | 'removeClass' | 'moveClass' | 'swapClasses' | 'status' | 'split' | 'undo' | 'redo'; readonly n: number; readonly m: number; readonly shape: Shape };
const deed: fc.Arbitrary<Deed> = fc.record({ what: fc.constantFrom('add', 'add', 'add', 'reshape', 'relabel', 'raise', 'remove', 'addClass', 'renameClass', 'removeClass', 'moveClass', 'swapClasses', 'status', 'split', 'undo', 'redo'), n: fc.nat(1000), m: fc.nat(1000), shape });

function perform(store: ProjectStore, { what, n, m, shape: drawn }: Deed): void {
  const { classes, undo } = store.info();
  const cls = classes[n % Math.max(1, classes.length)];
  const other = classes[m % Math.max(1, classes.length)];
  const image = 1 + (n % IMAGES);
  const there = store.instances(image);
  const instance = there[m % Math.max(1, there.length)];
  const edit = (...commands: EditCommand[]): unknown => store.edit(what, commands);
  switch (what) {
    case 'add': return void edit({ type: 'instance.add', image, class: m % 5 === 0 ? null : (other?.id ?? null), shape: drawn, provenance: byHand });
    case 'reshape': return void (instance && edit({ type: 'instance.update', ids: [instance.id], shape: drawn }));
    case 'relabel': return void (instance && edit({ type: 'instance.update', ids: [instance.id], class: cls?.id ?? null }));
    case 'raise': return void (instance && edit({ type: 'instance.update', ids: [instance.id], z: n }));
    case 'remove': return void (instance && edit({ type: 'instance.remove', ids: [instance.id] }));
    case 'addClass': return void (classes.some(({ name }) => name === `class ${n}`) || edit({ type: 'class.add', name: `class ${n}` }));
    case 'renameClass': return void (cls && !classes.some(({ name }) => name === `class ${m}`) && edit({ type: 'class.update', id: cls.id, name: `class ${m}`, key: 1 + (m % 9) }));
    case 'removeClass': return void (cls && edit({ type: 'class.remove', id: cls.id, instances: { action: m % 2 === 0 ? 'delete' : 'unlabel' } }));
    case 'moveClass': return void (cls && other && cls !== other && edit({ type: 'class.remove', id: cls.id, instances: { action: 'move', to: other.id } }));
    case 'swapClasses': return void (cls && other && cls !== other && edit({ type: 'class.update', id: cls.id, name: 'aside' }, { type: 'class.update', id: other.id, name: cls.name }, { type: 'class.update', id: cls.id, name: other.name }));
    case 'status': return void edit({ type: 'image.status', ids: [image], status: m % 2 === 0 ? 'done' : 'todo' });
    case 'split': return void edit({ type: 'image.split', ids: [image], split: m % 2 === 0 ? 'train' : null });
    case 'undo': return void (undo.undo !== null && store.undo());
    case 'redo': return void (undo.redo !== null && store.redo());
  }
}

describe('a snapshot', () => {
  test('exports to the same bytes whatever was edited since, and brings the project back to them, undoably', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 25 }), fc.array(deed, { maxLength: 25 }), async (before, after) => {
        using folder = temporaryFolder();
        const store = smallProject(folder.path, IMAGES);
        try {
          store.edit('Add class', [{ type: 'class.add', name: 'first' }]);
          for (const one of before) perform(store, one);
          const then = await exportedNow(store);
          const id = await take(store, 'v1');
          for (const one of after) perform(store, one);
          expect(await exportedSnapshot(store, id)).toEqual(then);

          const now = await exportedNow(store);
          const { instances } = store.info();
          await store.outside.write(async (work) => restoreSnapshot(store.path, work, id, 'Restore v1'), Restored);
          expect(await exportedNow(store)).toEqual(then);
          const again = store.stateAt(null);
          const snapshot = store.stateAt(id);
          const { summary, rows } = await compareDatasets({ before: snapshot, after: again, sameProject: true }, run);
          again.close();
          snapshot.close();
          expect(rows).toHaveLength(0);
          expect(summary.classes).toEqual([]);
          // When nothing was different there is nothing to undo.
          if (store.info().undo.undo === 'Restore v1') {
            store.undo();
            expect(await exportedNow(store)).toEqual(now);
            expect(store.info().instances).toBe(instances);
            store.redo();
            expect(await exportedNow(store)).toEqual(then);
          } else expect(now).toEqual(then);
        } finally {
          await store.close();
        }
      }),
      { numRuns: scenes(12) },
    );
  }, 120_000);

  test('is what the project was at one moment, while it is edited on', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 1500);
    store.edit('Add', [{ type: 'class.add', name: 'a' }, ...Array.from({ length: 1500 }, (_, i) => addBox(i + 1, 1))]);
    const moment = store.snapshot();
    const then = await exported(moment);
    moment.close();
    let edits = 0;
    const { snapshot, images } = await takeSnapshot({ project: store.path, work: randomUUID(), name: 'v1', note: '', at: 0 }, {
      signal,
      progress: (done) => {
        // Edits of images that were read already, and of those that come.
        store.edit('Add', [addBox(1 + ((done * 7) % 1500), 1), addBox(1500 - edits, 1)]);
        edits++;
      },
    });
    expect(edits).toBeGreaterThan(1);
    expect(images).toBe(1500);
    expect(store.info().instances).toBe(1500 + 2 * edits);
    expect(await exportedSnapshot(store, snapshot)).toEqual(then);
    await store.close();
  }, 60_000);

  test('stores anew only what changed, and deleting one frees what no other has', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 50);
    store.edit('Add', [{ type: 'class.add', name: 'a' }, ...Array.from({ length: 50 }, (_, i) => addBox(i + 1, 1))]);
    const first = await take(store, 'first');
    // One record for each image, one for classes and folders.
    expect(records(store)).toEqual({ records: 51, images: 50, snapshots: 1 });
    store.edit('Move', [1, 2, 3].map((id): EditCommand => ({ type: 'instance.update', ids: [id], shape: { kind: 'box', box: { x: 1, y: 1, width: 5, height: 5 } } })));
    const second = await take(store, 'second');
    expect(records(store)).toEqual({ records: 54, images: 100, snapshots: 2 });
    expect(store.snapshots.get(first).hash).not.toBe(store.snapshots.get(second).hash);
    const before = await exportedSnapshot(store, second);

    store.snapshots.drop(first);
    expect(store.snapshots.list().map(({ name }) => name)).toEqual(['second']);
    await clear(store);
    expect(records(store)).toEqual({ records: 51, images: 50, snapshots: 1 });
    expect(await exportedSnapshot(store, second)).toEqual(before);
    store.snapshots.drop(second);
    await clear(store);
    expect(records(store)).toEqual({ records: 0, images: 0, snapshots: 0 });
    await store.close();
  });

  test('has a name of its own, which can be changed, as its note can', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 1);
    const id = await take(store, ' Before review ', 'all of it');
    expect(store.snapshots.get(id)).toMatchObject({ name: 'Before review', note: 'all of it', images: 1, instances: 0, done: 0 });
    await expect(take(store, 'before REVIEW')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('already a snapshot named "before REVIEW"') as unknown });
    const other = await take(store, 'other');
    expect(() => store.snapshots.change(other, { name: 'Before Review' })).toThrow(/already a snapshot/);
    expect(store.snapshots.change(other, { name: 'Other', note: 'n' })).toMatchObject({ name: 'Other', note: 'n' });
    expect(() => store.snapshots.get(99)).toThrow(/not there any more/);
    // The same content has the same hash, whatever it is called.
    expect(store.snapshots.get(other).hash).toBe(store.snapshots.get(id).hash);
    await store.close();
  });

  test('that was given up leaves nothing', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 4000);
    const giving = new AbortController();
    await expect(takeSnapshot({ project: store.path, work: randomUUID(), name: 'v1', note: '', at: 0 }, { signal: giving.signal, progress: () => giving.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(store.snapshots.list()).toEqual([]);
    expect(records(store)).toEqual({ records: 0, images: 0, snapshots: 0 });
    await store.close();
  });

  test('of a read-only project is refused in words', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 1);
    await store.close();
    // The lock of another store makes it so, for root too.
    const holder = ProjectStore.open(store.path);
    const readOnly = ProjectStore.open(store.path);
    expect(() => readOnly.snapshots.checkNew('v1')).toThrow(/open for reading only/);
    expect(() => readOnly.snapshots.drop(1)).toThrow(/open for reading only/);
    expect(readOnly.snapshots.list()).toEqual([]);
    await readOnly.close();
    await holder.close();
  });
});

const size = (): Promise<{ width: number; height: number }> => Promise.resolve({ width: SMALL_WIDTH, height: SMALL_HEIGHT });

describe('a manifest', () => {
  test('is the same for the same snapshot, and says of each file what is in it', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 3);
    store.edit('Add', [{ type: 'class.add', name: 'a' }, addBox(1, 1), addBox(2, null), { type: 'image.split', ids: [1, 2], split: 'train' }]);
    const id = await take(store, 'v1');
    const content = store.snapshots.get(id).hash;

    const first = await writtenWithManifests(store, id, content);
    store.edit('Add', [addBox(3, 1)]);
    expect(await writtenWithManifests(store, id, content)).toEqual(first);

    const manifests = { '': 'coco.json.manifest', 'yolo/': 'yolo/maskwright.manifest', 'labelme/': 'labelme/maskwright.manifest' };
    for (const [prefix, name] of Object.entries(manifests)) {
      const manifest = JSON.parse(first[name] ?? 'null') as { content: string; counts: object; splits: object; files: { path: string; bytes: number; sha256: string }[] };
      expect(manifest).toMatchObject({ program: 'maskwright 1.0.0', project: 'Small', snapshot: { name: 'v1', taken: '2023-11-14T22:13:20.000Z' }, content: `sha256:${content}`, splits: [{ split: 'train', images: 2 }, { split: null, images: 1 }] });
      const beside = Object.keys(first).filter((file) => file !== name && (prefix === '' ? file === 'coco.json' : file.startsWith(prefix)));
      expect(manifest.files.map(({ path }) => prefix + path)).toEqual(beside.sort());
      for (const { path, bytes, sha256 } of manifest.files) {
        const text = first[prefix + path] ?? '';
        expect({ bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') }).toEqual({ bytes, sha256 });
      }
      expect(first[name]).not.toContain(folder.path);
    }
    await store.close();
  });

  test.each(FORMAT_LIST.filter(({ read, write }) => read !== undefined && write !== undefined).map((format) => [format.id, format] as const))('is passed over by the reader of %s', async (_, format) => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 2);
    store.edit('Add', [{ type: 'class.add', name: 'a' }, addBox(1, 1), addBox(2, 1), { type: 'image.split', ids: [1, 2], split: 'train' }]);
    const moment = store.snapshot();
    const origin = { program: 'p', project: 'Small', snapshot: null, content: 'ab' };
    const options = checkedOptions(format, {});
    // Some copy the pictures, and YOLO's labels are fractions of them.
    for (const name of ['shot1.png', 'shot2.png']) writeFileSync(join(folder.path, name), encodePng({ width: SMALL_WIDTH, height: SMALL_HEIGHT, kind: 'rgb', samples: new Uint8Array(SMALL_WIDTH * SMALL_HEIGHT * 3) }));
    const [out, bare] = ['with', 'without'].map((name) => join(folder.path, name, `set${isFolder(format, options) ? '' : (format.extension ?? '.json')}`)) as [string, string];
    for (const path of [out, bare]) {
      mkdirSync(dirname(path));
      await exportDataset(moment, format, { out: path, images: 'all', options, overwrite: false, ...(path === out ? { origin } : {}) }, exportRun);
    }
    expect(Object.keys(textsIn(dirname(out))).filter((name) => name.endsWith('.manifest'))).toHaveLength(1);
    expect((await recognisedFormat(out)).id).toBe(format.id);
    const [read, without] = [await readWith(format, out, size), await readWith(format, bare, size)];
    expect(read.problems).toEqual(without.problems);
    expect(read.instances.length).toBe(without.instances.length);
    moment.close();
    await store.close();
  });

  test('of an export that is replaced goes with it', async () => {
    using folder = temporaryFolder();
    const store = smallProject(folder.path, 1);
    const format = formatById('coco');
    const moment = store.snapshot();
    const out = join(folder.path, 'a.json');
    const origin = { program: 'p', project: 'Small', snapshot: null, content: 'ab' };
    const target = { out, images: 'all', options: checkedOptions(format, {}) } as const;
    await exportDataset(moment, format, { ...target, overwrite: false, origin }, exportRun);
    expect(readFileSync(`${out}.manifest`, 'utf8')).toContain('"snapshot": null');
    await expect(exportDataset(moment, format, { ...target, out: `${out}.manifest`, overwrite: false }, exportRun)).rejects.toMatchObject({ code: 'name-taken' });
    await exportDataset(moment, format, { ...target, overwrite: true }, exportRun);
    expect(() => readFileSync(`${out}.manifest`)).toThrow(/ENOENT/);
    moment.close();
    await store.close();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src-main/cli/client.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { InstanceId, MaskShape, Provenance } from '../../src-shared/domain/schema.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';

const INSTANCES = 450;
const SIDE = 30;
const home = mkdtempSync(join(tmpdir(), 'maskwright-accept-'));
const file = join(home, 'many.mwproj');

/** The first so many columns. */
const columns = (count: number): MaskShape => ({ kind: 'mask', size: [SIDE, SIDE], counts: packCounts(Uint32Array.of(0, count * SIDE, (SIDE - count) * SIDE)) });
const by = (model: string): Provenance => ({ source: 'model', touched: false, sam: { model, modelHash: 'ab'.repeat(32), points: [{ x: 3, y: 3, label: 1 }], box: null, candidate: 1, predictedIou: 0.9, stability: 0.9 } });

let core: CoreApi;
let project: string;
let ids: InstanceId[];

beforeAll(async () => {
  const store = ProjectStore.create(file, 'many');
  const root = store.addRoot(home);
  store.addImages(root, ['a.jpg', 'b.jpg']);
  store.setProbes([1, 2].map((id) => ({ id, width: SIDE, height: SIDE, orientation: 1, format: 'jpeg', bytes: 1, mtimeMs: 1, contentHash: String(id).padStart(64, '0') })));
  ids = store.edit('Accept', Array.from({ length: INSTANCES }, (_, i): EditCommand => ({ type: 'instance.add', image: 1 + (i % 2), class: null, shape: columns(2 + (i % 7)), provenance: by('small') }))).created.instances;
  const proposed = ids.map((id) => ({ of: store.instance(id), proposal: { instance: id, shape: columns(10 + (id % 7)), provenance: by('large'), iou: 0.5 } }));
  expect(store.replay.propose(proposed)).toBe(INSTANCES);
  await store.close();
  core = await startCore({ dataDir: join(home, 'data'), host: 'cli', resources: resources(), initialProject: null });
  ({ project } = await call(core, 'project.open', { path: file }));
});
afterAll(async () => {
  await core.close();
  rmSync(home, { recursive: true, force: true });
});

const shapes = async (): Promise<Map<InstanceId, { shape: unknown; model: string | undefined }>> =>
  new Map((await Promise.all([1, 2].map((image) => call(core, 'images.open', { project, image })))).flatMap(({ instances }) => instances.map(({ id, shape, provenance }) => [id, { shape, model: provenance.sam?.model }])));

test('hundreds of replayed masks are accepted in one step of undo, and asked for again there is nothing to do', async () => {
  const before = await shapes();
  const accepted = new Set(ids.slice(0, 400));
  const decided = await call(core, 'replay.decide', { project, label: 'Accept replayed masks', accept: [...accepted, ...accepted], reject: ids.slice(400, 420) });
  expect(decided).toMatchObject({ edit: { label: 'Accept replayed masks', manyImages: true, undo: { undo: 'Accept replayed masks' } }, left: INSTANCES - 420 });
  const after = await shapes();
  for (const [id, was] of before) expect(after.get(id)).toEqual(accepted.has(id) ? { shape: columns(10 + (id % 7)), model: 'large' } : was);

  expect(await call(core, 'replay.decide', { project, label: 'Again', accept: [...accepted], reject: [] })).toMatchObject({ edit: null, left: INSTANCES - 420 });

  expect(await call(core, 'project.undo', { project })).toMatchObject({ label: 'Accept replayed masks', undo: { undo: 'Accept' } });
  expect(await shapes()).toEqual(before);
});

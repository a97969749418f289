import { packIds } from '../../src-shared/domain/packed-ids.ts';
import type { EditResult } from '../../src-shared/contract/types.ts';
import type { InstanceId } from '../../src-shared/domain/schema.ts';
import { Nothing } from '../engines/datasets-api.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { withEngine, type DatasetsEngine } from './dataset-export.ts';

/** More masks than main may write while it stands still. */
const MANY = 200;

/** Gives instances the masks proposed for them, as one step of undo, in turn; many by an engine, so that main goes on meanwhile. Null when none of them has a proposal any more. */
export async function acceptProposals(store: ProjectStore, label: string, ids: readonly InstanceId[], datasets: DatasetsEngine): Promise<EditResult | null> {
  if (ids.length <= MANY) return store.replay.accept(label, ids);
  return withEngine(datasets, async (engine) => {
    const before = store.replay.count();
    const { edit } = await store.outside.write((work) => engine.request('acceptProposals', { project: store.path, work, label, ids: packIds(ids) }), Nothing);
    return store.replay.count() === before ? null : edit;
  });
}

import type { z } from 'zod';
import { packIds } from '../../src-shared/domain/packed-ids.ts';
import type { EditResult, WorkId } from '../../src-shared/contract/types.ts';
import type { SplitPlan, SplitReport } from '../../src-shared/contract/splits.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { Nothing } from '../engines/datasets-api.ts';
import { PlanSplitsResult, RepeatStepResult, type WriteSplitsParams } from '../engines/datasets-splits-api.ts';
import type { EngineSupervisor } from '../engines/supervisor.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { withEngine, type DatasetsEngine } from './dataset-export.ts';

/** What a plan would come to, worked out by an engine of its own. Throws 'cancelled' and 'bad-request'. */
export async function previewSplits(store: ProjectStore, plan: SplitPlan, datasets: DatasetsEngine, signal: AbortSignal): Promise<SplitReport> {
  return withEngine(datasets, async (engine) => (await planned(engine, store, plan, signal)).report);
}

/** Divides the images: one step of undo, written by the engine in turn. `edit` is null when nothing changes. */
export async function applySplits(store: ProjectStore, plan: SplitPlan, label: string, datasets: DatasetsEngine): Promise<{ report: SplitReport; edit: EditResult | null }> {
  return withEngine(datasets, async (engine) => {
    const { report, changes } = await planned(engine, store, plan);
    if (changes.length === 0) return { report, edit: null };
    return { report, edit: await writeSplits(engine, store, { label, changes, lockedStay: !plan.again }) };
  });
}

async function planned(engine: EngineSupervisor, store: ProjectStore, plan: SplitPlan, signal?: AbortSignal): Promise<PlanSplitsResult> {
  return PlanSplitsResult.parse(await engine.request('planSplits', { opened: store.openedFile, project: store.path, plan }, signal === undefined ? {} : { signal }));
}

/** More rows than main may write while it stands still. */
const MANY = 1000;

/** Gives images a split by hand, or takes it away, in one step of undo, in turn. */
export async function setSplit(store: ProjectStore, label: string, ids: Iterable<ImageId>, split: string | null, datasets: DatasetsEngine): Promise<EditResult> {
  const list = [...ids];
  if (list.length <= MANY) return store.edit(label, list.length === 0 ? [] : [{ type: 'image.split', ids: list, split }]);
  return withEngine(datasets, async (engine) => {
    return writeSplits(engine, store, { label, changes: [{ split, ids: packIds(list) }], lockedStay: false });
  });
}

async function writeSplits(engine: EngineSupervisor, store: ProjectStore, splits: Omit<z.infer<typeof WriteSplitsParams>, 'project' | 'work'>): Promise<EditResult> {
  return (await store.outside.write((work) => engine.request('writeSplits', { project: store.path, work, ...splits }), Nothing)).edit;
}

/** Undo, or redo, in turn. A long step is done by an engine, so that main goes on meanwhile. */
export async function repeatStep(store: ProjectStore, undone: boolean, datasets: DatasetsEngine): Promise<EditResult> {
  const step = store.longStep(undone);
  if (step === null) return undone ? store.undo() : store.redo();
  return withEngine(datasets, async (engine) => {
    const ask = (work: WorkId): Promise<unknown> => engine.request('repeatStep', { project: store.path, work, undone, step });
    return (await store.outside.write(ask, RepeatStepResult, { label: ({ label }) => label })).edit;
  });
}

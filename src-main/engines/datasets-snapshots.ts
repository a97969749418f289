import { compareDatasets } from '../datasets/difference/compare-datasets.ts';
import { reportDifference } from '../datasets/difference/difference-report.ts';
import { clearUnfinished } from '../projects/snapshots/clear-unfinished.ts';
import { restoreSnapshot } from '../projects/snapshots/restore-snapshot.ts';
import { takeSnapshot } from '../projects/snapshots/take-snapshot.ts';
import { writingBeside } from '../projects/snapshots/writing-beside.ts';
import { explainSqlite } from '../projects/sqlite-errors.ts';
import { momentOrSnapshot, reports } from './datasets-moment.ts';
import { uprightPixels } from './datasets-pictures.ts';
import { ClearParams, CompareParams, ReportParams, RestoreParams, TakeParams } from './datasets-snapshots-api.ts';
import type { Method } from './serve.ts';

/** The methods of the datasets engine that concern snapshots. Main sees to it that only one of those that write runs on a project. */
export const snapshotMethods: Readonly<Record<string, Method>> = {
  'snapshot.take': (params, { signal, progress }) => takeSnapshot(TakeParams.parse(params), { signal, progress: reports(progress) }),
  'snapshot.clear': async (params) => {
    const { project } = ClearParams.parse(params);
    try {
      using writer = writingBeside(project);
      await clearUnfinished(writer.connection);
    } catch (error) {
      throw explainSqlite(error, project);
    }
    return {};
  },
  'snapshot.restore': (params) => {
    const { project, work, snapshot, label } = RestoreParams.parse(params);
    return restoreSnapshot(project, work, snapshot, label);
  },
  'snapshot.compare': async (params, { signal, progress }) => {
    const { before, after } = CompareParams.parse(params);
    using a = momentOrSnapshot(before);
    using b = momentOrSnapshot(after);
    return await compareDatasets({ before: a.source, after: b.source, sameProject: before.project === after.project }, { signal, progress: reports(progress) });
  },
  'snapshot.report': async (params, { signal, progress }) => {
    const { before, after, listing, pictures } = ReportParams.parse(params);
    using a = momentOrSnapshot(before);
    using b = momentOrSnapshot(after);
    const problem = (item: string, found: object): void => progress({ kind: 'problem', item, problem: found });
    const images = await reportDifference({ before: a.source, after: b.source, sameProject: before.project === after.project }, { listing, pictures }, { signal, problem, progress: reports(progress), pixels: uprightPixels });
    return { images };
  },
};

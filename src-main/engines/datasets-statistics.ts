import { datasetStatistics } from '../datasets/statistics.ts';
import { MomentParams } from './datasets-api.ts';
import { reports, snapshot } from './datasets-moment.ts';
import type { Method } from './serve.ts';

/** Counts one moment of a project. */
export const statistics: Method = async (params, { signal, progress }) => {
  using moment = snapshot(MomentParams.parse(params));
  return await datasetStatistics(moment.source, { signal, onProgress: reports(progress) });
};

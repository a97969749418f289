import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { checkedOptions } from '../datasets/formats/parts/describe-options.ts';
import { formatById } from '../datasets/formats/registry.ts';
import { preflightDataset } from '../datasets/preflight.ts';
import { prepareImport } from '../projects/import/import-dataset.ts';
import type { PreparedImport } from '../projects/import/import-dataset.ts';
import { doneBefore } from '../projects/step.ts';
import { PreflightParams, ReadParams, WriteParams } from './datasets-api.ts';
import { checkMethods } from './datasets-check.ts';
import { editMethods } from './datasets-edit.ts';
import { writeDataset } from './datasets-export.ts';
import { momentOrSnapshot, reports } from './datasets-moment.ts';
import { labelSamples } from './datasets-labels.ts';
import { openDataset } from './datasets-unpack.ts';
import { lookAt } from './datasets-pictures.ts';
import { replayMethods } from './datasets-replay.ts';
import { snapshotMethods } from './datasets-snapshots.ts';
import { splitMethods } from './datasets-splits.ts';
import { statistics } from './datasets-statistics.ts';
import { serveEngine } from './serve.ts';

/**
 * The datasets engine. It reads data sets of other programs, which may be huge or hostile, in a process of its own, and writes
 * them into a project while main lets it be: one import at a time, in two steps, `read`, then `write` or `discard`. And it
 * writes data sets from one moment of a project, and says before what they would lose.
 */

let prepared: PreparedImport | null = null;

function discard(): void {
  prepared?.close();
  prepared = null;
}

serveEngine({
  methods: {
    read: async (params, { signal, progress }) => {
      const { project, dataset, format: id, pictures, options, unpack } = ReadParams.parse(params);
      discard();
      const problem = (item: string, found: object): void => progress({ kind: 'problem', item, problem: found });
      const note = (text: string): void => progress({ kind: 'note', text });
      const run = { signal, problem, note, progress: reports(progress) };
      const { path, format, unpacked } = await openDataset(dataset, id, unpack, run);
      prepared = await prepareImport(project, path, format, pictures, { ...run, look: (file) => lookAt(file, signal), labelsOf: labelSamples }, unpacked, options);
      return { format: format.id, images: prepared.images, instances: prepared.instances };
    },
    write: (params) => {
      const { project, work } = WriteParams.parse(params);
      if (prepared === null) {
        const before = doneBefore(project, work);
        if (before !== undefined) return before.result;
        throw new MaskwrightError('engine-died', 'The import was lost because its engine stopped. Nothing was imported: import again.');
      }
      try {
        return prepared.write(work);
      } finally {
        discard();
      }
    },
    discard: () => {
      discard();
      return {};
    },
    preflight: async (params, { signal }) => {
      const { format: id, images, options, ...files } = PreflightParams.parse(params);
      const format = formatById(id);
      using moment = momentOrSnapshot(files);
      return await preflightDataset(moment.source, format, images, checkedOptions(format, options), { signal });
    },
    export: writeDataset,
    statistics,
    ...checkMethods,
    ...splitMethods,
    ...snapshotMethods,
    ...replayMethods,
    ...editMethods,
  },
});

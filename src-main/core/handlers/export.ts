import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { checkExportTarget, isFolder } from '../../datasets/export-dataset.ts';
import { checkExportName } from '../../datasets/export-name.ts';
import { checkedOptions, describeFormat } from '../../datasets/formats/parts/describe-options.ts';
import { FORMATS, formatById } from '../../datasets/formats/registry.ts';
import { isInside } from '../../images/inside.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { ProjectStore } from '../../projects/project-store.ts';
import { exportDatasetJob, preflightExport, type DatasetsEngine } from '../dataset-export.ts';
import type { OnePerClient } from '../one-per-client.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that write data sets. What is read is one moment of the project, whatever is edited meanwhile. */
export function exportHandlers(projects: OpenProjects, jobs: Jobs, preflights: OnePerClient, engine: DatasetsEngine, version: string): HandlersOf<'export'> {
  return {
    'export.formats': () => FORMATS.map(describeFormat),
    'export.preflight': ({ project, format, images, options, snapshot }, client) => {
      const { store } = projects.get(project);
      checkedOptions(formatById(format), options);
      return preflights.run(client, (signal) => preflightExport(store, { format, images, options, snapshot }, engine, signal));
    },
    'export.start': async ({ project, format: id, out, images, options, overwrite, snapshot, manifest }) => {
      const { store } = projects.get(project);
      const format = formatById(id);
      const target = { out, images, options: checkedOptions(format, options), overwrite };
      if (!isAbsolute(out)) throw new MaskwrightError('bad-request', `"${out}" is no absolute path. Give the whole path of what to write.`, out);
      if (isFolder(format, target.options)) await checkFolder(store, out);
      else checkExportName(out);
      // Asked at once rather than found by the job: the person is still there to answer.
      await checkExportTarget(format, target, manifest);
      return { job: jobs.start({ kind: 'export', title: `Exporting ${basename(out)}`, project, subject: out, run: exportDatasetJob(store, { format: id, out, images, options, overwrite, snapshot, program: manifest ? `maskwright ${version}` : null }, engine) }) };
    },
  };
}

/** Replacing a folder was agreed to for an older data set: never one that holds the project, its pictures, or a person's everything. */
async function checkFolder(store: ProjectStore, out: string): Promise<void> {
  const target = await realpath(out).catch(() => null);
  if (target === null) return;
  const precious = [dirname(store.path), ...store.info().roots.map(({ path }) => path), homedir()];
  for (const folder of precious) {
    const real = await realpath(folder).catch(() => folder);
    if (isInside(target, real)) throw new MaskwrightError('bad-request', `A data set is not written over "${out}": "${folder}" is there, which is needed. Choose a new folder inside it or elsewhere.`, out);
  }
}
